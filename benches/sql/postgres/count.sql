SELECT count(*) FROM cdr WHERE direction = $1
