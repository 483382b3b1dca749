WITH changed AS (
    UPDATE phone_number SET gateway_ids = $2::jsonb, version = version + 1, updated_at = now()
    WHERE number = $1 AND ($3::bigint IS NULL OR tenant_id = $3) AND gateway_ids <> $2::jsonb
    RETURNING id, tenant_id, gateway_ids, version, updated_at),
gone AS (
    DELETE FROM phone_number_gateway AS g USING changed
    WHERE g.phone_number_id = changed.id AND NOT changed.gateway_ids @> to_jsonb(g.gateway_id)),
come AS (
    INSERT INTO phone_number_gateway (phone_number_id, gateway_id)
    SELECT changed.id, value::bigint FROM changed, jsonb_array_elements_text(changed.gateway_ids)
    ON CONFLICT DO NOTHING),
logged AS (
    INSERT INTO change (tenant_id, kind, row_id, event, version, actor_id, actor, door, request_id, at, fields)
    SELECT tenant_id, 'phone_number', id, 'UPDATED', version, $4, $5, 'boss', $6, updated_at,
        jsonb_build_object('gateway_ids', gateway_ids)
    FROM changed)
SELECT id FROM changed, pg_notify('switchboard_change', 'hand-written')
