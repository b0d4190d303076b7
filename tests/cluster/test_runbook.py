"""The page for operators speaks of what is there: every alert has its paragraph, and every file and Job it names exists."""

import re
import unittest

import yaml
from cluster import ROOT, rendered

PAGE = (ROOT / "docs" / "operating.md").read_text()


def alerts():
    spec = yaml.safe_load((ROOT / "k8s" / "monitoring" / "rules.yaml").read_text())["spec"]
    return [rule["alert"] for group in spec["groups"] for rule in group["rules"] if "alert" in rule]


def paragraphs():
    """Each heading of the runbook, with what follows it."""
    runbook = PAGE.split("\n## Runbook\n")[1]
    return dict(re.findall(r"^### (\w+)\n\n(.+?)(?=\n\n###|\n*\Z)", runbook, re.MULTILINE | re.DOTALL))


class Runbook(unittest.TestCase):
    def test_every_alert_has_a_paragraph_and_every_paragraph_an_alert(self):
        self.assertEqual(sorted(paragraphs()), sorted(alerts()))
        self.assertGreater(len(alerts()), 10)
        for alert, text in paragraphs().items():
            self.assertGreater(len(text), 150, f"{alert} is not helped by so little")

    def test_the_files_it_names_are_there(self):
        for path in re.findall(r"`((?:k8s|tests|docs|overlays|base)/[\w./-]+)`", PAGE):
            where = ROOT / (f"k8s/{path}" if path.startswith(("overlays/", "base/")) else path)
            self.assertTrue(where.exists(), path)

    def test_the_resources_it_names_are_there(self):
        there = {
            (document["kind"].lower(), document["metadata"]["name"])
            for overlay in ("production", "citus")
            for document in rendered(overlay)
        }
        made_by_hand = {("job", "parts"), ("configmap", "mesh-ca")}
        named = set(re.findall(r"(?<![\w/])(job|cronjob|deployment|cluster|configmap)/([a-z][\w-]*)", PAGE))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - there - made_by_hand, set())

    def test_every_secret_has_its_row(self):
        for name in (
            "key-encryption-key",
            "pepper",
            "cursor-key",
            "smtp-url",
            "service-secrets",
            "database-url",
            "mesh-ca",
        ):
            self.assertIn(name, PAGE.split("## Rotate secrets")[1].split("\n## ")[0])
