"""The policies hold in every overlay, and each can tell when it does not."""

import unittest

import policy
from cluster import OVERLAYS, REAL, SERVICES, named, rendered, service_container, services, templates

# In `dev`, Tilt replaces the binary of a running service.
WRITABLE = {"dev": tuple(f"Deployment {service}" for service in SERVICES)}


class Holds(unittest.TestCase):
    def nothing(self, findings):
        self.assertEqual(list(findings), [])

    def test_every_service_is_there(self):
        for overlay in OVERLAYS:
            found = {deployment["metadata"]["name"] for deployment in services(rendered(overlay))}
            self.assertEqual(found, set(SERVICES), overlay)

    def test_nothing_may_more_than_it_needs(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.nothing(policy.security(rendered(overlay), WRITABLE.get(overlay, ())))
                self.nothing(policy.accounts(rendered(overlay)))
                namespace = named(rendered(overlay), "Namespace", "kvitt")
                self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")

    def test_everything_is_pinned_bounded_and_probed(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                for check in (policy.images, policy.resources, policy.probes):
                    self.nothing(check(rendered(overlay)))

    def test_a_rollout_takes_nothing_away(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                for check in (policy.endings, policy.rollouts):
                    self.nothing(check(rendered(overlay)))
                self.nothing(policy.budgets(rendered(overlay), 2 if overlay in REAL else 1))

    def test_every_variable_is_told_and_known(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.nothing(policy.variables(rendered(overlay), tls=overlay in REAL))
                self.nothing(policy.addresses(rendered(overlay)))

    def test_everything_is_in_one_namespace(self):
        for overlay in OVERLAYS:
            spaces = {d["metadata"].get("namespace") for d in rendered(overlay) if d["kind"] != "Namespace"}
            self.assertEqual(spaces, {"kvitt"}, overlay)


class CanFail(unittest.TestCase):
    """Each row spoils one thing and wants to hear of it."""

    def spoilt(self, check, spoil, wanted):
        documents = rendered("production")
        spoil(documents)
        self.assertTrue(any(wanted in finding for finding in check(documents)), f"nobody says {wanted!r}")

    def test_each_policy_sees_what_breaks_it(self):
        def payment(documents):
            return named(documents, "Deployment", "payment")["spec"]

        def pod(documents):
            return payment(documents)["template"]["spec"]

        def container(documents):
            return service_container(named(documents, "Deployment", "payment"))

        def variable(documents, name):
            return next(v for v in container(documents)["env"] if v["name"] == name)

        rows = [
            (policy.security, lambda d: pod(d)["securityContext"].update(runAsNonRoot=False), "may run as root"),
            (policy.security, lambda d: pod(d)["securityContext"].pop("seccompProfile"), "no seccomp"),
            (policy.security, lambda d: pod(d).update(automountServiceAccountToken=True), "a token of the cluster"),
            (policy.security, lambda d: pod(d).update(hostNetwork=True), "hostNetwork"),
            (policy.security, lambda d: pod(d)["volumes"].append({"hostPath": {"path": "/"}}), "a path of the machine"),
            (policy.security, lambda d: container(d)["securityContext"].pop("capabilities"), "keeps capabilities"),
            (
                policy.security,
                lambda d: container(d)["securityContext"].pop("readOnlyRootFilesystem"),
                "write to its root",
            ),
            (
                policy.security,
                lambda d: container(d)["securityContext"].pop("allowPrivilegeEscalation"),
                "may escalate",
            ),
            (policy.accounts, lambda d: pod(d).pop("serviceAccountName"), "no account of its own"),
            (
                policy.accounts,
                lambda d: named(d, "ServiceAccount", "qr").pop("automountServiceAccountToken"),
                "has a token",
            ),
            (policy.images, lambda d: container(d).update(image="kvitt/payment:latest"), "takes any"),
            (policy.images, lambda d: container(d).update(image="kvitt/payment"), "takes any"),
            (policy.resources, lambda d: container(d)["resources"].pop("limits"), "no limits"),
            (policy.probes, lambda d: container(d).pop("startupProbe"), "no startupProbe"),
            (policy.probes, lambda d: container(d).pop("livenessProbe"), "no livenessProbe"),
            (
                policy.probes,
                lambda d: container(d)["livenessProbe"].update(grpc={"port": 9000}),
                "something else is ill",
            ),
            (policy.endings, lambda d: pod(d).update(terminationGracePeriodSeconds=15), "before it has drained"),
            (policy.endings, lambda d: variable(d, "KVITT_DRAIN_WAIT").update(value="1"), "known to be unready"),
            (policy.endings, lambda d: variable(d, "KVITT_DRAIN_WAIT").update(value="5"), "have heard of it"),
            (
                policy.rollouts,
                lambda d: payment(d)["strategy"]["rollingUpdate"].update(maxUnavailable=1),
                "before there is",
            ),
            (policy.rollouts, lambda d: pod(d).update(topologySpreadConstraints=[]), "not spread"),
            (
                policy.budgets,
                lambda d: named(d, "HorizontalPodAutoscaler", "qr")["spec"].update(minReplicas=1),
                "down to 1",
            ),
            (policy.budgets, lambda d: d.remove(named(d, "PodDisruptionBudget", "qr")), "no budget"),
            (policy.variables, lambda d: container(d)["env"].pop(), "is not told"),
            (
                policy.variables,
                lambda d: variable(d, "KVITT_PAYMENT_PARTS").update(name="KVITT_PAYMENT_PART"),
                "does not know",
            ),
            (
                policy.variables,
                lambda d: next(v for v in pod(d)["volumes"] if v["name"] == "tls")["secret"].update(secretName="qr-tls"),
                "the certificate of",
            ),
            (policy.addresses, lambda d: variable(d, "KVITT_PAYMENT_LISTEN").update(value="0.0.0.0:1"), "listens at"),
            (policy.addresses, lambda d: named(d, "Service", "qr")["spec"].pop("clusterIP"), "not headless"),
        ]
        for check, spoil, wanted in rows:
            with self.subTest(wanted):
                self.spoilt(check, spoil, wanted)

    def test_jobs_are_looked_at_too(self):
        names = {name for name, _ in templates(rendered("citus"))}
        self.assertLessEqual({"Job migrate", "CronJob audit", "Job distribute", "StatefulSet worker"}, names)
