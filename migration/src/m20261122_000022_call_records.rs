//! How long a tenant keeps the records of its calls, and indexes for what phone_systems filters them by.

crate::tables!(
    r#"
ALTER TABLE tenant ADD COLUMN cdr_retention integer CHECK (cdr_retention >= 1);
CREATE INDEX cdr_by_local_tag ON cdr (local_tag, id) WHERE local_tag IS NOT NULL;
CREATE INDEX cdr_by_global_tag ON cdr (global_tag, id) WHERE global_tag IS NOT NULL;
CREATE INDEX cdr_by_caller_name ON cdr (caller_name, id) WHERE caller_name IS NOT NULL;
CREATE INDEX cdr_by_disconnect_code ON cdr (direction, disconnect_code, id);
CREATE INDEX cdr_by_disconnect_reason ON cdr (direction, disconnect_reason, id) WHERE disconnect_reason IS NOT NULL;
CREATE INDEX tenant_by_cdr_retention ON tenant (cdr_retention) WHERE cdr_retention IS NOT NULL;
"#
);
