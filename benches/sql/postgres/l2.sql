WITH page AS (
    SELECT n.uuid, n.number, NOT n.disabled AS enabled, n.tenant_id, t.customer_id, t.name, t.language,
        t.capacity_limit, t.sip_account_limit
    FROM phone_number AS n JOIN tenant AS t ON t.id = n.tenant_id
    WHERE $3::bigint IS NULL OR n.tenant_id = $3
    ORDER BY n.number, n.id LIMIT 100 OFFSET $2)
SELECT (SELECT coalesce(json_agg(item)::text, '[]') FROM (
        SELECT p.uuid AS id, 'available_did_numbers' AS type,
            json_build_object('self', $1 || '/available_did_numbers/' || p.uuid) AS links,
            json_build_object('number', p.number, 'enabled', p.enabled) AS attributes,
            json_build_object('customer', json_build_object(
                'links', json_build_object(
                    'self', $1 || '/available_did_numbers/' || p.uuid || '/relationships/customer',
                    'related', $1 || '/available_did_numbers/' || p.uuid || '/customer'),
                'data', json_build_object('type', 'customers', 'id', p.customer_id))) AS relationships
        FROM page AS p ORDER BY p.number) AS item),
    (SELECT coalesce(json_agg(item)::text, '[]') FROM (
        SELECT c.customer_id AS id, 'customers' AS type,
            json_build_object('self', $1 || '/customers/' || c.customer_id) AS links,
            json_build_object('name', c.name, 'language', c.language, 'capacity_limit', c.capacity_limit,
                'sip_account_limit', c.sip_account_limit) AS attributes
        FROM (SELECT DISTINCT ON (tenant_id) * FROM page ORDER BY tenant_id, number) AS c
        ORDER BY c.number) AS item),
    (SELECT count(*) FROM phone_number WHERE tenant_id IS NOT NULL AND ($3::bigint IS NULL OR tenant_id = $3))
