# SPDX-License-Identifier: BSD-2-Clause
"""A guest that is migrated live between two libvirtds, with vtpm-host watch on both hosts: with each host's own
baselines, which an operator takes along, and with a collector's."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import schemas  # noqa: E402
from another_host import AnotherHost  # noqa: E402
from collector import Collector  # noqa: E402
from guest import TCTI_DEVICE, Image  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "migrate-and-confirm")
ENOUGH = 180  # seconds; TCG on a busy machine
# What the service is not given: a verdict's words, a line each, in the order in which they come.
TELL = """#!/bin/sh
shift 2
echo "$*" >>{state}/told
"""
# QEMU; a domain stands still before it, or does not start, where the test wants that.
EMULATOR = """#!/bin/sh
case "$*" in
*guest=*)
	while [ -e {room}/hold ]; do
		sleep 0.1
	done
	! [ -e {room}/fail ] || exit 1
	;;
esac
exec /usr/bin/qemu-system-x86_64 "$@"
"""


class Host(AnotherHost):
    """With a watcher, whose state the test sees."""

    def __init__(self, name, number):
        super().__init__(name, f"6f9619ff-8b86-4011-b42d-00000000000{number}")
        self.state = os.path.join(self.directory, "state")
        self.watcher = None
        os.mkdir(self.state)
        self.tell = os.path.join(self.directory, "tell")
        with open(self.tell, "w") as file:
            file.write(TELL.format(state=self.state))
        os.chmod(self.tell, 0o755)

    def __enter__(self):
        super().__enter__()
        with open(f"{self.room}/emulator", "w") as file:
            file.write(EMULATOR.format(room=hypervisor.ROOM))
        os.chmod(f"{self.room}/emulator", 0o755)
        return self

    def hold(self):
        with open(f"{self.room}/hold", "w"):
            pass

    def let_go(self):
        os.unlink(f"{self.room}/hold")

    def is_in(self, state):
        """As virsh domstate --reason has it."""
        done = self.run("virsh", "-c", "qemu:///system", "-q", "domstate", "--reason", "web1")
        return done.stdout.strip() == state

    def host(self, *words, **options):
        """vtpm-host there: (exit status, standard output, standard error)."""
        done = self.run(hypervisor.HOST, *words, "--state", self.state, timeout=ENOUGH,
                        env=hypervisor.environment(), **options)
        return done.returncode, done.stdout, done.stderr

    def watch(self, *words):
        self.log = open(f"{self.state}/log", "a")
        begin = len(self.text())
        self.watcher = process.start(
            self.words([hypervisor.HOST, "watch", "--state", self.state, "--command", self.tell, *words]),
            stdout=self.log, stderr=self.log, env=hypervisor.environment())
        assert process.wait_until(lambda: "watching " in self.text()[begin:], ENOUGH), self.complaints()

    def stop(self):
        code = process.stop(self.watcher, 60)
        self.log.close()
        return code

    def lines(self):
        """What was told: event, status, continuity and reason."""
        try:
            with open(f"{self.state}/told") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []

    def record(self):
        try:
            with open(f"{self.state}/guests/{UUID}.json") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def text(self):
        with open(f"{self.state}/log") as file:
            return file.read()

    def complaints(self):
        return self.text()[-3000:]


def setUpModule():
    global one, two, guest
    one, two = (unittest.enterModuleContext(Host(name, number)) for number, name in enumerate(("one", "two"), 1))
    image = Image(programs=[in_guest.AGENT, "qemu-ga"], plugins=TCTI_DEVICE)
    definition = os.path.join(one.directory, "web1.xml")
    for host in (two, one):
        with open(definition, "w") as file:
            file.write(hypervisor.domain("web1", UUID, image=image, channel=True, memory=256, room=host.room,
                                         emulator=f"{hypervisor.ROOM}/emulator"))
    one.virsh("define", definition)
    guest = hypervisor.Guest("web1", one).start()
    guest.start_guest_agent()


class TwoHosts(unittest.TestCase):
    """In the order of their names: one guest."""

    @classmethod
    def tearDownClass(cls):
        for host in (one, two):
            if host.watcher:
                process.kill(host.watcher)

    def told(self, host, after, *wanted):
        """Waits for one more line on that host, behind the first `after` ones; it must be as wanted."""
        if not process.wait_until(lambda: len(host.lines()) > after, ENOUGH):
            self.fail(f"{host.name}: {host.lines()} {host.record()} {host.complaints()}")
        self.assertEqual(tuple(host.lines()[after][:len(wanted)]), wanted)
        # The record is kept before it is told.
        return host.record()

    def test_1_first_sight(self):
        for host in (one, two):
            host.watch()
        record = self.told(one, 0, "none", "affirming", "first-seen")
        self.assertTrue(record["last"]["first"])
        self.assertFalse(record["arrived"])

    def test_2_migrated(self):
        """Its definition goes along; the baseline that it had is still to be had."""
        one.migrate("web1", two, "--persistent", "--undefinesource")
        record = self.told(two, 0, "none", "affirming", "first-seen")
        self.assertTrue(record["last"]["first"] and record["arrived"], record)
        self.assertIn("is new on this one: not compared yet. To compare: vtpm-host baselines export", two.complaints())
        self.assertTrue(process.wait_until(lambda: one.record()["gone"], 30), one.record())
        self.assertEqual(one.record()["state"], "away")
        self.assertTrue(os.path.exists(f"{one.state}/baselines/{UUID}.json"))
        code, out, err = one.host("status", "--json")
        self.assertEqual((code, json.loads(out)["guests"]), (3, []), err)

    def test_2b_whose_vtpm(self):
        """As the collector's allowlist has them; what nobody can believe is left out."""
        code, out, err = two.host("eks")
        self.assertEqual(code, 0, err)
        with open(f"{two.state}/baselines/{UUID}.json") as file:
            keys = json.load(file)["eks"]["keys"]
        prints = [hashlib.sha256(base64.b64decode(key["public"])).hexdigest() for key in keys]
        self.assertEqual([line.split(" #")[0] for line in out.splitlines()], [f"{UUID} {each}" for each in prints])
        code, out, err = two.host("eks", "--json")
        self.assertEqual((code, [(each["uuid"], each["ek"]) for each in json.loads(out)["eks"]]),
                         (0, [(UUID, each) for each in prints]), err)
        self.assertEqual(schemas.complaints("host-eks.schema.json", json.loads(out)), [])
        other = os.path.join(two.directory, "others")
        os.mkdir(other)
        shutil.copy(f"{two.state}/baselines/{UUID}.json", f"{other}/{UUID[:-1]}0.json")
        self.assertEqual(two.host("eks", other)[0], 3)
        shutil.copy(f"{two.state}/baselines/{UUID}.json", other)
        code, out, err = two.host("eks", other)
        self.assertEqual((code, len(out.splitlines())), (3, len(prints)), err)

    def test_3_compared(self):
        before = len(two.lines())
        code, line, err = one.host("baselines", "export", UUID)
        self.assertEqual(code, 0, err)
        self.assertEqual(one.host("baselines", "export")[1], line)
        code, out, err = two.host("baselines", "import", "-", "--event", "live-migration", "--json", input=line)
        self.assertEqual(code, 0, out + err)
        answer = json.loads(out)
        self.assertEqual(schemas.complaints("host-baselines.schema.json", answer), [])
        self.assertEqual([(each["uuid"], each["verdict"]["continuity"]) for each in answer["guests"]],
                         [(UUID, "continuous")])
        # The watcher asks the guest, and now there is something to compare with.
        record = self.told(two, before, "none", "affirming", "continuous")
        self.assertEqual((record["cause"], record["last"]["first"]), ("baseline imported", False))

    def test_4_back_by_the_example(self):
        before = len(one.lines())
        done = subprocess.run(
            [EXAMPLE, UUID, *two.words(["virsh", "-c", "qemu:///system", "migrate", "--live", "--p2p", "web1",
                                        "--persistent", "--undefinesource", "--desturi", one.uri(), "--migrateuri",
                                        f"unix://{one.room}/web1.migration"])],
            text=True, capture_output=True, timeout=ENOUGH,
            env=hypervisor.environment(
                PATH=f"{os.path.dirname(hypervisor.HOST)}:{os.environ['PATH']}", SOURCE=" ".join(two.words([])),
                DESTINATION=" ".join(one.words([])), SOURCE_STATE=two.state, DESTINATION_STATE=one.state))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("CONTINUOUS", done.stdout)
        self.told(one, before, "none", "affirming", "continuous")

    def begin(self, source, destination, *options):
        """A migration, in a thread; its result is None."""
        threads = self.enterContext(ThreadPoolExecutor(1))
        return threads.submit(source.migrate, "web1", destination, "--persistent", "--undefinesource", *options)

    def wait_for(self, host, state):
        self.assertTrue(process.wait_until(lambda: host.is_in(state), ENOUGH), f"{host.name}: not {state}")

    def owed(self, host):
        """That it has the domain no more, the watcher may notice at any time."""
        return [host.record()[name] for name in ("state", "owed", "last")]

    def test_4b_in_the_middle(self):
        """The watcher is started while QEMU starts, and again while its memory comes."""
        self.assertEqual(two.stop(), 0)
        before, owed = len(two.lines()), self.owed(two)
        self.assertEqual(owed[:2], ["away", False])
        two.hold()
        migration = self.begin(one, two, "--bandwidth", "1")
        self.wait_for(two, "paused (starting up)")
        two.watch()
        self.assertEqual(two.stop(), 0)
        self.assertEqual(self.owed(two), owed)
        two.let_go()
        self.wait_for(two, "paused (migrating)")
        two.watch()
        self.assertEqual(self.owed(two), owed)
        one.virsh("migrate-setspeed", "web1", "1000")
        migration.result()
        record = self.told(two, before, "none", "affirming", "continuous")
        self.assertEqual((record["cause"], record["arrived"]), ("resumed after a migration", True))

    def test_4c_in_the_middle_of_one_that_fails(self):
        """Nothing is owed where it would have come to; its source looks whether it was reset meanwhile."""
        self.assertEqual([host.stop() for host in (one, two)], [0, 0])
        before = len(one.lines()), len(two.lines())
        owed = self.owed(one)
        self.assertEqual(owed[:2], ["away", False])
        one.hold()
        migration = self.begin(two, one)
        self.wait_for(one, "paused (starting up)")
        for host in (one, two):
            host.watch()
        with open(f"{one.room}/fail", "w"):
            pass
        one.let_go()
        with self.assertRaises(RuntimeError):
            migration.result()
        os.unlink(f"{one.room}/fail")
        told = self.told(two, before[1], "none", "affirming", "continuous")
        self.assertEqual((told["cause"], told["arrived"]), ("found running", False))
        self.assertEqual(self.owed(one), owed)
        self.assertEqual(len(one.lines()), before[0])

    def test_4d_paused(self):
        """It is paused where it arrives, too; that it is resumed there is no news."""
        before = len(one.lines())
        two.virsh("suspend", "web1")
        two.migrate("web1", one, "--persistent", "--undefinesource")
        self.assertTrue(one.is_in("paused (user)"))
        self.assertTrue(process.wait_until(lambda: one.record()["owed"], ENOUGH), one.complaints())
        one.virsh("resume", "web1")
        record = self.told(one, before, "none", "affirming", "continuous")
        self.assertEqual((record["cause"], record["arrived"]), ("arrived paused", True))

    def test_4e_restored_and_paused(self):
        """libvirt says the same of it as of one that is migrated. Nobody watched: it may have been started, too."""
        self.assertEqual(one.stop(), 0)
        before = len(one.lines())
        saved = f"{hypervisor.ROOM}/web1.saved"
        one.virsh("save", "web1", saved)
        one.virsh("restore", saved, "--paused")
        self.assertTrue(one.is_in("paused (migrating)"))
        one.watch()
        self.assertTrue(one.record()["owed"])
        one.virsh("resume", "web1")
        record = self.told(one, before, "hard-reboot", "warning", "continuous")
        self.assertEqual((record["cause"], record["arrived"]), ("found running", False))

    def test_5_collector(self):
        """Its baseline goes wherever the guest goes."""
        self.assertEqual([host.stop() for host in (one, two)], [0, 0])
        secret = "hosts-secret-token-0123456789abcdef"
        token, tokens = (os.path.join(one.directory, name) for name in ("token", "tokens"))
        for path, line in ((token, secret), (tokens, f"host both {hashlib.sha256(secret.encode()).hexdigest()}")):
            with open(path, "w") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(line + "\n")
        collector = self.enterClassContext(Collector(config=f"[auth]\ntokens = {tokens}\n"))
        link = ("--collector", collector.url(), "--token-file", token)
        before = len(one.lines()), len(two.lines())
        one.watch(*link)
        self.told(one, before[0], "none", "affirming", "first-seen")
        two.watch(*link)
        one.migrate("web1", two, "--persistent", "--undefinesource")
        record = self.told(two, before[1], "none", "affirming", "continuous", "same-tpm")
        self.assertEqual((record["cause"], record["last"]["first"]), ("resumed after a migration", False))

    def test_6_lost_on_the_other_host(self):
        """The collector knows what it was on the first one."""
        before = len(two.lines())
        two.virsh("destroy", "web1")
        two.check("rm", "-r", f"{hypervisor.STATE}/{UUID}")
        moved = hypervisor.Guest("web1", two).start()
        moved.start_guest_agent()
        self.told(two, before, "hard-reboot", "contraindicated", "replaced")
        self.assertEqual(two.host("status")[0], 2)

    def test_7_lost_and_new_on_the_other_host(self):
        """Without a collector, it looks like any other first sight until the baseline of the first host comes."""
        two.stop()
        shutil.rmtree(two.state)
        os.mkdir(two.state)
        self.assertEqual(two.host("watch", "--once")[0], 0)
        code, line, err = one.host("baselines", "export", UUID)
        self.assertEqual(code, 0, err)
        kept = f"{two.state}/baselines/{UUID}.json"
        for name, text in (("changed", line.replace('\\"reset_count\\":', '\\"reset_count\\":9')),
                           ("another's", line.replace(UUID, UUID[:-1] + "0", 1)), ("none", "{}\n")):
            with self.subTest(name), open(kept, "rb") as file:
                before = file.read()
                self.assertNotEqual(text, line)
                code, out, err = two.host("baselines", "import", "-", input=text)
                self.assertEqual(code, 3, out + err)
                with open(kept, "rb") as again:
                    self.assertEqual(again.read(), before)
        code, out, err = two.host("baselines", "import", "-", input=line)
        self.assertEqual(code, 2, out + err)
        self.assertIn("replaced", out)
        code, _, err = two.host("watch", "--once")
        self.assertEqual((code, two.record()["last"]["continuity"]), (2, "replaced"), err)
        # It goes along as well, wherever the guest goes.
        code, line, err = two.host("baselines", "export")
        self.assertEqual(code, 0, err)
        self.assertEqual(one.host("baselines", "import", "-", input=line)[0], 2)
        self.assertTrue(os.path.exists(f"{one.state}/baselines/{UUID}.verdict.json"))


if __name__ == "__main__":
    unittest.main(failfast=True)
