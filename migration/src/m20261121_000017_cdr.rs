//! Table `cdr`: calls that have ended, in both directions. A record outlives the rows that it names.

crate::tables!(
    r#"
CREATE TABLE cdr (
    id {id},
    tenant_id {ref} REFERENCES tenant (id) ON DELETE SET NULL,
    direction {text} NOT NULL CHECK (direction IN ('INCOMING', 'OUTGOING', 'INTERNAL')),
    trunk_id {ref} REFERENCES trunk (id) ON DELETE SET NULL,
    trunk_domain {text},
    gateway_id {ref} REFERENCES gateway (id) ON DELETE SET NULL,
    route_id {ref} REFERENCES route (id) ON DELETE SET NULL,
    engine {text} NOT NULL,
    leg_id {text} NOT NULL,
    peer_leg_id {text},
    call_id {text},
    local_tag {text},
    global_tag {text},
    caller_name {text},
    caller_number {text},
    called_number {text},
    did_number {text},
    redirecting_number {text},
    started_at {time} NOT NULL,
    answered_at {time},
    ended_at {time},
    duration_seconds integer NOT NULL DEFAULT 0 CHECK (duration_seconds >= 0),
    billed_seconds integer NOT NULL DEFAULT 0 CHECK (billed_seconds >= 0),
    disposition {text} NOT NULL CHECK (disposition IN ('ANSWERED', 'NO_ANSWER', 'BUSY', 'CANCELLED', 'FAILED')),
    disconnect_code integer NOT NULL DEFAULT 0,
    disconnect_reason {text},
    hangup_cause {text},
    q850_cause integer,
    hangup_disposition {text},
    read_codec {text},
    write_codec {text},
    signalling_address {text},
    media_address {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT cdr__leg_id__engine UNIQUE (leg_id, engine)
);
CREATE INDEX cdr_by_tenant_id ON cdr (tenant_id, id);
CREATE INDEX cdr_by_tenant_id_started_at ON cdr (tenant_id, started_at, id);
CREATE INDEX cdr_by_tenant_id_direction ON cdr (tenant_id, direction, started_at, id);
CREATE INDEX cdr_by_started_at ON cdr (started_at, id);
CREATE INDEX cdr_by_direction ON cdr (direction, id);
CREATE INDEX cdr_by_direction_started_at ON cdr (direction, started_at, id);
CREATE INDEX cdr_by_trunk_id ON cdr (trunk_id, id) WHERE trunk_id IS NOT NULL;
CREATE INDEX cdr_by_trunk_id_started_at ON cdr (trunk_id, started_at, id) WHERE trunk_id IS NOT NULL;
CREATE INDEX cdr_by_trunk_domain ON cdr (trunk_domain, id) WHERE trunk_domain IS NOT NULL;
CREATE INDEX cdr_by_gateway_id ON cdr (gateway_id, id) WHERE gateway_id IS NOT NULL;
CREATE INDEX cdr_by_gateway_id_started_at ON cdr (gateway_id, started_at, id) WHERE gateway_id IS NOT NULL;
CREATE INDEX cdr_by_route_id ON cdr (route_id, id) WHERE route_id IS NOT NULL;
CREATE INDEX cdr_by_route_id_started_at ON cdr (route_id, started_at, id) WHERE route_id IS NOT NULL;
CREATE INDEX cdr_by_caller_number ON cdr (caller_number, started_at, id) WHERE caller_number IS NOT NULL;
CREATE INDEX cdr_by_called_number ON cdr (called_number, started_at, id) WHERE called_number IS NOT NULL;
CREATE INDEX cdr_by_did_number ON cdr (did_number, started_at, id) WHERE did_number IS NOT NULL;
CREATE INDEX cdr_by_call_id ON cdr (call_id) WHERE call_id IS NOT NULL;
"#
);
