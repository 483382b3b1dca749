SELECT json_object('data', json_object('extension', (
    SELECT json_object('id', 'extension_' || id, 'databaseId', id, 'number', number,
        'callerNumber', caller_number, 'status', status, 'label', label, 'callerIdName', caller_id_name,
        'version', version)
    FROM extension WHERE id = ?1 AND (?2 IS NULL OR tenant_id = ?2))))
