"""What holds for everything that makes pods. Each function answers what it finds wrong, one sentence each."""

import re

from cluster import (
    SERVICES,
    containers,
    env_of,
    find,
    labels_match,
    named,
    of_kind,
    rust_constant,
    service_container,
    services,
    templates,
)
from contract import settings_of, settings_of_process

# How many seconds a cluster's name server remembers where a Service's pods are, unless told otherwise.
NAMES_REMEMBERED = 5

TLS = {"KVITT_TLS_CERT", "KVITT_TLS_KEY", "KVITT_TLS_CA"}


def security(documents, writable=()):
    """Restricted Pod Security, and a root that nobody writes to."""
    for name, template in templates(documents):
        spec = template["spec"]
        pod = spec.get("securityContext", {})
        if pod.get("runAsNonRoot") is not True or not pod.get("runAsUser"):
            yield f"{name} may run as root"
        if pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{name} has no seccomp profile"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name} is given a token of the cluster"
        for refused in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(refused):
                yield f"{name} has {refused}"
        for volume in spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{name} mounts a path of the machine"
        for container in containers(template):
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{name} may escalate"
            if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
                yield f"{name} keeps capabilities"
            if own.get("readOnlyRootFilesystem") is not True and name not in writable:
                yield f"{name} may write to its root"


def accounts(documents):
    """Everything has an account of its own, without a token."""
    for name, template in templates(documents):
        account = find(documents, "ServiceAccount", template["spec"].get("serviceAccountName"))
        if account is None:
            yield f"{name} has no account of its own"
        elif account.get("automountServiceAccountToken") is not False:
            yield f"the account of {name} has a token"


def images(documents):
    """Exact versions only."""
    pinned = re.compile(r"[^:@]+(:v?\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})")
    for name, template in templates(documents):
        for container in containers(template):
            if not pinned.fullmatch(container["image"]):
                yield f"{name} takes any {container['image']}"


def resources(documents):
    for name, template in templates(documents):
        for container in containers(template):
            given = container.get("resources", {})
            for bound in ("requests", "limits"):
                if set(given.get(bound, {})) != {"cpu", "memory"}:
                    yield f"{name} has no {bound} of cpu and memory"


def probes(documents):
    for deployment in services(documents):
        name, container = deployment["metadata"]["name"], service_container(deployment)
        for probe in ("startupProbe", "readinessProbe"):
            if container.get(probe, {}).get("grpc", {}).get("port") != 9000:
                yield f"{name} has no {probe} by gRPC at the plain port"
        liveness = container.get("livenessProbe", {})
        if not liveness:
            yield f"{name} has no livenessProbe"
        # Health tells of the database too, and a restart heals no database.
        if "grpc" in liveness or "httpGet" in liveness:
            yield f"{name} is restarted when something else is ill"
        if env_of(deployment, documents).get("KVITT_HEALTH_LISTEN") != "0.0.0.0:9000":
            yield f"{name} does not tell its health at 9000"
    for name, template in templates(documents):
        if name.split()[0] in ("Job", "CronJob"):
            continue
        for container in containers(template):
            for probe in ("readinessProbe", "livenessProbe"):
                if probe not in container:
                    yield f"{name} has no {probe}"


def endings(documents):
    """The grace is longer than everything that a service does before it ends."""
    drain = rust_constant("shared/runtime/src/serve/mod.rs", "DRAIN_LIMIT")
    drain = max(drain, rust_constant("services/gateway/src/connections.rs", "DRAIN_LIMIT"))
    abort = rust_constant("shared/runtime/src/serve/mod.rs", "ABORT_LIMIT")
    for deployment in services(documents):
        name, spec = deployment["metadata"]["name"], deployment["spec"]["template"]["spec"]
        wait = int(env_of(deployment, documents).get("KVITT_DRAIN_WAIT", 0))
        if wait < NAMES_REMEMBERED + rust_constant("shared/runtime/src/mesh/balance/lookup.rs", "EVERY"):
            yield f"{name} begins to drain before its callers have heard of it"
        ready = service_container(deployment)["readinessProbe"]
        if wait < ready["periodSeconds"] * ready["failureThreshold"]:
            yield f"{name} begins to drain before it is known to be unready"
        if spec["terminationGracePeriodSeconds"] < wait + drain + abort + 5:
            yield f"{name} is killed before it has drained"
        if "lifecycle" in service_container(deployment):
            yield f"{name} has hooks; it waits by itself"


