"""The Dockerfile copies what is there, makes an image of every service, and takes nothing but exact versions."""

import re
import tomllib
import unittest

from cluster import OVERLAYS, ROOT, SERVICES, containers, rendered, templates

TEXT = (ROOT / "Dockerfile").read_text()


def instructions(text=TEXT):
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [line.split() for line in joined.splitlines() if line.strip()]


def stages(text=TEXT):
    """Each stage with its instructions."""
    found, name = {}, None
    for words in instructions(text):
        if words[0] == "FROM":
            name = words[3]
            found[name] = [words]
        elif name:
            found[name].append(words)
    return found


def uncopyable(text):
    """What is copied from the tree, and cannot be."""
    kept = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name, lines in stages(text).items():
        for words in lines:
            if words[0] == "COPY" and not words[1].startswith("--from"):
                for source in words[1:-1]:
                    if not (ROOT / source).exists():
                        yield f"{name}: {source} is not there"
                    elif source not in kept:
                        yield f"{name}: {source} is kept from it by .dockerignore"


def binaries():
    """What the workspace builds, by cargo's rules."""
    found = {}
    for manifest in sorted(ROOT.glob("services/*/Cargo.toml")):
        package = tomllib.loads(manifest.read_text())
        if (manifest.parent / "src" / "main.rs").exists():
            named = package.get("bin", [{"name": package["package"]["name"]}])
            found |= {one["name"]: manifest.parent for one in named}
    return found


class Images(unittest.TestCase):
    def test_every_copied_file_is_there_and_goes_to_the_build(self):
        self.assertEqual(list(uncopyable(TEXT)), [])
        spoilt = TEXT.replace("COPY proto proto", "COPY photo photo").replace("COPY tests tests", "COPY docs docs")
        self.assertEqual(
            {finding.split(": ")[1] for finding in uncopyable(spoilt)},
            {"photo is not there", "docs is kept from it by .dockerignore"},
        )

    def test_every_copied_binary_is_built(self):
        built = binaries()
        copied = set(re.findall(r"COPY --from=builder /build/target/release/(\S+)", TEXT))
        self.assertEqual(copied, set(built))
        self.assertEqual(copied, {f"kvitt-{service}" for service in SERVICES} | {"kvitt"})

    def test_every_stage_that_is_named_is_there(self):
        known = set()
        for name, lines in stages().items():
            for words in lines:
                for reference in re.findall(r"--from=(\S+)", " ".join(words)):
                    self.assertIn(reference, known, f"{name} copies from {reference}")
            known.add(name)

    def test_an_image_is_a_binary_without_shell_and_without_root(self):
        for service in (*SERVICES, "kvitt"):
            binary = "kvitt" if service == "kvitt" else f"kvitt-{service}"
            base, copy, entry = stages()[service]
            self.assertEqual(base, ["FROM", "runtime", "AS", service])
            self.assertEqual(copy[1:], ["--from=builder", f"/build/target/release/{binary}", f"/{binary}"])
            self.assertEqual(entry, ["ENTRYPOINT", f'["/{binary}"]'])
        runtime = stages()["runtime"]
        self.assertIn("distroless", runtime[0][1])
        self.assertIn(["USER", "65532:65532"], runtime)

    def test_versions_are_exact(self):
        for name, lines in stages().items():
            base = lines[0][1]
            if base not in stages() and base != "scratch":
                self.assertRegex(base, r":\d+\.\d+\.\d+|@sha256:[0-9a-f]{64}$", name)
        for words in instructions():
            if "install" in words:
                self.assertEqual(words.count("--version"), words.count("install"))
                self.assertEqual(words.count("--locked"), words.count("install"))

    def test_the_build_is_without_the_sandbox_and_repeatable(self):
        self.assertIn("ARG FEATURES=--no-default-features", TEXT)
        for wanted in ("--locked", "--remap-path-prefix=/build=", "SOURCE_DATE_EPOCH"):
            self.assertIn(wanted, TEXT)

    def test_every_image_of_ours_is_made_here(self):
        for overlay in OVERLAYS:
            for what, template in templates(rendered(overlay)):
                for container in containers(template):
                    if container["image"].startswith("kvitt/"):
                        self.assertIn(container["image"].removeprefix("kvitt/").split(":")[0], stages(), what)

    def test_the_version_is_the_workspaces(self):
        version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
        for _, template in templates(rendered("production")):
            for container in containers(template):
                if container["image"].startswith("kvitt/"):
                    self.assertTrue(container["image"].endswith(f":{version}"), container["image"])
