//! Table `change`: the log of every write. PostgreSQL also notes the transaction, because
//! transactions need not end in the order of their numbers.

crate::tables!(
    r#"
CREATE TABLE change (
    sequence {id},
    "transaction" bigint NOT NULL DEFAULT {transaction},
    tenant_id {ref},
    former_tenant_id {ref},
    owner_id {ref},
    former_owner_id {ref},
    kind {text} NOT NULL,
    row_id {ref} NOT NULL,
    event {text} NOT NULL CHECK (event IN ('CREATED', 'UPDATED', 'DELETED')),
    version integer NOT NULL,
    actor_id {ref},
    actor {text} NOT NULL,
    door {text} NOT NULL,
    request_id {text} NOT NULL,
    at {time} NOT NULL,
    fields {json} NOT NULL
);
CREATE INDEX change_by_transaction ON change ("transaction", sequence);
CREATE INDEX change_by_row ON change (kind, row_id, sequence);
"#
);
