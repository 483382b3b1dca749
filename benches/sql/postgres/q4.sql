WITH page AS (
    SELECT id, direction, started_at, duration_seconds, caller_number, called_number, disposition, hangup_cause
    FROM cdr
    WHERE direction = $1 AND (started_at, id) > (timestamptz 'epoch' + $2 * interval '1 microsecond', $3)
        AND ($4::bigint IS NULL OR tenant_id = $4)
    ORDER BY started_at, id LIMIT 51),
counted AS (SELECT count(*) > 50 AS more FROM page),
shown AS (
    SELECT 'cdr_' || id AS id, direction, started_at AS "startedAt", duration_seconds AS "durationSeconds",
        caller_number AS "callerNumber", called_number AS "calledNumber", disposition, hangup_cause AS "hangupCause"
    FROM page AS p ORDER BY p.started_at, p.id LIMIT 50)
SELECT (SELECT coalesce(json_agg(shown)::text, '[]') FROM shown), counted.more,
    (extract(epoch FROM last.started_at) * 1000000)::bigint, last.id
FROM counted LEFT JOIN LATERAL (
    SELECT started_at, id FROM page ORDER BY started_at DESC, id DESC
    OFFSET CASE WHEN counted.more THEN 1 ELSE 0 END LIMIT 1) AS last ON true
