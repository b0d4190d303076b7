"""Who may call whom, by the contract's own options, and who is told where whom is, by the services' settings."""

import functools
import json
import re
import subprocess

from cluster import ROOT, SERVICES, sources

OPTION = "[kvitt.mesh.v1.callers]"


@functools.cache
def table():
    """(proto service, rpc) to the names of its callers: `payment`, `gateway`, ... and `client`."""
    command = ["buf", "build", "proto", "--output", "-#format=json"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    callers = {}
    for file in json.loads(built.stdout)["file"]:
        for service in file.get("service", []):
            for method in service["method"]:
                peers = method.get("options", {}).get(OPTION, {}).get("peers", [])
                name = f"{file['package']}.{service['name']}"
                callers[name, method["name"]] = {peer.removeprefix("PEER_").lower() for peer in peers}
    return callers


@functools.cache
def homes():
    """Which services serve a service of the contract: its generated server is among their routes."""
    found = {}
    routes = {service: (ROOT / "services" / service / "src" / "lib.rs").read_text() for service in SERVICES}
    for proto in {service for service, _ in table()}:
        server = re.compile(rf"\b{proto.rsplit('.', 1)[1]}Server::new\b")
        found[proto] = {service for service, text in routes.items() if server.search(text)}
    return found


def callers_of(service):
    """All who may call at least one rpc of a service."""
    return {caller for (proto, _), callers in table().items() if service in homes()[proto] for caller in callers}


def client_services(service):
    """The services of the contract there, of which clients may call something; without the sandbox's."""
    return {
        proto
        for (proto, _), callers in table().items()
        if "client" in callers and service in homes()[proto] and ".sandbox." not in proto
    }


@functools.cache
def settings_of(service):
    """The variables that a service's settings name."""
    return set(re.findall(rf'env = "(KVITT_{service.upper()}_[A-Z_]+)"', sources(f"services/{service}/src")))


@functools.cache
def settings_of_process():
    """The variables that every process knows."""
    known = set(re.findall(r'env = "([A-Z_]+)"', sources("shared/runtime/src/process")))
    return {name for name in known if not name.startswith("KVITT_TEST_")}


def peers_of(service):
    """Whom a service is told the address of."""
    pattern = re.compile(rf"KVITT_{service.upper()}_([A-Z]+)_URL")
    found = {match[1].lower() for match in map(pattern.fullmatch, settings_of(service)) if match}
    return found & set(SERVICES)
