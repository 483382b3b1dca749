//! Indexes for lists below a parent in the order of their ids, which is the order of every list.

crate::tables!(
    r#"
CREATE INDEX user_by_tenant_id ON "user" (tenant_id, id);
CREATE INDEX user_group_by_tenant_id ON user_group (tenant_id, id);
CREATE INDEX extension_by_tenant_id ON extension (tenant_id, id);
CREATE INDEX sip_account_by_tenant_id ON sip_account (tenant_id, id);
"#
);
