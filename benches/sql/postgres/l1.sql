SELECT json_build_object('gateways', (
        SELECT coalesce(json_agg(value), '[]') FROM jsonb_array_elements_text(n.gateway_ids)),
    'allocatedTo', t.domain)::text
FROM phone_number AS n LEFT JOIN tenant AS t ON t.id = n.tenant_id
WHERE n.number = $1 AND ($2::bigint IS NULL OR n.tenant_id = $2)
