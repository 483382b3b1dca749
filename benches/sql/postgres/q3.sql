SELECT '{"data":{"tenants":{"nodes":' || coalesce(json_agg(page)::text, '[]') || '}}}'
FROM (
    SELECT 'tenant_' || t.id AS id, t.name, json_build_object('nodes', (
        SELECT coalesce(json_agg(numbers), '[]') FROM (
            SELECT 'extension_' || e.id AS id, e.number, (
                SELECT row_to_json(owner) FROM (
                    SELECT 'user_' || u.id AS id, u.name, json_build_object('nodes', (
                        SELECT coalesce(json_agg(accounts), '[]') FROM (
                            SELECT 'sip_account_' || s.id AS id, s.username
                            FROM sip_account AS s WHERE s.user_id = u.id ORDER BY s.id LIMIT 2) AS accounts
                        )) AS "sipAccounts"
                    FROM "user" AS u WHERE u.id = e.user_id) AS owner
                ) AS "user"
            FROM extension AS e WHERE e.tenant_id = t.id ORDER BY e.id LIMIT 10) AS numbers
        )) AS extensions
    FROM tenant AS t WHERE $1::bigint IS NULL OR t.id = $1 ORDER BY t.id LIMIT 20) AS page
