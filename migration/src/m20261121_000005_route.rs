//! Table `route`: which calls leave through which gateway.

crate::tables!(
    r#"
CREATE TABLE route (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    uuid {uuid} NOT NULL,
    name {text} NOT NULL,
    gateway_id {ref} NOT NULL REFERENCES gateway (id),
    src_prefix {text} NOT NULL DEFAULT '',
    dst_prefix {text} NOT NULL DEFAULT '',
    src_rewrite_rule {text},
    src_rewrite_result {text},
    dst_rewrite_rule {text},
    dst_rewrite_result {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT route__uuid UNIQUE (uuid)
);
CREATE INDEX route_by_tenant_id ON route (tenant_id, id);
CREATE INDEX route_by_gateway_id ON route (gateway_id, id);
CREATE INDEX route_by_name ON route (name, id);
CREATE INDEX route_by_created_at ON route (created_at, id);
"#
);
