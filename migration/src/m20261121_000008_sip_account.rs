//! Table `sip_account`: what phones register with.

crate::tables!(
    r#"
CREATE TABLE sip_account (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    uuid {uuid} NOT NULL,
    username {text} NOT NULL,
    password {bytes},
    user_id {ref} REFERENCES "user" (id) ON DELETE SET NULL,
    extension_id {ref} REFERENCES extension (id) ON DELETE SET NULL,
    incoming_internal boolean NOT NULL DEFAULT FALSE,
    incoming_external boolean NOT NULL DEFAULT FALSE,
    outgoing_internal boolean NOT NULL DEFAULT FALSE,
    outgoing_external boolean NOT NULL DEFAULT FALSE,
    on_demand boolean NOT NULL DEFAULT FALSE,
    allow_external_calls boolean NOT NULL DEFAULT FALSE,
    caller_id_name {text},
    internal_caller_id {text},
    external_caller_id {text},
    user_agent {text},
    is_online boolean NOT NULL DEFAULT FALSE,
    use_allowed_ips boolean NOT NULL DEFAULT FALSE,
    allowed_ips {text} NOT NULL DEFAULT '0.0.0.0/0,0000:0000:0000:0000:0000:0000:0000:0000/0',
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT sip_account__uuid UNIQUE (uuid),
    CONSTRAINT sip_account__tenant_id__username UNIQUE (tenant_id, username)
);
CREATE INDEX sip_account_by_username ON sip_account (username, id);
CREATE INDEX sip_account_by_user_id ON sip_account (user_id, id);
CREATE INDEX sip_account_by_extension_id ON sip_account (extension_id, id);
CREATE INDEX sip_account_by_created_at ON sip_account (created_at, id);
"#
);
