//! Table `phone_number`: public numbers and the gateways they leave by.

crate::tables!(
    r#"
CREATE TABLE phone_number (
    id {id},
    uuid {uuid} NOT NULL,
    tenant_id {ref} REFERENCES tenant (id),
    number {text} NOT NULL,
    disabled boolean NOT NULL DEFAULT FALSE,
    gateway_ids {json} NOT NULL DEFAULT '[]',
    main_phone boolean NOT NULL DEFAULT FALSE,
    location {text} NOT NULL DEFAULT '',
    local boolean NOT NULL DEFAULT FALSE,
    crm {text} NOT NULL DEFAULT '',
    responsible {text} NOT NULL DEFAULT '',
    primegate {text} NOT NULL DEFAULT '',
    roistat {text} NOT NULL DEFAULT '',
    destination_type {text} NOT NULL DEFAULT 'ACCOUNT' CHECK (destination_type IN ('ACCOUNT', 'GROUP', 'IVR', 'FAX', 'SCHEDULER')),
    target {text} NOT NULL DEFAULT '',
    target_name {text} NOT NULL DEFAULT '',
    greeting {text} NOT NULL DEFAULT '',
    custom_greeting boolean NOT NULL DEFAULT FALSE,
    scheduler {json},
    extension_id {ref} REFERENCES extension (id) ON DELETE SET NULL,
    message_extension_id {ref} REFERENCES extension (id) ON DELETE SET NULL,
    allow_message boolean NOT NULL DEFAULT FALSE,
    is_alias boolean NOT NULL DEFAULT FALSE,
    comment {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT phone_number__uuid UNIQUE (uuid),
    CONSTRAINT phone_number__number UNIQUE (number)
);
CREATE UNIQUE INDEX phone_number__main_phone ON phone_number (tenant_id) WHERE main_phone;
CREATE INDEX phone_number_by_tenant_id_number ON phone_number (tenant_id, number, id);
CREATE INDEX phone_number_by_extension_id ON phone_number (extension_id, id);
CREATE INDEX phone_number_by_message_extension_id ON phone_number (message_extension_id, id);
CREATE INDEX phone_number_by_created_at ON phone_number (created_at, id);
CREATE TABLE phone_number_gateway (
    phone_number_id {ref} NOT NULL REFERENCES phone_number (id) ON DELETE CASCADE,
    gateway_id {ref} NOT NULL REFERENCES gateway (id),
    PRIMARY KEY (phone_number_id, gateway_id)
);
CREATE INDEX phone_number_gateway_by_gateway_id ON phone_number_gateway (gateway_id);
"#
);
