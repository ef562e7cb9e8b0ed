#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each recipe of installer/recipes, carried out by its own tool; then what is in the image."""

import functools
import glob
import hashlib
import http.server
import os
import shutil
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "linux"), HERE]
import packages  # noqa: E402
import by_hand  # noqa: E402, F401
import process  # noqa: E402
import suite  # noqa: E402
import machine  # noqa: E402

RECIPES = machine.here(os.path.join(machine.PROJECT, "installer", "recipes"))
ELEMENTS = machine.here(os.path.join(HERE, "elements"))
PACKAGE = packages.deb("vtpm-agent")
DEBIAN = machine.here(os.path.join(os.environ["VTPM_DEBIAN_DIR"], "root.tar"))
CONFIGURATION = ("[collector]\nurl = https://collector.invalid\nca = /etc/vtpm-agent/collector-ca.pem\n"
                 "token-file = /etc/vtpm-agent/token\n")
TOKEN, CA = "secret\n", "CERTIFICATE\n"
ENABLED = "etc/systemd/system/multi-user.target.wants/vtpm-agent.service"


def setUpModule():
    machine.enter_namespaces()


class Recipe(unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("recipe")
        self.addCleanup(process.remove_directory, self.directory)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def make_files(self):
        """The directory that most recipes want."""
        os.mkdir(self.path("files"))
        shutil.copy(PACKAGE, self.path("files"))
        shutil.copy(os.path.join(RECIPES, "bake"), self.path("files"))
        self.write("files/vtpm-agent.conf", CONFIGURATION)
        self.write("files/token", TOKEN)
        self.write("files/collector-ca.pem", CA)
        return self.path("files")

    def machine(self):
        made = machine.Machine()
        self.addCleanup(made.close)
        return made

    def unpack(self, image):
        os.mkdir(self.path("root"))
        process.run(["tar", "-C", self.path("root"), "-xf", image])
        return self.path("root")

    def check_image(self, root, configuration=CONFIGURATION):
        """Installed, configured, enabled, no state, and nothing left of the baking."""
        def read(name):
            with open(os.path.join(root, name), encoding="utf-8") as file:
                return file.read()

        self.assertIn("install ok installed", process.run(
            ["dpkg-query", "--admindir", os.path.join(root, "var/lib/dpkg"), "-s", "vtpm-agent"]).decode())
        self.assertEqual(read("etc/vtpm-agent/vtpm-agent.conf"), configuration)
        self.assertEqual(read("etc/vtpm-agent/collector-ca.pem"), CA)
        self.assertEqual(read("etc/vtpm-agent/token"), TOKEN)
        token = os.stat(os.path.join(root, "etc/vtpm-agent/token"))
        groups = dict(line.split(":")[::2] for line in read("etc/group").splitlines())
        self.assertEqual((token.st_mode & 0o777, token.st_uid, token.st_gid),
                         (0o640, 0, int(groups["vtpm-agent"])))
        self.assertTrue(os.path.lexists(os.path.join(root, ENABLED)))
        self.assertEqual(glob.glob(os.path.join(root, "var/lib/vtpm-agent/*")), [])
        self.assertEqual(glob.glob(os.path.join(root, "tmp/*vtpm*")), [])


class Baked(Recipe):
    def test_mmdebstrap(self):
        image = self.path("image.tar")
        hook = os.path.join(RECIPES, "mmdebstrap-hook")
        process.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=custom", "--skip=update",
                     f"--setup-hook=tar -C \"$1\" -xf {DEBIAN}",
                     f"--customize-hook={hook} \"$1\" {self.make_files()}", "", image, ""])
        self.check_image(self.unpack(image))

    def test_diskimage_builder(self):
        environment = machine.environment(
            ELEMENTS_PATH=os.pathsep.join([os.path.join(RECIPES, "diskimage-builder"),
                                           ELEMENTS]),
            DIB_VTPM_AGENT_FILES=self.make_files(), VTPM_TEST_ROOT=DEBIAN, TMPDIR=self.directory,
            DIB_NO_TMPFS="1", ARCH="amd64", HOME=self.directory)
        process.run(["disk-image-create", "-n", "-t", "tar", "-o", self.path("image"), "debian-here",
                     "vtpm-agent"], env=environment, timeout=200)
        self.check_image(self.unpack(self.path("image.tar")))

    def start_ssh(self, guest):
        """A server that takes root with the key that is returned, at port 2222 of the namespace."""
        key = self.path("key")
        for path in (key, guest.path("run/host_key")):
            process.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", path])
        os.makedirs(guest.path("root/.ssh"), mode=0o700, exist_ok=True)
        shutil.copy(key + ".pub", guest.path("root/.ssh/authorized_keys"))
        for name in ["usr/sbin/sshd", *glob.glob("usr/lib/*/libwrap.so.0*", root_dir=machine.TOOLS)]:
            process.run(["cp", "-a", os.path.join(machine.TOOLS, name), guest.path(name)])
        os.mkdir(guest.path("run/sshd"), mode=0o755)
        if not guest.run("sh", "-c", "getent passwd sshd || true"):
            guest.run("useradd", "--system", "--home-dir", "/run/sshd", "sshd")
        # What Packer 1.6 speaks
        with open(guest.path("run/sshd_config"), "w", encoding="ascii") as file:
            file.write("Port 2222\nListenAddress 127.0.0.1\nHostKey /run/host_key\nStrictModes no\n"
                       "PubkeyAcceptedAlgorithms +ssh-rsa\nHostKeyAlgorithms +ssh-rsa\n"
                       "Subsystem sftp internal-sftp\n")
        server = process.start(["chroot", guest.root, "/usr/sbin/sshd", "-D", "-E", "/run/sshd.log", "-f",
                                "/run/sshd_config"])
        self.addCleanup(process.stop, server)
        return key

    def test_packer(self):
        suite.need("packer")
        guest = self.machine()
        key = self.start_ssh(guest)
        environment = machine.environment(CHECKPOINT_DISABLE="1", HOME=self.directory)
        process.run(["packer", "build", "-var", "files=" + self.make_files(), "-var", "port=2222",
                     "-var", "key=" + key, os.path.join(RECIPES, "vtpm-agent.pkr.hcl")], env=environment)
        self.check_image(guest.root)

    def test_ansible(self):
        guest = self.machine()
        shutil.copytree(os.path.join(RECIPES, "ansible"), guest.path("tmp/play"))
        for name, text in (("token", TOKEN), ("ca.pem", CA)):
            with open(guest.path("tmp/play/" + name), "w", encoding="ascii") as file:
                file.write(text)
        shutil.copy(PACKAGE, guest.path("tmp/play/"))
        command = ["sh", "-c", 'cd /tmp/play && HOME=/root LANG=C.UTF-8 exec ansible-playbook -i localhost, '
                   '-c local bake.yml -e "ansible_python_interpreter=/usr/bin/python3 vtpm_agent_image=true '
                   f'vtpm_agent_package=$PWD/{os.path.basename(PACKAGE)} '
                   'vtpm_agent_collector_url=https://collector.invalid '
                   'vtpm_agent_collector_ca=$PWD/ca.pem vtpm_agent_token_file=$PWD/token"']
        self.assertRegex(guest.run(*command), r"changed=[1-9]\d* .*failed=0")
        shutil.copytree(guest.path("tmp/play"), self.path("play"))
        self.assertRegex(guest.run(*command), r"changed=0 .*failed=0")
        shutil.rmtree(guest.path("tmp/play"))
        self.check_image(guest.root, "# Kept by Ansible. See vtpm-agent(1).\n" + CONFIGURATION)