def rollouts(documents):
    for deployment in services(documents):
        name, spec = deployment["metadata"]["name"], deployment["spec"]
        if spec["strategy"]["rollingUpdate"] != {"maxSurge": 1, "maxUnavailable": 0}:
            yield f"a rollout of {name} takes an instance away before there is another"
        keys = {constraint["topologyKey"] for constraint in spec["template"]["spec"]["topologySpreadConstraints"]}
        if keys != {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}:
            yield f"{name} is not spread"
        labels = spec["template"]["metadata"]["labels"]
        for constraint in spec["template"]["spec"]["topologySpreadConstraints"]:
            if not labels_match(constraint["labelSelector"], labels):
                yield f"{name} is spread by labels it does not have"


def budgets(documents, least=2):
    """An autoscaler of two or more, and a budget that leaves one."""
    for deployment in services(documents):
        name, labels = deployment["metadata"]["name"], deployment["spec"]["template"]["metadata"]["labels"]
        scaler = find(documents, "HorizontalPodAutoscaler", name)
        if scaler is None or scaler["spec"]["scaleTargetRef"]["name"] != name:
            yield f"{name} has no autoscaler"
        elif scaler["spec"]["minReplicas"] < least or scaler["spec"]["maxReplicas"] < scaler["spec"]["minReplicas"]:
            yield f"{name} may be down to {scaler['spec']['minReplicas']}"
        if "replicas" in deployment["spec"]:
            yield f"{name} has replicas, which the autoscaler sets"
        budget = find(documents, "PodDisruptionBudget", name)
        if least > 1 and (budget is None or not labels_match(budget["spec"]["selector"], labels)):
            yield f"{name} has no budget"
        elif budget is not None and budget["spec"].get("maxUnavailable") != 1:
            yield f"the budget of {name} is not one"


def variables(documents, tls=True):
    """Every variable that a service knows is set, and no other."""
    for deployment in services(documents):
        name = deployment["metadata"]["name"]
        given = env_of(deployment, documents)
        known = settings_of(name) | settings_of_process()
        if not tls:
            known -= TLS
        yield from (f"{name} is not told {missing}" for missing in sorted(known - set(given)))
        yield from (f"{name} does not know {other}" for other in sorted(set(given) - known))
        scheme = "https://" if tls else "http://"
        for variable, value in given.items():
            if re.fullmatch(rf"KVITT_{name.upper()}_({'|'.join(SERVICES)})_URL".upper(), variable):
                if not value.startswith(scheme):
                    yield f"{name} finds a peer at {value}"
        mounted = {mount["mountPath"]: mount["name"] for mount in service_container(deployment).get("volumeMounts", [])}
        volumes = {volume["name"]: volume for volume in deployment["spec"]["template"]["spec"].get("volumes", [])}
        secret = volumes.get(mounted.get("/tls"), {}).get("secret", {}).get("secretName")
        if tls and secret != f"{name}-tls":
            yield f"{name} shows the certificate of {secret}"


def addresses(documents):
    """A service listens where its Service says, and where its peers look for it."""
    for deployment in services(documents):
        name = deployment["metadata"]["name"]
        service = named(documents, "Service", name)
        listen = env_of(deployment, documents)[f"KVITT_{name.upper()}_LISTEN"]
        port = service["spec"]["ports"][0]["port"]
        if listen != f"0.0.0.0:{port}":
            yield f"{name} listens at {listen}, and its Service leads to {port}"
        if service["spec"].get("clusterIP") != "None" or not service["spec"]["ports"][0].get("appProtocol"):
            yield f"the Service of {name} is not headless, or does not say what is spoken"
        if not labels_match(
            {"matchLabels": service["spec"]["selector"]}, deployment["spec"]["template"]["metadata"]["labels"]
        ):
            yield f"the Service of {name} leads elsewhere"
        if name == "gateway":
            continue
        for peers in of_kind(documents, "ConfigMap"):
            if peers["metadata"]["name"].startswith("peers-") and not peers["data"][name].endswith(f"://{name}:{port}"):
                yield f"peers look for {name} at {peers['data'][name]}"
