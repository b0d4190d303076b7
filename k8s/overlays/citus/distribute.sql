-- Distributes payment's money tables by `msn`, all alike, so that everything of one sales unit is on one node. May be run
-- again: what is distributed stays as it is. tests/cluster holds this list against the migrations.
--
-- `log_head`, `clearing_cursors` and `transaction_cursors` are keyed by part of the log, which holds many sales units: they
-- stay on the coordinator. So does `_sqlx_migrations`.
CREATE TEMPORARY TABLE wanted (name text, place integer);
INSERT INTO wanted (name, place) VALUES
    ('payments', 1),
    ('payment_log', 2),
    ('payment_timers', 3),
    ('transactions', 4);

-- The first has shards of its own, and the others lie beside them.
SELECT format(
    'SELECT create_distributed_table(%L, %L, %s)', name, 'msn',
    CASE place WHEN 1 THEN 'colocate_with => ''none'', shard_count => 32' ELSE 'colocate_with => ''payments''' END
)
FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = name::regclass)
ORDER BY place
\gexec

SELECT logicalrelid AS table_name, colocationid FROM pg_dist_partition ORDER BY 1;
