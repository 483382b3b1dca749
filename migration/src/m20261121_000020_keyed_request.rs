//! Table `keyed_request`: requests with an `Idempotency-Key`, and their answers.

crate::tables!(
    r#"
CREATE TABLE keyed_request (
    id {id},
    account {text} NOT NULL,
    user_id {ref} REFERENCES "user" (id) ON DELETE CASCADE,
    tenant_id {ref} REFERENCES tenant (id) ON DELETE CASCADE,
    idempotency_key {text} NOT NULL,
    fingerprint {bytes} NOT NULL,
    turn bigint NOT NULL DEFAULT 1,
    request_id {text} NOT NULL,
    begun_at {time} NOT NULL,
    written boolean NOT NULL DEFAULT FALSE,
    ended boolean NOT NULL DEFAULT FALSE,
    answer {bytes},
    CONSTRAINT keyed_request__account__idempotency_key UNIQUE (account, idempotency_key)
);
CREATE INDEX keyed_request_by_user_id ON keyed_request (user_id);
CREATE INDEX keyed_request_by_tenant_id ON keyed_request (tenant_id);
CREATE INDEX keyed_request_by_begun_at ON keyed_request (begun_at);
"#
);
