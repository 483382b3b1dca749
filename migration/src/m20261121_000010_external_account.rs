//! Table `external_account`: subscribers outside.

crate::tables!(
    r#"
CREATE TABLE external_account (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    account_id {text} NOT NULL,
    phone_number_id {ref} REFERENCES phone_number (id) ON DELETE SET NULL,
    incoming_internal boolean NOT NULL DEFAULT FALSE,
    incoming_external boolean NOT NULL DEFAULT FALSE,
    outgoing_internal boolean NOT NULL DEFAULT FALSE,
    outgoing_external boolean NOT NULL DEFAULT FALSE,
    on_demand boolean NOT NULL DEFAULT FALSE,
    caller_id_name {text},
    internal_caller_id {text},
    external_caller_id {text},
    allow_external_calls boolean NOT NULL DEFAULT FALSE,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT external_account__account_id UNIQUE (account_id)
);
CREATE INDEX external_account_by_tenant_id ON external_account (tenant_id, id);
CREATE INDEX external_account_by_phone_number_id ON external_account (phone_number_id, id);
CREATE INDEX external_account_by_created_at ON external_account (created_at, id);
"#
);
