-- What is in the tables: {tenants} tenants and what belongs to them, dealt out in turn, as real rows come in turn.
-- The words in braces are written for each database by `src/seed.rs`.

INSERT INTO gateway (uuid, name, host, created_at, updated_at)
SELECT {uuid n}, 'Gateway ' || n, 'gw' || n || '.example.com', {time n}, {time n} FROM {series 10} ORDER BY series.n;

INSERT INTO route (uuid, name, gateway_id, dst_prefix, created_at, updated_at)
SELECT {uuid n}, 'Route ' || n, n, '49' || n, {time n}, {time n} FROM {series 10} ORDER BY series.n;

INSERT INTO tenant (customer_id, domain, name, ext_digits, created_at, updated_at)
SELECT CAST(n AS text), 't' || n || '.bench.example.com', 'Tenant ' || n, 5, {time n}, {time n}
FROM {series {tenants}} ORDER BY series.n;

INSERT INTO trunk (tenant_id, uuid, name, domain, created_at, updated_at)
SELECT n, {uuid n}, 'Trunk ' || n, 'trunk' || n || '.bench.example.com', {time n}, {time n}
FROM {series {tenants}} ORDER BY series.n;

INSERT INTO "user" (tenant_id, login, role, name, first_name, last_name, email, created_at, updated_at)
SELECT (n - 1) % {tenants} + 1, 'user' || n, CASE WHEN n <= {tenants} THEN 'TENANT_ADMIN' ELSE 'USER' END,
    'First' || n || ' Last' || n, 'First' || n, 'Last' || n, 'user' || n || '@bench.example.com', {time n}, {time n}
FROM {series {users}} ORDER BY series.n;

INSERT INTO "user" (login, role, name, created_at, updated_at)
SELECT 'bench', 'OPERATOR', 'The operator', {time n}, {time n} FROM {series 1};

INSERT INTO extension (tenant_id, number, user_id, label, caller_id_name, caller_number, created_at, updated_at)
SELECT (n - 1) % {tenants} + 1, CAST(10000 + (n - 1) / {tenants} AS text), (n - 1) % {users} + 1,
    'Desk ' || n, 'Company ' || n, '4930' || (1000000 + n), {time n}, {time n}
FROM {series {extensions}} ORDER BY series.n;

INSERT INTO sip_account (tenant_id, uuid, username, user_id, extension_id, created_at, updated_at)
SELECT (n - 1) % {tenants} + 1, {uuid n}, 'sip' || n, (n - 1) % {users} + 1, n, {time n}, {time n}
FROM {series {extensions}} ORDER BY series.n;

INSERT INTO phone_number (uuid, tenant_id, number, gateway_ids, main_phone, location, target,
    target_name, extension_id, created_at, updated_at)
SELECT {uuid n}, (n - 1) % {tenants} + 1, '4930' || (1000000 + n), '[1]'{json}, n <= {tenants}, 'Berlin', 'user' || n, 'First' || n,
    n, {time n}, {time n}
FROM {series {numbers}} ORDER BY series.n;

INSERT INTO phone_number_gateway (phone_number_id, gateway_id) SELECT n, 1 FROM {series {numbers}} ORDER BY series.n;

INSERT INTO cdr (tenant_id, direction, trunk_id, trunk_domain, engine, leg_id, call_id, caller_name, caller_number,
    called_number, did_number, started_at, answered_at, ended_at, duration_seconds, billed_seconds, disposition,
    disconnect_code, hangup_cause, read_codec, created_at, updated_at)
SELECT (n - 1) % {tenants} + 1, CASE n % 50 WHEN 0 THEN 'INTERNAL' WHEN 1 THEN 'INCOMING' ELSE 'OUTGOING' END,
    CASE n % 50 WHEN 1 THEN (n - 1) % {tenants} + 1 END,
    CASE n % 50 WHEN 1 THEN 'trunk' || ((n - 1) % {tenants} + 1) || '.bench.example.com' END,
    'switch-1', 'leg-' || n, 'call-' || n, 'Caller ' || (n % 1000), '49170' || (1000000 + n % 5000),
    '4930' || (1000000 + n % {numbers}), '4930' || (1000000 + n % {numbers}), {time n * 7}, {time n * 7 + 5},
    {time n * 7 + 65}, 65, 60, CASE n % 10 WHEN 0 THEN 'BUSY' ELSE 'ANSWERED' END, 200, 'NORMAL_CLEARING', 'PCMU',
    {time n * 7 + 65}, {time n * 7 + 65}
FROM {series {cdrs}} ORDER BY series.n;