class FirstBoot(Recipe):
    """cloud-init, which installs the package when the instance starts."""

    def serve_packages(self):
        handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                                    directory=os.path.dirname(PACKAGE))
        handler.log_message = lambda *_: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/{os.path.basename(PACKAGE)}"

    def user_data(self):
        with open(os.path.join(RECIPES, "user-data.yaml"), encoding="utf-8") as file:
            text = file.read()
        with open(PACKAGE, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        for old, new in (("https://packages.example/vtpm-agent_0.1.0~deb12u1_amd64.deb", self.serve_packages()),
                         ("0" * 64, digest), ("REPLACE\n", TOKEN), ("REPLACE\n", CA),
                         ("https://collector.example:8742", "https://collector.invalid")):
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        return text

    def test_user_data(self):
        guest = self.machine()
        for name in ("etc/cloud", "usr/bin/cloud-init", "usr/lib/cloud-init", "usr/lib/python3"):
            process.run(["cp", "-a", "-T", os.path.join(machine.TOOLS, name), guest.path(name)])
        seed = guest.path("var/lib/cloud/seed/nocloud")
        os.makedirs(seed)
        with open(os.path.join(seed, "meta-data"), "w", encoding="ascii") as file:
            file.write("instance-id: one\n")
        with open(os.path.join(seed, "user-data"), "w", encoding="utf-8") as file:
            file.write(self.user_data())
        with open(guest.path("etc/cloud/cloud.cfg.d/99_test.cfg"), "w", encoding="ascii") as file:
            file.write("datasource_list: [NoCloud]\nnetwork: {config: disabled}\n")
        guest.run("cloud-init", "schema", "--config-file", "/var/lib/cloud/seed/nocloud/user-data")
        guest.run("cloud-init", "init", "--local")
        guest.run("cloud-init", "init")
        guest.run("cloud-init", "single", "--name", "runcmd", "--frequency", "always")
        guest.run("cloud-init", "single", "--name", "scripts_user", "--frequency", "always")
        self.check_image(guest.root)


if __name__ == "__main__":
    unittest.main()
