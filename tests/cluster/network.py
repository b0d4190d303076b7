"""Who may reach whom, by the network policies, and who has to, by the contract and the settings."""

from cluster import SERVICES, env_of, labels_match, named, of_kind, services
from contract import callers_of, client_services, peers_of


def pods(documents):
    return {d["metadata"]["name"]: d["spec"]["template"]["metadata"]["labels"] for d in services(documents)}


def port_of(service, documents):
    return named(documents, "Service", service)["spec"]["ports"][0]["port"]


def policies(documents, labels, kind):
    """The policies that choose these pods and say something about `Ingress` or `Egress`."""
    return [
        policy["spec"]
        for policy in of_kind(documents, "NetworkPolicy")
        if kind in policy["spec"]["policyTypes"] and labels_match(policy["spec"]["podSelector"], labels)
    ]


def includes(ports, wanted):
    """Whether a rule's ports have this one; a rule without ports has all."""
    return not ports or any(port["port"] <= wanted <= port.get("endPort", port["port"]) for port in ports)


def takes(peer, labels):
    """Whether one end of a rule is a pod of our own namespace with these labels."""
    return "podSelector" in peer and "namespaceSelector" not in peer and labels_match(peer["podSelector"], labels)


def opened(documents, kind):
    """All (from, to) between services that the policies of one end let through."""
    side, ends = ("ingress", "from") if kind == "Ingress" else ("egress", "to")
    ours = pods(documents)
    edges = set()
    for here, labels in ours.items():
        for there, others in ours.items():
            listener = here if kind == "Ingress" else there
            for policy in policies(documents, labels, kind):
                for rule in policy.get(side, []):
                    # A rule that names nobody lets everybody through.
                    peers = rule.get(ends) or [{"podSelector": {}}]
                    if includes(rule.get("ports"), port_of(listener, documents)) and any(
                        takes(p, others) for p in peers
                    ):
                        edges.add((there, here) if kind == "Ingress" else (here, there))
    return edges


def told(documents):
    """All (from, to) of which the settings in the Deployment tell an address."""
    edges = set()
    for deployment in services(documents):
        name, given = deployment["metadata"]["name"], env_of(deployment, documents)
        edges |= {(name, peer) for peer in SERVICES if f"KVITT_{name.upper()}_{peer.upper()}_URL" in given}
    return edges


def listed():
    """All (from, to) of which the contract lists at least one rpc. Nobody needs the network to call itself."""
    found = {(caller, service) for service in SERVICES for caller in callers_of(service) if caller in SERVICES}
    return {(caller, service) for caller, service in found if caller != service}


def edges(documents):
    """The edges of the network are those that the contract lists, at both ends, and just those are told."""
    wanted = listed()
    for caller, service in sorted(told(documents) - wanted):
        yield f"{caller} is told where {service} is, which the contract lets it call in nothing"
    for caller, service in sorted(wanted - told(documents)):
        yield f"{caller} may call {service} by the contract, and is not told where it is"
    for service in SERVICES:
        for peer in sorted(peers_of(service)):
            if (service, peer) not in told(documents):
                yield f"{service} is not told where {peer} is"
    for kind in ("Ingress", "Egress"):
        found = opened(documents, kind)
        yield from (f"{kind} from {a} to {b} is closed" for a, b in sorted(wanted - found))
        yield from (f"{kind} from {a} to {b} is open" for a, b in sorted(found - wanted))


def closed(documents):
    """Whatever no policy names may neither be reached nor reach anything."""
    unknown = {"app.kubernetes.io/name": "stranger"}
    for kind, side in (("Ingress", "ingress"), ("Egress", "egress")):
        found = policies(documents, unknown, kind)
        if not found:
            yield f"a stranger's {side} is not denied"
        for policy in found:
            for rule in policy.get(side, []):
                if {port["port"] for port in rule.get("ports", [])} != {53}:
                    yield f"a stranger's {side} is open: {rule}"


def world(documents, calling):
    """Only who calls merchants' servers reaches the world, and nothing of the cluster's or the machine's own."""
    for name, labels in pods(documents).items():
        blocks = [
            (peer["ipBlock"], rule.get("ports"))
            for policy in policies(documents, labels, "Egress")
            for rule in policy.get("egress", [])
            for peer in rule.get("to", [{"ipBlock": {"cidr": "everything"}}])
            if "ipBlock" in peer
        ]
        wide = [block for block, ports in blocks if not ports]
        if bool(wide) != (name in calling):
            yield f"{name} {'reaches' if wide else 'does not reach'} the world"
        for block in wide:
            private = {"0.0.0.0/0": {"10.0.0.0/8", "169.254.0.0/16"}, "::/0": {"fc00::/7", "fe80::/10"}}
            if not private.get(block["cidr"], {"?"}) <= set(block.get("except", [])):
                yield f"{name} reaches private addresses"


def databases(documents):
    """Whoever has a database reaches the server, and the server lets them in."""
    server = {"app.kubernetes.io/component": "database"}
    for deployment in services(documents):
        name, labels = deployment["metadata"]["name"], deployment["spec"]["template"]["metadata"]["labels"]
        has = f"KVITT_{name.upper()}_DATABASE_URL" in env_of(deployment, documents)
        out = any(
            takes(peer, server) and includes(rule.get("ports"), 5432)
            for policy in policies(documents, labels, "Egress")
            for rule in policy.get("egress", [])
            for peer in rule.get("to", [])
        )
        into = any(
            takes(peer, labels) and includes(rule.get("ports"), 5432)
            for policy in policies(documents, server, "Ingress")
            for rule in policy.get("ingress", [])
            for peer in rule.get("from", [])
        )
        if out != has or into != has:
            yield f"{name} has {'a' if has else 'no'} database, and the network thinks otherwise"


def clients(documents):
    """The edge reaches the services of which clients may call something, and they are routed there by name."""
    routes = {
        route["metadata"]["name"]: {
            match["method"]["service"] for rule in route["spec"]["rules"] for match in rule["matches"]
        }
        for route in of_kind(documents, "GRPCRoute")
    }
    for service, labels in pods(documents).items():
        wanted = client_services(service)
        if routes.get(service, set()) != wanted:
            yield f"clients' calls of {service} are not routed as the contract says: {routes.get(service)}, not {wanted}"
        port = port_of(service, documents)
        reached = any(
            "namespaceSelector" in peer and includes(rule.get("ports"), port)
            for policy in policies(documents, labels, "Ingress")
            for rule in policy.get("ingress", [])
            for peer in rule.get("from", [])
        )
        if reached != bool(wanted or service == "gateway"):
            yield f"the edge {'reaches' if reached else 'does not reach'} {service}"
        trust = [
            policy["spec"]["validation"]["hostname"]
            for policy in of_kind(documents, "BackendTLSPolicy")
            if policy["spec"]["targetRefs"][0]["name"] == service
        ]
        if trust != ([service] if wanted else []):
            yield f"the edge takes {trust} for {service}"
