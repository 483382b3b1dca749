//! Table `api_key`: credentials for programs.

crate::tables!(
    r#"
CREATE TABLE api_key (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    user_id {ref} NOT NULL REFERENCES "user" (id),
    name {text} NOT NULL,
    key_prefix {text} NOT NULL,
    key_hash {text} NOT NULL,
    scopes {json} NOT NULL DEFAULT '[]',
    networks {json} NOT NULL DEFAULT '[]',
    expires_at {time},
    last_used_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT api_key__key_prefix UNIQUE (key_prefix)
);
CREATE INDEX api_key_by_tenant_id ON api_key (tenant_id, id);
CREATE INDEX api_key_by_user_id ON api_key (user_id, id);
CREATE INDEX api_key_by_created_at ON api_key (created_at, id);
"#
);
