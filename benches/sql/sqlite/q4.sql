WITH page AS MATERIALIZED (
    SELECT id, direction, started_at, duration_seconds, caller_number, called_number, disposition, hangup_cause,
        row_number() OVER (ORDER BY started_at, id) AS place
    FROM cdr
    WHERE direction = ?1
        AND (started_at, id) > (strftime('%Y-%m-%dT%H:%M:%S+00:00', ?2 / 1000000, 'unixepoch'), ?3)
        AND (?4 IS NULL OR tenant_id = ?4)
    ORDER BY started_at, id LIMIT 51)
SELECT json_group_array(json_object('id', 'cdr_' || id, 'direction', direction, 'startedAt', started_at,
        'durationSeconds', duration_seconds, 'callerNumber', caller_number, 'calledNumber', called_number,
        'disposition', disposition, 'hangupCause', hangup_cause)) FILTER (WHERE place <= 50),
    count(*) > 50,
    CAST(strftime('%s', max(started_at) FILTER (WHERE place <= 50)) AS integer) * 1000000,
    max(id) FILTER (WHERE place = min(50, (SELECT count(*) FROM page)))
FROM page
