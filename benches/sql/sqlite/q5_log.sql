INSERT INTO change (tenant_id, owner_id, kind, row_id, event, version, actor_id, actor, door, request_id, at, fields)
SELECT tenant_id, user_id, 'extension', id, 'UPDATED', version, ?2, ?3, 'graphql', ?4, updated_at,
    json_object('label', label)
FROM extension WHERE id = ?1
