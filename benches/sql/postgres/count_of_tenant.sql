SELECT count(*) FROM cdr WHERE direction = $1 AND tenant_id = $2
