SELECT json_object('data', json_object('tenants', json_object('nodes', json_group_array(
    json_object('id', 'tenant_' || id, 'name', name, 'extensions', json_object('nodes', json((
        SELECT json_group_array(json_object('id', 'extension_' || e.id, 'number', e.number, 'user', json((
            SELECT json_object('id', 'user_' || u.id, 'name', u.name, 'sipAccounts', json_object('nodes', json((
                SELECT json_group_array(json_object('id', 'sip_account_' || s.id, 'username', s.username))
                FROM (SELECT id, username FROM sip_account WHERE user_id = u.id ORDER BY id LIMIT 2) AS s))))
            FROM "user" AS u WHERE u.id = e.user_id))))
        FROM (SELECT id, number, user_id FROM extension WHERE tenant_id = page.id ORDER BY id LIMIT 10) AS e)))
    )))))
FROM (
    SELECT id, name FROM tenant WHERE ?1 IS NULL OR id = ?1 ORDER BY id LIMIT 20) AS page
