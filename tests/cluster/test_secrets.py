"""Every secret that something asks for is made by somebody, and no password of production is written down here."""

import re
import subprocess
import unittest

import yaml
from cluster import OVERLAYS, REAL, ROOT, SERVICES, containers, of_kind, rendered, rust_constant, templates

# What only the one who installs can know: where backups go.
BY_HAND = {("backups-secrets", "access-key-id"), ("backups-secrets", "secret-access-key")}


def made(*arguments):
    printed = subprocess.run([ROOT / "k8s" / "secrets", *arguments], capture_output=True, text=True, check=True)
    return [document for document in yaml.safe_load_all(printed.stdout) if document]


def keys(secrets):
    return {(s["metadata"]["name"], key) for s in secrets for key in s.get("stringData", {})}


def asked(documents):
    """All (Secret, key) that pods cannot start without."""
    found = set()
    for _, template in templates(documents):
        for container in containers(template):
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference and not reference.get("optional"):
                    found.add((reference["name"], reference["key"]))
    return found


def of_citus(overlay):
    return ["--citus"] if overlay == "citus" else []


class Secrets(unittest.TestCase):
    def test_whatever_is_asked_for_is_made(self):
        for overlay in REAL:
            wanted = asked(rendered(overlay))
            self.assertGreater(len(wanted), 20)
            self.assertEqual(wanted - keys(made(*of_citus(overlay))) - BY_HAND, set(), overlay)
        self.assertEqual(asked(rendered("dev")) - keys(of_kind(rendered("dev"), "Secret")), set())

    def test_no_overlay_but_the_developers_has_a_secret_in_it(self):
        for overlay in REAL:
            self.assertEqual(of_kind(rendered(overlay), "Secret"), [], overlay)
            for _, template in templates(rendered(overlay)):
                for container in containers(template):
                    for variable in container.get("env", []):
                        self.assertFalse(
                            re.search(r"PASSWORD|SECRET|PEPPER|_KEY$", variable["name"])
                            and variable.get("value")
                            and not variable["value"].startswith("/"),
                            variable,
                        )

    def test_what_is_made_is_long_new_and_the_same_at_both_ends(self):
        first, second = made(), made()
        values = lambda secrets: {(s["metadata"]["name"], k): v for s in secrets for k, v in s["stringData"].items()}
        one, two = values(first), values(second)
        for name, value in one.items():
            if name[1] not in ("username", "database-url"):
                self.assertGreaterEqual(len(value), 32, name)
            if name[1] != "username":
                self.assertNotEqual(value, two[name], name)
        proofs = dict(pair.split("=") for pair in one["access-secrets", "service-secrets"].split(","))
        self.assertEqual(set(proofs), {*SERVICES, "launcher"} - {"access"})
        for service in SERVICES[1:]:
            self.assertEqual(proofs[service], one[f"{service}-secrets", "service-secret"])
            if service != "gateway":
                self.assertIn(one[f"role-{service}", "password"], one[f"{service}-secrets", "database-url"])

    def test_each_service_has_a_role_and_a_database_of_its_own(self):
        cluster = of_kind(rendered("production"), "Cluster")[0]
        roles = {role["name"]: role for role in cluster["spec"]["managed"]["roles"]}
        for service in SERVICES[:-1]:
            self.assertEqual(roles[f"kvitt_{service}"]["inRoles"], ["kvitt_services"])
            self.assertEqual(roles[f"kvitt_{service}"]["passwordSecret"]["name"], f"role-{service}")
            self.assertNotIn("superuser", roles[f"kvitt_{service}"])
        rules = cluster["spec"]["postgresql"]["pg_hba"]
        self.assertEqual(
            [rule.split()[:3] for rule in rules],
            [["hostssl", "sameuser", "+kvitt_services"], ["host", "all", "+kvitt_services"]],
        )
        self.assertTrue(rules[1].endswith("reject"))

    def test_whoever_has_a_database_proves_its_server(self):
        urls = [s["stringData"]["database-url"] for s in made() if "database-url" in s["stringData"]]
        self.assertEqual(len(urls), len(SERVICES))
        for url in urls:
            self.assertTrue(url.endswith("?sslmode=verify-full&sslrootcert=/database/ca.crt"), url)
        clients = 0
        for name, template in templates(rendered("production")):
            if template["metadata"]["labels"].get("database-client") != "true":
                continue
            clients += 1
            volumes = {volume["name"]: volume.get("secret") for volume in template["spec"]["volumes"]}
            for container in containers(template):
                mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
                secret = volumes[mounted["/database"]]
                self.assertEqual(secret["secretName"], "database-ca", name)
                # And not the authority's key.
                self.assertEqual(secret["items"], [{"key": "ca.crt", "path": "ca.crt"}], name)
        # The services but the gateway, the Job and the audit.
        self.assertEqual(clients, len(SERVICES) - 1 + 2)


class Connections(unittest.TestCase):
    """The server lets in as many as all instances at their most may open, and a hundred more."""

    def most(self, documents):
        total = 0
        for scaler in of_kind(documents, "HorizontalPodAutoscaler"):
            name = scaler["metadata"]["name"]
            if name == "gateway":
                continue
            library = f"services/{name}/src/lib.rs"
            each = rust_constant(library, "MOST_CONNECTIONS")
            # While it starts it holds one more, to look at the schema.
            each += 1
            if name == "payment":
                # A connection for each lane; a log of eight parts is large.
                each += 8
            if name == "webhook":
                each += rust_constant(library, "MOST_REPEATABLE")
            # One more instance while a rollout goes on.
            total += each * (scaler["spec"]["maxReplicas"] + 1)
        return total

    def test_the_server_has_connections_for_all(self):
        documents = rendered("production")
        allowed = int(of_kind(documents, "Cluster")[0]["spec"]["postgresql"]["parameters"]["max_connections"])
        self.assertGreaterEqual(allowed, self.most(documents) + 100)

    def test_a_coordinator_has_twice_as_many(self):
        documents = rendered("citus")
        for node in of_kind(documents, "StatefulSet"):
            arguments = " ".join(node["spec"]["template"]["spec"]["containers"][0]["args"])
            allowed = int(re.search(r"max_connections=(\d+)", arguments)[1])
            self.assertGreaterEqual(allowed, 2 * self.most(documents))

    def test_overlays_are_all_known(self):
        folders = {folder.name for folder in (ROOT / "k8s" / "overlays").iterdir() if folder.is_dir()}
        self.assertEqual(folders, set(OVERLAYS))
