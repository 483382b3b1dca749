//! Table `session`: log-ins that last.

crate::tables!(
    r#"
CREATE TABLE session (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    user_id {ref} REFERENCES "user" (id) ON DELETE SET NULL,
    issued_by {ref} REFERENCES "user" (id) ON DELETE SET NULL,
    session_type {text} NOT NULL CHECK (session_type IN ('TOKEN', 'USER_LINK', 'DOMAIN_LINK', 'CUSTOMER_LINK', 'ADMIN_LINK')),
    link_hash {text},
    refresh_hash {text},
    refresh_family {text},
    expires_at {time} NOT NULL,
    redeemed_at {time},
    revoked_at {time},
    last_used_at {time},
    address {text},
    user_agent {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT session__link_hash UNIQUE (link_hash),
    CONSTRAINT session__refresh_hash UNIQUE (refresh_hash)
);
CREATE INDEX session_by_tenant_id ON session (tenant_id, id);
CREATE INDEX session_by_user_id ON session (user_id, id);
CREATE INDEX session_by_issued_by ON session (issued_by, id);
CREATE INDEX session_by_refresh_family ON session (refresh_family, id);
CREATE INDEX session_by_created_at ON session (created_at, id);
"#
);
