-- The nodes of payment's database: run on the coordinator before anything is distributed. May be run again, and again with
-- more workers. Wants the variables `password` and `workers`.
CREATE EXTENSION IF NOT EXISTS citus;

-- What a node proves itself with to another; 0 means every node.
INSERT INTO pg_dist_authinfo (nodeid, rolename, authinfo) VALUES (0, 'kvitt', 'password=' || :'password')
ON CONFLICT (nodeid, rolename) DO UPDATE SET authinfo = excluded.authinfo;

SELECT citus_set_coordinator_host('coordinator-0.coordinator', 5432)
WHERE NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0);

SELECT format('SELECT citus_add_node(%L, 5432)', name)
FROM generate_series(0, :workers - 1) AS ordinal, format('worker-%s.worker', ordinal) AS name
WHERE NOT EXISTS (SELECT FROM pg_dist_node WHERE nodename = name)
ORDER BY ordinal
\gexec

-- Payment's connections ask for plans that are made once, which Citus cannot make ("could not create distributed plan").
-- A login has the last word, after what the connection asked for.
CREATE OR REPLACE FUNCTION plans_for_citus() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config(name, setting, false)
    FROM (VALUES ('plan_cache_mode', 'auto'), ('enable_hashjoin', 'on'), ('enable_mergejoin', 'on'),
        ('enable_seqscan', 'on')) AS settings (name, setting);
END
$$;
DROP EVENT TRIGGER IF EXISTS plans_for_citus;
CREATE EVENT TRIGGER plans_for_citus ON login EXECUTE FUNCTION plans_for_citus();
