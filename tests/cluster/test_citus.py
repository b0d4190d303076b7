"""What is distributed exists, carries `msn` in every key, and nothing in payment's SQL is beyond Citus."""

import re
import unittest

from cluster import ROOT, named, of_kind, rendered, sources

# Keyed by part of the log, which holds many sales units.
LOCAL = {"log_head", "clearing_cursors", "transaction_cursors"}


def migrations(service):
    folder = ROOT / "services" / service / "migrations"
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.sql")))
    return re.sub(r"--.*", "", text)


def tables(sql):
    """Each table with its columns."""
    return {
        match[1]: set(re.findall(r"^\s+(\w+)\s+\w", match[2], re.MULTILINE)) - {"CONSTRAINT"}
        for match in re.finditer(r"CREATE TABLE (\w+) \((.*?)\n\)", sql, re.DOTALL)
    }


def keys(sql):
    """(table, its columns) for each primary key, unique constraint and unique index that is still there."""
    found = []
    for match in re.finditer(r"(?:CREATE|ALTER) TABLE (\w+)(.*?);", sql, re.DOTALL):
        for key in re.finditer(r"(?:PRIMARY KEY|UNIQUE)\s*\(([^)]*)\)", match[2]):
            found.append((match[1], set(re.findall(r"\w+", key[1]))))
    for match in re.finditer(r"CREATE UNIQUE INDEX \w+ ON (\w+) \(([^)]*)\)", sql):
        found.append((match[1], set(re.findall(r"\w+", match[2]))))
    return found


def distributed():
    text = (ROOT / "k8s" / "overlays" / "citus" / "distribute.sql").read_text()
    return re.findall(r"\('(\w+)', \d+\)", text)


class Citus(unittest.TestCase):
    def test_every_table_of_payment_is_distributed_or_named_as_local(self):
        there = tables(migrations("payment"))
        self.assertEqual(set(distributed()) | LOCAL, set(there))
        self.assertEqual(set(distributed()) & LOCAL, set())
        for table in distributed():
            self.assertIn("msn", there[table], table)

    def test_every_key_of_a_distributed_table_has_msn(self):
        found = [(table, columns) for table, columns in keys(migrations("payment")) if table in distributed()]
        self.assertGreaterEqual(len(found), 5)
        self.assertEqual([key for key in found if "msn" not in key[1]], [])

    def test_a_key_without_msn_is_seen(self):
        sql = migrations("payment") + "CREATE UNIQUE INDEX payments_of_id ON payments (payment_id);"
        self.assertIn(("payments", {"payment_id"}), keys(sql))

    def test_payment_locks_no_rows_of_several_units(self):
        # "could not run distributed query with FOR UPDATE/SHARE commands", says Citus.
        self.assertNotRegex(sources("services/payment/src"), r"FOR (NO KEY )?(UPDATE|SHARE)\b")

    def test_a_login_takes_back_the_plans_that_citus_cannot_make(self):
        asked = re.search(r"const PLANS_BY_KEY.*?\];", sources("shared/postgres/src"), re.DOTALL)[0]
        names = set(re.findall(r'\("(\w+)", "', asked))
        self.assertIn("plan_cache_mode", names)
        given = (ROOT / "k8s" / "overlays" / "citus" / "nodes.sql").read_text()
        self.assertEqual(names - set(re.findall(r"\('(\w+)', '\w+'\)", given)), set())

    def test_the_nodes_are_as_many_as_the_job_thinks(self):
        documents = rendered("citus")
        workers = named(documents, "StatefulSet", "worker")["spec"]["replicas"]
        job = named(documents, "Job", "distribute")["spec"]["template"]["spec"]["containers"][0]
        self.assertIn({"name": "WORKERS", "value": str(workers)}, job["env"])
        files = [c for c in of_kind(documents, "ConfigMap") if c["metadata"]["name"].startswith("distribute-")]
        self.assertEqual(set(files[0]["data"]), {"nodes.sql", "distribute.sql"})
