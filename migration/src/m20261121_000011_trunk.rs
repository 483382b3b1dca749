//! Table `trunk`: where calls enter, and every domain that one ever had.

crate::tables!(
    r#"
CREATE TABLE trunk (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    uuid {uuid} NOT NULL,
    name {text},
    domain {text} NOT NULL,
    codecs {json} NOT NULL DEFAULT '["PCMU","PCMA","TELEPHONE_EVENT"]',
    transport_protocol {text} NOT NULL DEFAULT 'UDP' CHECK (transport_protocol IN ('UDP', 'TCP')),
    destination_field {text} NOT NULL DEFAULT 'RURI_USERPART' CHECK (destination_field IN ('RURI_USERPART', 'TO_USERPART')),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT trunk__uuid UNIQUE (uuid),
    CONSTRAINT trunk__domain UNIQUE (domain)
);
CREATE INDEX trunk_by_tenant_id ON trunk (tenant_id, id);
CREATE INDEX trunk_by_created_at ON trunk (created_at, id);
CREATE TABLE trunk_domain (domain {text} NOT NULL PRIMARY KEY);
"#
);
