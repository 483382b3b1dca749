SELECT json_object('gateways', json((
        SELECT json_group_array(CAST(value AS text)) FROM json_each(n.gateway_ids))),
    'allocatedTo', t.domain)
FROM phone_number AS n LEFT JOIN tenant AS t ON t.id = n.tenant_id
WHERE n.number = ?1 AND (?2 IS NULL OR n.tenant_id = ?2)
