# SPDX-License-Identifier: BSD-2-Clause
"""What vtpm-host makes of OpenStack's answers: the `openstack` client is a stub, everything up to its
command line is real. The answers in tests/data/openstack were recorded from a cloud of Nova 34 and
Barbican 23 with two releases of the client, 6.0 and 10.3."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import process  # noqa: E402
from hypervisor import virsh, vtpm_host  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "openstack")
UUID = "c9790df2-e646-4dfa-af5e-37c3bc0231c7"    # the recorded VM's
OWN = "6f9619ff-8b86-4011-b42d-00c04fc964ff"     # of one whose definition names no Nova
GONE = "5b293bf8-5f04-4a55-8f9a-566734c1e9ea"    # the one that an administrator rebooted
SECRET = "aceaf793-1131-4092-9cf0-2d7f7eb44c99"
OTHER = "11111111-2222-4333-8444-555555555555"
NAME = "instance-00000004"
HERE = os.uname().nodename


def recorded(name):
    with open(os.path.join(DATA, name)) as file:
        return file.read()


def server(name="client10.3-server-deployment", **changes):
    return {**json.loads(recorded(name + ".json")), "OS-EXT-SRV-ATTR:host": HERE, **changes}


def nova_domain(security="deployment"):
    """The test's small domain, with what Nova 34 wrote into the recorded one's definition."""
    text = recorded("domain-deployment.xml")
    metadata = text[text.index("<metadata>"):text.index("</metadata>")] + "</metadata>"
    metadata = metadata.replace(">deployment<", f">{security}<")
    return hypervisor.domain(NAME, UUID, secret=SECRET, kept=False).replace("<memory", metadata + "<memory", 1)


def setUpModule():
    hypervisor.start()
    for secret in (SECRET, OTHER):
        hypervisor.define_secret(secret, f"<usage type='vtpm'><name>{secret}</name></usage>")
    virsh("define", hypervisor.file(nova_domain()))
    virsh("define", hypervisor.file(hypervisor.domain("own", OWN, secret=OTHER)))
    virsh("start", NAME)
    virsh("start", "own")
    virsh("destroy", "own")


def tearDownModule():
    virsh("destroy", NAME)


class Client:
    """The stub. Each answer: a document, or (what it says on standard error, its exit status)."""

    ANSWERS = {"server show": server(), "image show": json.loads(recorded("image.json")),
               "secret get": {"Secret href": f"http://barbican/v1/secrets/{SECRET}", "Name": "vTPM secret"},
               "server migration list": []}

    def __init__(self, script=None, **answers):
        self.directory = process.temporary_directory("openstack")
        answers = {**self.ANSWERS, **{name.replace("_", " "): answer for name, answer in answers.items()}}
        cases = ""
        for name, answer in answers.items():
            said, status = answer if isinstance(answer, tuple) else ("", 0)
            self.write(name + ".out", "" if status else json.dumps(answer))
            self.write(name + ".err", said)
            cases += f'*"{name} "*) cat "{name}.out"; cat "{name}.err" >&2; exit {status} ;;\n'
        self.write("openstack", script or f'#!/bin/sh\ncd {self.directory}\necho "$*" >> calls\n'
                   f'case "$* " in\n{cases}*) exit 2 ;;\nesac\n')
        os.chmod(os.path.join(self.directory, "openstack"), 0o755)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w") as file:
            file.write(text)

    def calls(self):
        with open(os.path.join(self.directory, "calls")) as file:
            return file.read().splitlines()

    def run(self, *words):
        return vtpm_host(*words, OS_CLOUD="x", PATH=f"{self.directory}:{os.environ['PATH']}")

    def about(self, check, *words):
        """The findings about this, of preflight unless `words` begin with another command."""
        command = words if words[0] in ("diagnose", "preflight") else ("preflight", *words)
        code, out, err = self.run(*command, "--json")
        assert out, err
        document = json.loads(out)
        return [(finding["status"], finding["sentence"], finding["remedy"])
                for finding in document["findings"] if finding["check"] == check], document["note"], code


class OpenStack(unittest.TestCase):
    def expect(self, client, check, status, sentence, *words):
        found = client.about(check, *(words or (NAME,)))[0]
        self.assertEqual([one[0] for one in found], [status], found)
        self.assertIn(sentence, found[0][1])
        return found[0]

    def test_healthy(self):
        client = Client()
        self.expect(client, "secret", "affirming", "the key manager has the vTPM's secret")
        self.expect(client, "image", "affirming", "the image asks for a TPM 2.0 behind tpm-crb")
        # Nothing that could give a secret's value away.
        self.assertEqual(client.calls()[:3], [
            f"--os-compute-api-version 2.47 server show {UUID} -f json",
            "image show 166a36ab-cab9-415d-b062-08c1f0a680a1 -f json", f"secret get {SECRET} -f json"])

    def test_definition(self):
        """What Nova wrote there needs no client: its version, the flavor, names."""
        facts = json.loads(vtpm_host("facts")[1])
        self.assertEqual(facts["nova"], 34000000)
        found = {one["name"]: one for one in facts["domains"]}[NAME]
        self.assertEqual((found["server"], found["owner"], found["flavor"], found["secret_security"]),
                         ("web-deployment", "user of tenant", True, "deployment"))
        out = " ".join(vtpm_host("preflight")[1].split())
        self.assertIn(f"{NAME} (web-deployment): hw:tpm_secret_security=deployment in the VM's own flavor: "
                      "upstream Nova does not live-migrate it", out)
        self.assertNotIn("persistent_state", out.replace("own: ", ""))
        self.assertIn("Nova 34.0 live-migrates VMs with a vTPM (upstream: with", out)
        self.assertIn("judged by what nova asks for", out)

    def test_profile(self):
        """The guide's product takes what upstream's Nova does not."""
        found = Client().about("flavor", NAME, "--profile", "platform9")[0]
        self.assertEqual(found[0][0], "affirming")
        found = Client().about("flavor", NAME, "--secret-security", "host")[0]
        self.assertEqual((found[0][0], found[0][1]),
                         ("contraindicated", "the VM's own flavor has hw:tpm_secret_security=deployment, not host"))
        self.assertNotIn("resize it to", found[0][2])

    def test_not_configured(self):
        code, out, _ = vtpm_host("diagnose", NAME, "--json")
        self.assertIn("no openstack client is configured", json.loads(out)["note"])

    def test_flavor_of_the_answer(self):
        """Of a VM whose definition has none of it, as both releases of the client print it."""
        for name, status, sentence in (
                ("client10.3-server-deployment", "warning", "upstream Nova does not live-migrate it"),
                ("client6.0-server-deployment", "warning", "upstream Nova does not live-migrate it"),
                ("client10.3-server-host", "affirming", "Nova live-migrates it from 33.0.0 on"),
                ("client6.0-server-host", "affirming", "Nova live-migrates it from 33.0.0 on"),
                ("client10.3-server-deployment-as-user", "warning", "upstream Nova does not"),
                ("client10.3-server-none", "warning", "which means \"user\": no live migration")):
            with self.subTest(name):
                self.expect(Client(server_show=server(name)), "flavor", status, sentence, "own")
        self.expect(Client(server_show={**server(), "flavor": "m1.vtpm (3f0c)"}), "flavor", "none",
                    "does not show the VM's own flavor", "own")

    def test_image(self):
        self.expect(Client(image_show={"properties": {}}), "image", "warning",
                    "neither flavor nor image asks for this vTPM")
        client = Client(server_show=server(image="N/A (booted from volume)"))
        self.assertEqual(client.about("image", NAME)[0], [])

    def test_secret(self):
        """Who may not see a secret is not told that it is lost."""
        forbidden = ("Forbidden: Secret retrieval attempt not allowed - please review your user/project "
                     "privileges\n", 1)
        found, note, _ = Client(secret_get=forbidden).about("secret", NAME)
        self.assertEqual(found, [])
        self.assertIn(f"secret {SECRET} not judged: openstack: failed with status 1: Forbidden: Secret", note)
        # One that is shut off needs it to start.
        self.expect(Client(secret_get=forbidden), "secret", "none", "Secret retrieval attempt not allowed", "own")
        found = self.expect(Client(secret_get=("Not Found: Secret not found.\n", 1)), "secret",
                            "contraindicated", f"does not have secret {SECRET}")
        self.assertIn("do not stop the VM", found[2])
        self.expect(Client(secret_get=("Internal Server Error\n", 1)), "secret", "none",
                    "Internal Server Error", "own")

    def test_elsewhere(self):
        client = Client(server_show=server(**{"OS-EXT-SRV-ATTR:host": "other.example"}))
        found = client.about("nova", NAME)[0]
        self.assertIn(("warning", "Nova has the VM (ACTIVE) on other.example, not here"),
                      [one[:2] for one in found])

    def test_error(self):
        client = Client(server_show=server("client10.3-server-error-after-hard-reboot"))
        code, out, _ = client.run("diagnose", NAME)
        self.assertEqual(code, 2)
        out = " ".join(out.split())
        self.assertTrue(out.startswith("BROKEN Nova has the VM in ERROR: Key manager error: Forbidden: Secret "
                                       "payload retrieval attempt not allowed"), out)
        self.assertIn("the VM's owner, and no administrator: openstack server reboot --hard", out)

    def test_absent(self):
        """An administrator's hard reboot undefined it; its state is there."""
        client = Client(server_show=server("client10.3-server-error-after-hard-reboot"))
        state = f"{hypervisor.STATE}/{GONE}/tpm2"
        for is_there in (False, True):
            if is_there:
                os.makedirs(state)
                with open(f"{state}/tpm2-00.permall", "w") as file:
                    file.write("x")
            code, out, _ = client.run("diagnose", GONE)
            self.assertEqual(code, 2)
            self.assertTrue(out.startswith("BROKEN  Nova has the VM in ERROR: Key manager error"), out)
            found = json.loads(client.run("diagnose", GONE, "--json")[1])["findings"]
            self.assertIn(f"openstack server reboot --hard {GONE}", "".join(
                one["remedy"] for one in found if one["check"] == "nova"))
            sentences = [one["sentence"] for one in found]
            self.assertIn("libvirt has no such domain here", sentences)
            self.assertIn(f"its vTPM's state is {'still' if is_there else 'not'} there: {state}", sentences)
        client = Client(server_show=(recorded("client10.3-server-unknown.err").splitlines()[0] + "\n", 1))
        out = client.run("diagnose", GONE)[1]
        self.assertTrue(out.startswith("BROKEN  libvirt has no such domain here"), out)
        self.assertIn("No Server found for", " ".join(out.split()))

    def test_named_by_anothers_uuid(self):
        """The client takes a name where there is no such UUID."""
        client = Client(server_show={**server(), "id": GONE, "name": UUID})
        self.expect(client, "openstack", "none", f"no server of that UUID; the server of that name is {GONE}", NAME)

    def test_migrations(self):
        migrations = json.loads(recorded("migrations.json"))
        client = Client(server_migration_list=migrations)
        self.expect(client, "migration", "affirming", "Nova's last live-migration of it, from compute1 to compute2, "
                    "2026-11-29T20:36:34.000000: completed", "diagnose", NAME)
        self.assertEqual(client.about("migration", NAME)[0], [])
        self.expect(Client(server_migration_list=migrations[:0:-1]), "migration", "warning",
                    "20:34:53.000000: error", "diagnose", NAME)
        self.expect(Client(server_migration_list=migrations[2:]), "migration", "warning",
                    "from compute1 to no host", "diagnose", NAME)

    def test_owner(self):
        """Before an administrator's hard reboot destroys it."""
        self.addCleanup(lambda: virsh("define", hypervisor.file(nova_domain())))
        self.expect(Client(), "restart", "affirming", "a hard reboot by this Nova keeps this vTPM")
        virsh("destroy", NAME)
        virsh("define", hypervisor.file(nova_domain("user")))
        virsh("start", NAME)
        found = self.expect(Client(), "restart", "warning", "where its owner (user of tenant) does it; an "
                            "administrator's undefines the VM")
        self.assertIn(f"let the owner: openstack server reboot --hard {UUID}", found[2])
        virsh("destroy", NAME)
        virsh("define", hypervisor.file(nova_domain()))
        virsh("start", NAME)
        # By the client, of one whose definition does not tell.
        self.expect(Client(server_show=server("client10.3-server-none")), "restart", "warning",
                    "where its owner", "own")

    def test_client_that_fails(self):
        for script, sentence in (
                ("exit 1\n", "openstack: failed with status 1"),
                ("echo 'Traceback' >&2; echo 'The request you have made requires authentication. (HTTP 401)' >&2\n"
                 "exit 1\n", "openstack: failed with status 1: The request you have made requires authentication."),
                (f"cat >&2 <<'END'\n{recorded('client6.0-version-refused.err').splitlines()[0]}\nEND\nexit 1\n",
                 "failed with status 1: versions supported by client: 2.1 - 2.92"),
                ("i=0; while [ $i -lt 20000 ]; do echo $i$i$i$i$i$i >&2; i=$((i+1)); done; echo end >&2; exit 3\n",
                 "failed with status 3: end"),
                ("echo '<html>'\n", "openstack did not print JSON"),
                ("echo '{\"flavor\":'\n", "openstack did not print JSON")):
            with self.subTest(script):
                self.expect(Client("#!/bin/sh\n" + script), "openstack", "none", sentence)
        self.expect(Client(server_show={}), "flavor", "none", "does not show the VM's own flavor", "own")


if __name__ == "__main__":
    unittest.main()
