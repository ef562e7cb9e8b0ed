# SPDX-License-Identifier: BSD-2-Clause
"""What vtpm-host makes of OpenStack's answers: the `openstack` client is a stub, everything up to its
command line is real. Its answers have the form of python-openstackclient 6 on Nova 2.47."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import process  # noqa: E402
from hypervisor import virsh, vtpm_host  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
SECRET = "11111111-2222-4333-8444-555555555555"
IMAGE = "22222222-2222-4333-8444-555555555555"
FLAVOR = {"original_name": "m1.vtpm", "ram": 64, "vcpus": 1,
          "extra_specs": {"hw:tpm_secret_security": "deployment"}}
SERVER = {"id": UUID, "status": "ACTIVE", "OS-EXT-SRV-ATTR:host": os.uname().nodename,
          "image": f"debian (12) ({IMAGE})", "flavor": FLAVOR}
PROPERTIES = {"hw_tpm_version": "2.0", "hw_tpm_model": "tpm-crb", "os_distro": "debian"}
LISTED = [{"Secret href": f"https://barbican/v1/secrets/{SECRET}", "Name": "vtpm"}]
OTHERS = [{"Secret href": f"https://barbican/v1/secrets/{number}", "Name": "x"}
          for number in range(100)]


def setUpModule():
    hypervisor.start()
    hypervisor.define_secret(SECRET)
    virsh("define", hypervisor.file(hypervisor.domain("g", UUID, secret=SECRET)))
    virsh("start", "g")


def tearDownModule():
    virsh("destroy", "g")


class Client:
    """The stub: prints a file for each of the three questions, and keeps how it was called."""

    def __init__(self, server=SERVER, image=PROPERTIES, secrets=(LISTED,), script=None):
        self.directory = process.temporary_directory("openstack")
        for name, answer in (("server", server), ("image", {"properties": image}),
                             *((f"secrets-{100 * i}", page) for i, page in enumerate(secrets))):
            with open(os.path.join(self.directory, name + ".json"), "w") as file:
                json.dump(answer, file)
        with open(os.path.join(self.directory, "openstack"), "w") as file:
            file.write(script or f"""#!/bin/sh
cd {self.directory}
echo "$*" >> calls
case "$*" in
"--os-compute-api-version 2.47 server show {UUID} -f json") cat server.json ;;
"image show {IMAGE} -f json") cat image.json ;;
"secret list --limit 100 --offset "*" -f json") cat "secrets-$6.json" ;;
*) exit 2 ;;
esac
""")
        os.chmod(os.path.join(self.directory, "openstack"), 0o755)

    def calls(self):
        with open(os.path.join(self.directory, "calls")) as file:
            return file.read().splitlines()

    def run(self, command="diagnose", *words):
        return vtpm_host(command, "g", *words, OS_CLOUD="x",
                         PATH=f"{self.directory}:{os.environ['PATH']}")


def about(out, *checks):
    """(check, status, sentence) of the findings about these."""
    return [(finding["check"], finding["status"], finding["sentence"])
            for finding in json.loads(out)["findings"] if finding["check"] in checks]


def flavor(**specs):
    return {**SERVER, "flavor": {**FLAVOR, "extra_specs": specs}}


class OpenStack(unittest.TestCase):
    def expect(self, client, check, status, sentence, *words):
        for command in ("preflight", "diagnose"):
            code, out, err = client.run(command, *words, "--json")
            self.assertTrue(out, err)
            found = [finding for finding in about(out, check) if finding[1] == status]
            self.assertEqual(len(found), 1, out)
            self.assertIn(sentence, found[0][2])
        return code

    def first_line(self, client, sentence):
        out = client.run()[1]
        self.assertTrue(" ".join(out.split()).startswith(f"BROKEN {sentence}"), out)

    def test_healthy(self):
        client = Client()
        out = client.run("diagnose", "--json")[1]
        self.assertEqual([status for _, status, _ in about(out, "flavor", "image", "secret", "nova")],
                         ["affirming"] * 3)
        self.assertIn("upstream Nova live-migrates \"host\" alone", about(out, "flavor")[0][2])
        # Three questions, none of which could give a secret's value away.
        self.assertEqual([call.split(" -f ")[0] for call in client.calls()], [
            f"--os-compute-api-version 2.47 server show {UUID}", f"image show {IMAGE}",
            "secret list --limit 100 --offset 0"])

    def test_not_configured(self):
        code, out, _ = vtpm_host("diagnose", "g", "--json")
        self.assertEqual(about(out, "flavor", "openstack"), [])
        self.assertIn("no openstack client is configured", json.loads(out)["note"])

    def test_security(self):
        client = Client(flavor(**{"hw:tpm_secret_security": "host"}))
        self.expect(client, "flavor", "contraindicated", "hw:tpm_secret_security=host, not deployment")
        self.first_line(client, "the VM's own flavor has hw:tpm_secret_security=host")
        self.expect(client, "flavor", "affirming", "hw:tpm_secret_security=host in the VM's own",
                    "--secret-security", "host")
        client = Client(flavor())
        self.expect(client, "flavor", "contraindicated", "which means \"user\": no live migration")

    def test_flavor_that_is_not_embedded(self):
        client = Client({**SERVER, "flavor": "m1.vtpm (3f0c)"})
        self.expect(client, "flavor", "none", "does not show the VM's own flavor")

    def test_image(self):
        client = Client(image={"os_distro": "debian"})
        self.expect(client, "image", "warning", "neither flavor nor image asks for this vTPM")
        client = Client(flavor(**{"hw:tpm_secret_security": "deployment", "hw:tpm_version": "2.0"}),
                        image={})
        self.assertEqual(about(client.run("diagnose", "--json")[1], "image"), [])
        client = Client({**SERVER, "image": "N/A (booted from volume)"})
        self.assertEqual(about(client.run("diagnose", "--json")[1], "image"), [])

    def test_secret(self):
        self.expect(Client(secrets=(OTHERS, LISTED)), "secret", "affirming", "has the vTPM's secret")
        client = Client(secrets=(OTHERS, []))
        self.expect(client, "secret", "contraindicated", f"does not have secret {SECRET}")
        self.first_line(client, "the key manager does not have secret")
        client = Client(flavor(), secrets=([],))
        self.expect(client, "secret", "none", "which may be the VM owner's")

    def test_elsewhere(self):
        client = Client({**SERVER, "OS-EXT-SRV-ATTR:host": "other.example", "status": "ERROR"})
        self.expect(client, "nova", "warning", "Nova has the VM (ERROR) on other.example, not here")

    def test_client_that_fails(self):
        for script, sentence in (("#!/bin/sh\nexit 1\n", "openstack: failed with status 1"),
                                 ("#!/bin/sh\necho '<html>'\n", "openstack did not print JSON"),
                                 ("#!/bin/sh\necho '{\"flavor\":'\n", "openstack did not print JSON")):
            with self.subTest(script):
                self.expect(Client(script=script), "openstack", "none", sentence)
        self.expect(Client({}), "flavor", "none", "does not show the VM's own flavor")


if __name__ == "__main__":
    unittest.main()
