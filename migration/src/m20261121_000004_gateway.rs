//! Table `gateway`: where calls leave.

crate::tables!(
    r#"
CREATE TABLE gateway (
    id {id},
    tenant_id {ref} REFERENCES tenant (id),
    uuid {uuid} NOT NULL,
    name {text} NOT NULL,
    enabled boolean NOT NULL DEFAULT TRUE,
    description {text},
    host {text} NOT NULL,
    port integer,
    transport {text} NOT NULL DEFAULT 'NONE' CHECK (transport IN ('NONE', 'UDP', 'TCP', 'TLS')),
    network_protocol {text} NOT NULL DEFAULT 'IPV4_ONLY' CHECK (network_protocol IN ('IPV4_ONLY', 'IPV6_ONLY', 'IPV4_PREF', 'IPV6_PREF', 'DUALSTACK')),
    outbound_address {text},
    outbound_port integer NOT NULL DEFAULT 5060,
    authorization_name {text},
    authorization_password {bytes},
    codecs {json} NOT NULL DEFAULT '["PCMU","PCMA","TELEPHONE_EVENT"]',
    src_rewrite_rule {text},
    src_rewrite_result {text},
    dst_rewrite_rule {text},
    dst_rewrite_result {text},
    model {text} NOT NULL DEFAULT 'genericGatewayStandard',
    serial_number {text},
    device_version {text},
    prefix {text},
    shared boolean NOT NULL DEFAULT FALSE,
    use_internal_bridge boolean NOT NULL DEFAULT FALSE,
    default_caller_alias {text},
    anonymous boolean NOT NULL DEFAULT FALSE,
    ignore_user_info boolean NOT NULL DEFAULT FALSE,
    transform_user_extension boolean NOT NULL DEFAULT FALSE,
    add_prefix {text},
    keep_digits integer NOT NULL DEFAULT 0,
    display_name {text},
    url_parameters {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT gateway__uuid UNIQUE (uuid),
    CHECK (port BETWEEN 1 AND 65535),
    CHECK (outbound_port BETWEEN 0 AND 65535)
);
CREATE INDEX gateway_by_tenant_id ON gateway (tenant_id, id);
CREATE INDEX gateway_by_name ON gateway (name, id);
CREATE INDEX gateway_by_created_at ON gateway (created_at, id);
"#
);
