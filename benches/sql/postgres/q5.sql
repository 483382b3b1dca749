WITH changed AS (
    UPDATE extension SET label = $3, version = version + 1, updated_at = now()
    WHERE id = $1 AND ($2::bigint IS NULL OR version = $2) AND ($4::bigint IS NULL OR tenant_id = $4)
        AND label IS DISTINCT FROM $3
    RETURNING id, tenant_id, user_id, label, version, updated_at),
logged AS (
    INSERT INTO change (tenant_id, owner_id, kind, row_id, event, version, actor_id, actor, door, request_id, at, fields)
    SELECT tenant_id, user_id, 'extension', id, 'UPDATED', version, $5, $6, 'graphql', $7, updated_at,
        jsonb_build_object('label', label)
    FROM changed)
SELECT '{"data":{"extensionUpdate":{"extension":' || row_to_json(shown)::text || ',"userErrors":[]}}}'
FROM (SELECT 'extension_' || id AS id, label, version FROM changed) AS shown,
    pg_notify('switchboard_change', 'hand-written')
