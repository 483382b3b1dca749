SELECT json_object('data', json_object('extensions', json_object('nodes', json_group_array(
    json_object('id', 'extension_' || id, 'databaseId', id, 'number', number,
        'callerNumber', caller_number, 'status', status, 'label', label, 'callerIdName', caller_id_name,
        'version', version)))))
FROM (
    SELECT id, number, caller_number, status, label, caller_id_name, version
    FROM extension WHERE tenant_id = ?1 AND (?2 IS NULL OR tenant_id = ?2)
    ORDER BY number, id LIMIT 100) AS page
