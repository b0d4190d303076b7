"""The network lets through what the contract and the settings want, and nothing else."""

import re
import unittest

import contract
import network
from cluster import OVERLAYS, REAL, ROOT, SERVICES, named, rendered


def calling():
    """Who depends on the guarded way out to merchants' servers."""
    return {
        service
        for service in SERVICES
        if re.search(r"^kvitt-egress\b", (ROOT / "services" / service / "Cargo.toml").read_text(), re.MULTILINE)
    }


class Edges(unittest.TestCase):
    maxDiff = None

    def nothing(self, findings):
        self.assertEqual(list(findings), [])

    def test_every_rpc_lists_its_callers_and_has_a_home(self):
        self.assertEqual([rpc for rpc, callers in contract.table().items() if not callers], [])
        self.assertEqual([proto for proto, homes in contract.homes().items() if not homes], [])
        self.assertGreater(len(contract.table()), 50)

    def test_the_edges_are_those_of_the_contract(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.nothing(network.edges(rendered(overlay)))

    def test_everything_else_is_closed(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.nothing(network.closed(rendered(overlay)))
                self.nothing(network.world(rendered(overlay), calling()))
                self.nothing(network.databases(rendered(overlay)))

    def test_clients_come_in_where_the_contract_lets_them(self):
        for overlay in REAL:
            with self.subTest(overlay):
                self.nothing(network.clients(rendered(overlay)))


class CanFail(unittest.TestCase):
    def test_each_check_sees_what_breaks_it(self):
        def policy(documents, name):
            return named(documents, "NetworkPolicy", name)["spec"]

        world = lambda documents: network.world(documents, calling())
        rows = [
            (network.edges, lambda d: policy(d, "payment")["ingress"].clear(), "from gateway to payment is closed"),
            (network.edges, lambda d: policy(d, "payment")["ingress"].append({}), "from access to payment is open"),
            (network.edges, lambda d: policy(d, "qr")["egress"].pop(0), "Egress from qr to access is closed"),
            (network.edges, lambda d: policy(d, "qr")["egress"].append({}), "Egress from qr to settlement is open"),
            (
                network.edges,
                lambda d: policy(d, "payment").update(ingress=[{"from": [{"podSelector": {}}]}]),
                "is open",
            ),
            (network.closed, lambda d: d.remove(named(d, "NetworkPolicy", "default-deny")), "is not denied"),
            (network.closed, lambda d: policy(d, "default-deny").update(egress=[{}]), "is open"),
            (
                world,
                lambda d: policy(d, "qr")["egress"].append({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}),
                "qr reaches the world",
            ),
            (world, lambda d: policy(d, "webhook")["egress"].pop(), "webhook does not reach"),
            (world, lambda d: policy(d, "webhook")["egress"][-1]["to"][0]["ipBlock"].pop("except"), "private"),
            (network.databases, lambda d: policy(d, "database")["egress"].clear(), "thinks otherwise"),
            (network.clients, lambda d: policy(d, "edge-grpc").update(ingress=[]), "does not reach"),
            (network.clients, lambda d: d.remove(named(d, "GRPCRoute", "qr")), "not routed"),
            (
                network.clients,
                lambda d: named(d, "BackendTLSPolicy", "qr")["spec"]["validation"].update(hostname="x"),
                "takes ['x']",
            ),
        ]
        for check, spoil, wanted in rows:
            with self.subTest(wanted):
                documents = rendered("production")
                spoil(documents)
                self.assertTrue(any(wanted in finding for finding in check(documents)), f"nobody says {wanted!r}")

    def test_an_edge_that_the_contract_does_not_list_is_found(self):
        documents = rendered("production")
        container = named(documents, "Deployment", "settlement")["spec"]["template"]["spec"]["containers"][0]
        container["env"].append({"name": "KVITT_SETTLEMENT_CHECKOUT_URL", "value": "https://checkout:5006"})
        self.assertIn(
            "settlement is told where checkout is, which the contract lets it call in nothing",
            list(network.edges(documents)),
        )
