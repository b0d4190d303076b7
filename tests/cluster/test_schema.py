"""Every document keeps the schema of its kind: Kubernetes' own strictly, those of extensions by the fields they cannot do
without, and no other kinds are there."""

import unittest

import kubernetes_validate
from cluster import OVERLAYS, named, rendered

VERSION = "1.34"

# Kinds that kubernetes-validate does not know, by group and kind: what must be there, each a path of names.
EXTENSIONS = {
    ("postgresql.cnpg.io/v1", "Cluster"): [
        "spec.instances",
        "spec.imageName",
        "spec.storage.size",
        "spec.bootstrap.initdb",
    ],
    ("postgresql.cnpg.io/v1", "ScheduledBackup"): ["spec.schedule", "spec.cluster.name", "spec.method"],
    ("barmancloud.cnpg.io/v1", "ObjectStore"): ["spec.configuration.destinationPath", "spec.retentionPolicy"],
    ("cert-manager.io/v1", "Issuer"): ["spec"],
    ("cert-manager.io/v1", "Certificate"): ["spec.secretName", "spec.issuerRef.name", "spec.privateKey.algorithm"],
    ("gateway.networking.k8s.io/v1", "Gateway"): ["spec.gatewayClassName", "spec.listeners"],
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): ["spec.parentRefs", "spec.hostnames", "spec.rules"],
    ("gateway.networking.k8s.io/v1", "GRPCRoute"): ["spec.parentRefs", "spec.hostnames", "spec.rules"],
    ("gateway.networking.k8s.io/v1", "BackendTLSPolicy"): ["spec.targetRefs", "spec.validation.hostname"],
    ("monitoring.coreos.com/v1", "ServiceMonitor"): ["spec.selector", "spec.endpoints"],
    ("monitoring.coreos.com/v1", "PrometheusRule"): ["spec.groups"],
}


def misses(document):
    """What is wrong with the form of one document."""
    what = f"{document['kind']} {document['metadata']['name']}"
    wanted = EXTENSIONS.get((document["apiVersion"], document["kind"]))
    if wanted is None:
        try:
            kubernetes_validate.validate(document, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{what}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{what} is of an unknown kind"
        return
    for path in wanted:
        value = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value in (None, "", [], {}):
            yield f"{what} has no {path}"


def certificates(documents):
    """Each service has one whose first name is its own, and no certificate has a second owner's name."""
    for certificate in documents:
        if certificate["kind"] != "Certificate" or certificate["spec"].get("isCA"):
            continue
        name, names = certificate["metadata"]["name"], certificate["spec"]["dnsNames"]
        reached = [] if name in ("client", "launcher") else [f"{name}.kvitt.svc", f"{name}.kvitt.svc.cluster.local"]
        if names != [name, *reached]:
            yield f"the certificate of {name} is for {names}"
        if certificate["spec"]["secretName"] != f"{name}-tls":
            yield f"the certificate of {name} goes elsewhere"
        if certificate["spec"]["privateKey"].get("rotationPolicy") != "Always":
            yield f"{name} keeps its key"


def references(documents):
    """Routes lead to Services, and to ports that are there."""
    ports = {
        (service["metadata"]["name"], port["port"])
        for service in documents
        if service["kind"] == "Service"
        for port in service["spec"]["ports"]
    }
    for route in documents:
        if route["kind"] not in ("HTTPRoute", "GRPCRoute"):
            continue
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                if (backend["name"], backend["port"]) not in ports:
                    yield f"{route['kind']} {route['metadata']['name']} leads to {backend}, where nobody is"


class Schema(unittest.TestCase):
    def test_every_document_keeps_its_schema(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                documents = rendered(overlay)
                self.assertEqual([miss for document in documents for miss in misses(document)], [])
                self.assertEqual([*certificates(documents), *references(documents)], [])

    def test_every_name_is_there_once(self):
        for overlay in OVERLAYS:
            names = [(d["apiVersion"], d["kind"], d["metadata"]["name"]) for d in rendered(overlay)]
            self.assertEqual(len(names), len(set(names)), overlay)

    def test_commits_are_on_two_machines_before_they_are_answered(self):
        spec = named(rendered("production"), "Cluster", "database")["spec"]
        self.assertEqual(spec["instances"], 3)
        self.assertEqual(
            spec["postgresql"]["synchronous"], {"method": "any", "number": 1, "dataDurability": "required"}
        )
        self.assertTrue(any(plugin.get("isWALArchiver") for plugin in spec["plugins"]))
        self.assertNotIn("synchronous_commit", spec["postgresql"]["parameters"])

    def test_what_is_wrong_is_seen(self):
        rows = [
            (misses, "Deployment", "payment", lambda d: d["spec"].update(replica=1), "replica"),
            (misses, "Deployment", "payment", lambda d: d["spec"].pop("selector"), "selector"),
            (misses, "Service", "payment", lambda d: d["spec"]["ports"][0].update(port="x"), "x"),
            (misses, "Cluster", "database", lambda d: d["spec"].pop("storage"), "no spec.storage.size"),
            (misses, "Issuer", "mesh", lambda d: d.update(kind="Issuers"), "unknown kind"),
        ]
        for check, kind, name, spoil, wanted in rows:
            document = named(rendered("production"), kind, name)
            spoil(document)
            self.assertTrue(any(wanted in miss for miss in check(document)), f"nobody says {wanted!r}")
        documents = rendered("production")
        named(documents, "Certificate", "qr")["spec"]["dnsNames"].reverse()
        self.assertEqual(len(list(certificates(documents))), 1)
        named(documents, "GRPCRoute", "qr")["spec"]["rules"][0]["backendRefs"][0]["port"] = 1
        self.assertEqual(len(list(references(documents))), 1)
