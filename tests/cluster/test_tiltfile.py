"""The Tiltfile runs: parsed as Starlark and evaluated with stubs that note what it asks for."""

import os
import re
import unittest

import starlark
from cluster import ROOT, SERVICES, named, rendered

RECORDED = (
    "k8s_yaml",
    "kustomize",
    "local_resource",
    "docker_build",
    "k8s_resource",
    "sync",
    "link",
)
EXTENSIONS = {
    "ext://restart_process": ("docker_build_with_restart",),
    "ext://uibutton": ("cmd_button", "text_input"),
}


def evaluated(text):
    """What the Tiltfile called: name to a list of (arguments, named arguments)."""
    calls = {}

    def recorder(name):
        def record(*arguments, **options):
            calls.setdefault(name, []).append((list(arguments), options))
            return {"called": name, "arguments": list(arguments)}

        return record

    globals = starlark.Globals.extended_by([starlark.LibraryExtension.StructType])
    dialect = starlark.Dialect.extended()
    dialect.enable_top_level_stmt = True

    def load(name):
        module = starlark.Module()
        for function in EXTENSIONS[name]:
            module.add_callable(function, recorder(function))
        if name == "ext://uibutton":
            starlark.eval(module, starlark.parse(name, "location = struct(NAV = 'nav')", dialect), globals)
        return module.freeze()

    module = starlark.Module()
    for function in RECORDED:
        module.add_callable(function, recorder(function))
    module["TRIGGER_MODE_MANUAL"] = "manual"
    starlark.eval(module, starlark.parse("Tiltfile", text, dialect), globals, starlark.FileLoader(load))
    return calls


def names(calls, function):
    return [arguments[0] for arguments, _ in calls.get(function, [])]


class Tiltfile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = (ROOT / "Tiltfile").read_text()
        cls.calls = evaluated(cls.text)
        cls.documents = rendered("dev")

    def test_every_service_has_a_resource_an_image_and_its_port(self):
        resources = {arguments[0]: options for arguments, options in self.calls["k8s_resource"]}
        images = {arguments[0]: options for arguments, options in self.calls["docker_build_with_restart"]}
        for service in SERVICES:
            port = named(self.documents, "Service", service)["spec"]["ports"][0]["port"]
            self.assertEqual(resources[service]["port_forwards"], port)
            self.assertIn("migrate", resources[service]["resource_deps"])
            image = images[f"kvitt/{service}"]
            self.assertEqual(image["build_args"], {"BINARY": f"kvitt-{service}"})
            self.assertEqual(image["live_update"][0]["arguments"], [f"target/debug/kvitt-{service}", "/app/service"])
        self.assertEqual(resources["gateway"]["links"][0]["arguments"][0], "http://localhost:8080")

    def test_every_image_of_ours_is_built(self):
        built = {*names(self.calls, "docker_build_with_restart"), *names(self.calls, "docker_build")}
        self.assertEqual(built, {f"kvitt/{service}" for service in (*SERVICES, "kvitt")})

    def test_every_resource_and_every_file_is_there(self):
        pods = {
            d["metadata"]["name"]
            for d in self.documents
            if d["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob")
        }
        self.assertEqual(set(names(self.calls, "k8s_resource")), pods)
        for path in re.findall(r"'(k8s/[\w/]+)'", self.text):
            self.assertTrue((ROOT / path).exists(), path)
        for path in self.calls["local_resource"][0][1]["deps"]:
            self.assertTrue((ROOT / path).exists(), path)

    def test_there_are_buttons_for_what_the_operator_does(self):
        buttons = {arguments[0]: options for arguments, options in self.calls["cmd_button"]}
        self.assertEqual(set(buttons), {"clock-advance", "seed", "audit-now"})
        operator = ROOT / "k8s/overlays/dev/operator"
        self.assertTrue(os.access(operator, os.X_OK))
        for options in buttons.values():
            asked = re.search(r"dev/operator (\w+)", " ".join(options["argv"]))[1]
            self.assertRegex(operator.read_text(), rf"(?m)^    {asked}\) ")

    def test_the_operator_proves_itself_as_the_secrets_say(self):
        text = (ROOT / "k8s/overlays/dev/operator").read_text()
        secret = re.search(r"^secret=(\S+)", text, re.MULTILINE)[1]
        listed = named(self.documents, "Secret", "access-secrets")["stringData"]["service-secrets"]
        self.assertIn(f"launcher={secret}", listed.split(","))
        for service in SERVICES[1:]:
            own = named(self.documents, "Secret", f"{service}-secrets")["stringData"]["service-secret"]
            self.assertIn(f"{service}={own}", listed.split(","))

    def test_a_tiltfile_that_is_wrong_is_seen(self):
        with self.assertRaises(starlark.StarlarkError):
            evaluated(self.text + "\nk8s_resource(")
        with self.assertRaises(starlark.StarlarkError):
            evaluated(self.text + "\nno_such_function()")
        without = evaluated(self.text.replace("    'qr': 5008,\n", ""))
        self.assertNotIn("qr", names(without, "k8s_resource"))
