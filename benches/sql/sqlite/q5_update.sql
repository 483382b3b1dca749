UPDATE extension SET label = ?3, version = version + 1, updated_at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now')
WHERE id = ?1 AND (?2 IS NULL OR version = ?2) AND (?4 IS NULL OR tenant_id = ?4) AND label IS NOT ?3
RETURNING json_object('data', json_object('extensionUpdate', json_object('extension',
    json_object('id', 'extension_' || id, 'label', label, 'version', version), 'userErrors', json_array())))
