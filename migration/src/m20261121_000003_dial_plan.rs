//! Table `dial_plan`: rules that rewrite dialled numbers.

crate::tables!(
    r#"
CREATE TABLE dial_plan (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    name {text} NOT NULL,
    rules {json} NOT NULL DEFAULT '[]',
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX dial_plan_by_tenant_id ON dial_plan (tenant_id, id);
CREATE INDEX dial_plan_by_name ON dial_plan (name, id);
CREATE INDEX dial_plan_by_created_at ON dial_plan (created_at, id);
"#
);
