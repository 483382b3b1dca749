//! Table `extension`: numbers of a tenant's plan.

crate::tables!(
    r#"
CREATE TABLE extension (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    number {text} NOT NULL,
    extension_type {text} NOT NULL DEFAULT 'PHONE' CHECK (extension_type IN ('PHONE', 'QUEUE', 'IVR', 'FAX', 'CONFERENCE')),
    status {text} NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'BLOCKED')),
    user_id {ref} REFERENCES "user" (id) ON DELETE SET NULL,
    group_id {ref} REFERENCES user_group (id) ON DELETE SET NULL,
    dial_plan_id {ref} REFERENCES dial_plan (id) ON DELETE SET NULL,
    label {text},
    caller_id_name {text},
    caller_number {text},
    caller_id_rfc3325 boolean NOT NULL DEFAULT FALSE,
    message_number {text},
    dial_rule_limit integer NOT NULL DEFAULT 0,
    did_as_transfer_caller_id {text} CHECK (did_as_transfer_caller_id IN ('NONE', 'DEFAULT', 'FROM', 'DIVERSION')),
    extra_params {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT extension__tenant_id__number UNIQUE (tenant_id, number)
);
CREATE INDEX extension_by_number ON extension (number, id);
CREATE INDEX extension_by_user_id ON extension (user_id, id);
CREATE INDEX extension_by_group_id ON extension (group_id, id);
CREATE INDEX extension_by_dial_plan_id ON extension (dial_plan_id, id);
CREATE INDEX extension_by_created_at ON extension (created_at, id);
"#
);
