SELECT '{"data":{"extensions":{"nodes":' || coalesce(json_agg(page)::text, '[]') || '}}}'
FROM (
    SELECT 'extension_' || id AS id, id AS "databaseId", number, caller_number AS "callerNumber", status, label,
        caller_id_name AS "callerIdName", version
    FROM extension AS e WHERE tenant_id = $1 AND ($2::bigint IS NULL OR tenant_id = $2)
    ORDER BY e.number, e.id LIMIT 100) AS page
