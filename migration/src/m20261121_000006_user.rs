//! Table `user`: people who may log in.

crate::tables!(
    r#"
CREATE TABLE "user" (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    login {text} NOT NULL,
    role {text} NOT NULL DEFAULT 'USER' CHECK (role IN ('OPERATOR', 'TENANT_ADMIN', 'USER', 'RESTRICTED_USER')),
    access {text} NOT NULL DEFAULT 'FULL' CHECK (access IN ('FULL', 'READ_ONLY')),
    status {text} NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'BLOCKED')),
    scope {text} NOT NULL DEFAULT 'TENANT' CHECK (scope IN ('TENANT', 'GROUP', 'EXTENSION')),
    scope_group_id {ref} REFERENCES user_group (id) ON DELETE SET NULL,
    scope_extension_id {ref}{later REFERENCES extension (id) ON DELETE SET NULL},
    name {text} NOT NULL DEFAULT '',
    first_name {text} NOT NULL DEFAULT '',
    last_name {text} NOT NULL DEFAULT '',
    position {text} NOT NULL DEFAULT '',
    email {text} NOT NULL DEFAULT '',
    mobile {text},
    mobile_forward boolean NOT NULL DEFAULT FALSE,
    mobile_delay integer NOT NULL DEFAULT 0,
    time_zone {text},
    comment {text},
    extra_params {text},
    aliases {json} NOT NULL DEFAULT '[]',
    group_ids {json} NOT NULL DEFAULT '[]',
    password {bytes},
    password_changed_at {time},
    last_login_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT user__tenant_id__login UNIQUE (tenant_id, login),
    CONSTRAINT user__tenant_id__mobile UNIQUE (tenant_id, mobile),
    CHECK (mobile_delay IN (0, 5, 10, 15)),
    CHECK (role <> 'OPERATOR' OR tenant_id IS NULL),
    CHECK (role = 'OPERATOR' OR tenant_id IS NOT NULL)
);
CREATE UNIQUE INDEX user__login ON "user" (login) WHERE tenant_id IS NULL;
CREATE INDEX user_by_login ON "user" (login, id);
CREATE INDEX user_by_name ON "user" (name, id);
CREATE INDEX user_by_scope_group_id ON "user" (scope_group_id, id);
CREATE INDEX user_by_scope_extension_id ON "user" (scope_extension_id, id);
CREATE INDEX user_by_created_at ON "user" (created_at, id);
CREATE TABLE user_group_member (
    user_id {ref} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    user_group_id {ref} NOT NULL REFERENCES user_group (id),
    PRIMARY KEY (user_id, user_group_id)
);
CREATE INDEX user_group_member_by_user_group_id ON user_group_member (user_group_id);
"#
);
