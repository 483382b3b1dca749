SELECT '{"data":{"extension":' || coalesce((SELECT row_to_json(one)::text FROM (
    SELECT 'extension_' || id AS id, id AS "databaseId", number, caller_number AS "callerNumber", status, label,
        caller_id_name AS "callerIdName", version
    FROM extension WHERE id = $1 AND ($2::bigint IS NULL OR tenant_id = $2)) AS one), 'null') || '}}'
