//! Table `user_group`: sets of users and extensions.

crate::tables!(
    r#"
CREATE TABLE user_group (
    id {id},
    tenant_id {ref} NOT NULL REFERENCES tenant (id),
    name {text} NOT NULL,
    description {text},
    weight integer NOT NULL DEFAULT 0,
    extra_params {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT user_group__tenant_id__name UNIQUE (tenant_id, name)
);
CREATE INDEX user_group_by_name ON user_group (name, id);
CREATE INDEX user_group_by_created_at ON user_group (created_at, id);
"#
);
