"""What the overlays render to, and how to find one's way in it."""

import copy
import functools
import os
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(os.environ["ROOT"])
OVERLAYS = ("dev", "production", "citus")

# Those that are more than somebody's laptop.
REAL = ("production", "citus")

SERVICES = (
    "access",
    "merchant",
    "payment",
    "wallet",
    "ordermanagement",
    "checkout",
    "webhook",
    "qr",
    "settlement",
    "gateway",
)


@functools.cache
def read(overlay):
    folder = ROOT / "k8s" / "overlays" / overlay
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{overlay} does not render: {done.stderr}")
    return [document for document in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if document]


def rendered(overlay):
    """Fresh documents each time, so that a test may spoil them."""
    return copy.deepcopy(read(overlay))


def of_kind(documents, *kinds):
    return [document for document in documents if document["kind"] in kinds]


def named(documents, kind, name):
    for document in of_kind(documents, kind):
        if document["metadata"]["name"] == name:
            return document
    raise LookupError(f"there is no {kind} {name}")


def find(documents, kind, name):
    return next((d for d in of_kind(documents, kind) if d["metadata"]["name"] == name), None)


def services(documents):
    """The Deployments of our own services."""
    return [d for d in of_kind(documents, "Deployment") if d["metadata"]["name"] in SERVICES]


def templates(documents):
    """(what it is, the template of its pods) for everything that makes pods."""
    for document in of_kind(documents, "Deployment", "StatefulSet", "Job", "CronJob"):
        spec = document["spec"]
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        yield f"{document['kind']} {document['metadata']['name']}", spec["template"]


def containers(template):
    return template["spec"].get("initContainers", []) + template["spec"]["containers"]


def service_container(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]


def env_of(deployment, documents):
    """What each variable is; a Secret's stands as `secret/<name>/<key>`."""
    values = {}
    for variable in service_container(deployment)["env"]:
        source = variable.get("valueFrom", {})
        if "configMapKeyRef" in source:
            reference = source["configMapKeyRef"]
            values[variable["name"]] = named(documents, "ConfigMap", reference["name"])["data"][reference["key"]]
        elif "secretKeyRef" in source:
            reference = source["secretKeyRef"]
            values[variable["name"]] = f"secret/{reference['name']}/{reference['key']}"
        else:
            values[variable["name"]] = variable["value"]
    return values


def labels_match(selector, labels):
    """Whether a label selector takes these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", []):
        inside = labels.get(expression["key"]) in expression.get("values", [])
        if {"In": not inside, "NotIn": inside}[expression["operator"]]:
            return False
    return True


def rust_constant(file, name):
    """The number of `const NAME: _ = number;` or of `Duration::from_secs(number)`."""
    found = re.search(rf"const {name}: [\w]+ = (?:Duration::from_secs\()?([\d_]+)", (ROOT / file).read_text())
    if found is None:
        raise LookupError(f"{file} has no {name}")
    return int(found[1].replace("_", ""))


def sources(folder):
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.rs")))
