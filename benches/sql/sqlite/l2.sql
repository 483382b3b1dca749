WITH raw AS (
    SELECT lower(hex(n.uuid)) AS hex, n.number, n.disabled, n.tenant_id, t.customer_id, t.name, t.language,
        t.capacity_limit, t.sip_account_limit
    FROM phone_number AS n JOIN tenant AS t ON t.id = n.tenant_id
    WHERE ?3 IS NULL OR n.tenant_id = ?3
    ORDER BY n.number, n.id LIMIT 100 OFFSET ?2),
page AS MATERIALIZED (
    SELECT *, substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-' || substr(hex, 13, 4) || '-' || substr(hex, 17, 4)
        || '-' || substr(hex, 21) AS uuid
    FROM raw)
SELECT (SELECT json_group_array(json_object('id', p.uuid, 'type', 'available_did_numbers',
            'links', json_object('self', ?1 || '/available_did_numbers/' || p.uuid),
            'attributes', json_object('number', p.number, 'enabled', json(iif(p.disabled, 'false', 'true'))),
            'relationships', json_object('customer', json_object(
                'links', json_object(
                    'self', ?1 || '/available_did_numbers/' || p.uuid || '/relationships/customer',
                    'related', ?1 || '/available_did_numbers/' || p.uuid || '/customer'),
                'data', json_object('type', 'customers', 'id', p.customer_id)))))
        FROM page AS p),
    (SELECT json_group_array(json_object('id', c.customer_id, 'type', 'customers',
            'links', json_object('self', ?1 || '/customers/' || c.customer_id),
            'attributes', json_object('name', c.name, 'language', c.language, 'capacity_limit', c.capacity_limit,
                'sip_account_limit', c.sip_account_limit)))
        FROM (SELECT *, min(number) AS first FROM page GROUP BY tenant_id ORDER BY first) AS c),
    (SELECT count(*) FROM phone_number WHERE tenant_id IS NOT NULL AND (?3 IS NULL OR tenant_id = ?3))
