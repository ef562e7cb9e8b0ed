/* SPDX-License-Identifier: BSD-2-Clause */
/* Each rule: a healthy host, one thing changed, the finding that must come of it. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/rules/profile.h"
#include "host/rules/rules.h"

static struct facts facts;
static struct findings findings;

static void make_healthy(void)
{
	struct facts_domain *domain = &facts.domains.items[0];
	struct facts_file file = {.access = FACT_OK, .uid = 102, .gid = 105, .size = 6172};

	facts = (struct facts){.host = "a",
		.libvirt = 9000000,
		.qemu = 7002000,
		.swtpm = 8000,
		.libtpms = 9002,
		.has_migration_option = true,
		.is_clock_synchronised = true,
		.account = {"tss", "tss", true, 102, 105},
		.state_path = "/s",
		.write = FACT_OK,
		.mount = {.point = "/s",
			.source = "n:/e",
			.type = "nfs",
			.options = "rw,vers=3,local_lock=all"},
		.vm_mount = {.point = "/v", .source = "n:/v", .type = "nfs"},
		.directory = {.access = FACT_OK, .uid = 900, .gid = 901},
		.nova = 33000000,
		.ha = {"pf9", "pf9group", true, 900, 901},
		.vm_path = "/v",
		.vm_directory = {.access = FACT_OK, .uid = 900, .gid = 901},
		.localca = file,
		.localca_lock = file};
	facts.domains.count = 1;
	*domain = (struct facts_domain){.name = "g",
		.uuid = "u",
		.is_active = true,
		.has_vtpm = true,
		.model = "tpm-crb",
		.version = "2.0",
		.is_state_kept = true,
		.secret = "s",
		.secret_usage = "vtpm",
		.directory = file,
		.state = file,
		.swtpm_pid = 7};
}

#define DOMAIN             facts.domains.items[0]
#define SET(member, value) snprintf(member, sizeof(member), "%s", value)

static void stack(void)
{
	facts.mount.stacked = 1;
}
static void lock(void)
{
	SET(facts.mount.options, "rw,local_lock=allx");
}
static void nfs4(void)
{
	SET(facts.mount.type, "nfs4");
	SET(facts.mount.options, "rw,vers=4.2,local_lock=none");
}
static void covered(void)
{
	SET(facts.mount.point, "/");
	SET(facts.mount.hidden, "/s");
}
static void in_memory(void)
{
	SET(facts.mount.type, "tmpfs");
}
static void overlay_in_memory(void)
{
	SET(facts.mount.type, "overlay");
	SET(facts.mount.upper, "tmpfs");
}
static void own_in_memory(void)
{
	SET(DOMAIN.mount_point, "/s/u");
	SET(DOMAIN.mount_type, "ramfs");
}
static void own_covered(void)
{
	SET(DOMAIN.mount_point, "/s/u");
	SET(DOMAIN.mount_type, "ext4");
	SET(DOMAIN.mount_hidden, "/s/u/tpm2");
}
static void own_overlay(void)
{
	SET(DOMAIN.mount_point, "/s/u");
	SET(DOMAIN.mount_type, "overlay");
	SET(DOMAIN.mount_upper, "ext4");
}
static void own_volume(void)
{
	SET(DOMAIN.mount_point, "/s/u");
	SET(DOMAIN.mount_type, "ext4");
}
static void local(void)
{
	SET(facts.mount.type, "ext4");
}
static void other_export(void)
{
	SET(facts.mount.source, "n:/other");
}
static void read_only(void)
{
	facts.mount.is_read_only = true;
}
static void uid(void)
{
	facts.account.uid = 103;
}
static void full(void)
{
	SET(facts.write, FACT_FULL);
}
static void dead(void)
{
	SET(facts.write, FACT_TIMEOUT);
}
static void localca(void)
{
	facts.localca_lock.uid = 0;
}
static void old(void)
{
	facts.has_migration_option = false;
}
static void clock_off(void)
{
	facts.is_clock_synchronised = false;
}
static void by_nova(void)
{
	DOMAIN.is_state_kept = false;
	SET(DOMAIN.server, "web");
	SET(DOMAIN.secret_security, "host");
	DOMAIN.has_flavor = true;
}
static void by_old_nova(void)
{
	by_nova();
	facts.nova = 30000000;
}
static void by_nova_deployment(void)
{
	by_nova();
	SET(DOMAIN.secret_security, "deployment");
}
static void by_nova_user(void)
{
	by_nova();
	SET(DOMAIN.secret_security, "");
}
static void by_nova_untold(void)
{
	by_nova_user();
	DOMAIN.has_flavor = false;
}
static void nvram_gone(void)
{
	SET(DOMAIN.nvram, "/n/g.fd");
	SET(DOMAIN.nvram_file.access, FACT_MISSING);
}
static void gone(void)
{
	SET(DOMAIN.state.access, FACT_MISSING);
}
static void empty(void)
{
	DOMAIN.state.size = 0;
}
static void owner(void)
{
	DOMAIN.state.uid = 0;
}
static void killed(void)
{
	DOMAIN.swtpm_pid = 0;
}
static void shut_off_and_locked(void)
{
	DOMAIN.is_active = false;
	DOMAIN.is_locked = true;
	DOMAIN.lock_pid = 9;
}
static void locked_by_another(void)
{
	DOMAIN.is_locked = true;
	DOMAIN.lock_pid = 9;
}
static void locked_elsewhere(void)
{
	DOMAIN.is_locked = true;
}
static void locked_by_its_own(void)
{
	DOMAIN.is_locked = true;
	DOMAIN.lock_pid = DOMAIN.swtpm_pid;
}
static void not_kept(void)
{
	DOMAIN.is_state_kept = false;
}
static void clear(void)
{
	DOMAIN.secret[0] = 0;
}
static void tpm12(void)
{
	SET(DOMAIN.version, "1.2");
}
static void none(void)
{
	DOMAIN.has_vtpm = false;
}
static void old_swtpm(void)
{
	facts.swtpm = 7001;
}
static void profile_and_old_libtpms(void)
{
	SET(DOMAIN.profile, "default-v1");
	facts.libtpms = 9003;
}
static void running(void)
{
	DOMAIN.swtpm_pid = 8;
}
static void other_next(void)
{
	DOMAIN.is_next_other = true;
}
static void elsewhere(void)
{
	DOMAIN.swtpm_started = DOMAIN.state.mtime + 3600;
}
static void old_nova(void)
{
	facts.nova = 32002000;
}
static void disks_local(void)
{
	SET(facts.vm_mount.type, "ext4");
}
static void disks_owner(void)
{
	facts.vm_directory.gid = 0;
}
static void state_owner(void)
{
	facts.directory.uid = 0;
}
static void no_ha(void)
{
	facts.ha.is_known = false;
}
static void healthy(void)
{
}

static const struct {
	void (*change)(void);
	enum verdict_status status;
	const char *check; /* of the first finding that is not affirming */
	const char *says;
} rows[] = {
	{healthy, VERDICT_AFFIRMING, NULL, NULL},
	{stack, VERDICT_CONTRAINDICATED, "mount", "hidden below"},
	{lock, VERDICT_WARNING, "mount", "without vers=3,local_lock=all"},
	{nfs4, VERDICT_WARNING, "mount", "without vers=3,local_lock=all"},
	{covered, VERDICT_CONTRAINDICATED, "mount", "covered by a later one on /"},
	{in_memory, VERDICT_CONTRAINDICATED, "mount", "/s is in memory: on /s (tmpfs), which"},
	{overlay_in_memory, VERDICT_CONTRAINDICATED, "mount", "on /s (overlay on tmpfs), which"},
	{own_in_memory, VERDICT_CONTRAINDICATED, "mount", "in memory: on /s/u (ramfs), which"},
	{own_covered, VERDICT_CONTRAINDICATED, "mount", "on /s/u/tpm2 is covered by a later one"},
	{own_overlay, VERDICT_WARNING, "mount", "lasts as long as that one's upper directory"},
	{own_volume, VERDICT_AFFIRMING, NULL, NULL},
	{local, VERDICT_CONTRAINDICATED, "mount", "not shared"},
	{read_only, VERDICT_CONTRAINDICATED, "mount", "read-only"},
	{uid, VERDICT_CONTRAINDICATED, "uid", "has uid 103, not 102"},
	{full, VERDICT_CONTRAINDICATED, "write", "full"},
	{dead, VERDICT_CONTRAINDICATED, "write", "does not answer"},
	{localca, VERDICT_CONTRAINDICATED, "localca", "no new vTPM can be made"},
	{old, VERDICT_CONTRAINDICATED, "versions", "swtpm 0.8"},
	{clock_off, VERDICT_WARNING, "time", "not synchronised"},
	{gone, VERDICT_CONTRAINDICATED, "state", "state is missing"},
	{empty, VERDICT_CONTRAINDICATED, "state", "file is empty"},
	{owner, VERDICT_CONTRAINDICATED, "state", "belongs to uid 0"},
	{killed, VERDICT_CONTRAINDICATED, "process", "its swtpm does not"},
	{shut_off_and_locked, VERDICT_CONTRAINDICATED, "process", "process 9 still has its vTPM's"},
	{locked_by_another, VERDICT_CONTRAINDICATED, "process", "has its state locked: 9"},
	{locked_elsewhere, VERDICT_CONTRAINDICATED, "process", "locked from another host"},
	{locked_by_its_own, VERDICT_AFFIRMING, NULL, NULL},
	{not_kept, VERDICT_WARNING, "xml", "persistent_state"},
	{by_nova, VERDICT_AFFIRMING, NULL, NULL},
	{by_old_nova, VERDICT_WARNING, "xml", "persistent_state"},
	{by_nova_deployment, VERDICT_WARNING, "flavor", "upstream Nova does not live-migrate it"},
	{by_nova_user, VERDICT_WARNING, "flavor", "which means \"user\": no live migration"},
	{nvram_gone, VERDICT_WARNING, "state", "the VM's UEFI variables are not: /n/g.fd"},
	{clear, VERDICT_WARNING, "xml", "not encrypted"},
	{tpm12, VERDICT_CONTRAINDICATED, "xml", "not a TPM 2.0"},
	{none, VERDICT_CONTRAINDICATED, "xml", "has no vTPM"},
	{other_next, VERDICT_WARNING, "xml", "next start"},
	{elsewhere, VERDICT_WARNING, "process", "older than the running swtpm"},
	{old_nova, VERDICT_WARNING, "nova", "Nova 32.2 does not live-migrate"},
	{disks_local, VERDICT_CONTRAINDICATED, "ha", "/v is not on shared storage"},
	{disks_owner, VERDICT_CONTRAINDICATED, "ha", "/v belongs to 900:0, not to pf9:pf9group"},
	{state_owner, VERDICT_CONTRAINDICATED, "ha", "/s belongs to 0:901"},
	{no_ha, VERDICT_CONTRAINDICATED, "ha", "no account pf9:pf9group"},
};

static void each_rule_finds_its_fault(void **state)
{
	const struct rules_expect expect = {.has_uid = true,
		.uid = 102,
		.is_shared = true,
		.nfs_options = {"vers=3", "local_lock=all"},
		.domain = "g"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding *first = NULL;

		make_healthy();
		rows[i].change();
		findings.count = 0;
		rules_judge_storage(&facts, &expect, &findings);
		rules_judge_domains(&facts, &expect, &findings);
		rules_judge_host(&facts, &expect, &findings);
		for (size_t at = 0; at < findings.count && !first; at++) {
			if (findings.items[at].status != VERDICT_AFFIRMING)
				first = &findings.items[at];
		}
		assert_int_equal(findings_status(&findings), rows[i].status);
		if (!rows[i].check) {
			assert_null(first);
			continue;
		}
		assert_non_null(first);
		assert_string_equal(first->check, rows[i].check);
		assert_non_null(strstr(first->sentence, rows[i].says));
	}
}

/* What must come of a peer that is like this host but for `change`, made to it in `facts`. */
static const struct {
	void (*change)(void);
	uint64_t received;
	const char *check, *says;
} peer_rows[] = {
	{healthy, 1000, NULL, NULL},
	{healthy, 0, NULL, NULL},
	{healthy, 990, "time", "10 s ahead"},
	{healthy, 1060, "time", "60 s behind"},
	{healthy, 100000, "time", "more than a day old"},
	{clock_off, 1000, "time", "not synchronised"},
	{uid, 1000, "uid", "tss is 103:105 there and 102:105 here"},
	{local, 1000, "mount", "that host's own (ext4) there and shared (nfs) here"},
	{other_export, 1000, "mount", "n:/other (nfs) there and n:/e (nfs) here"},
	{nfs4, 1000, NULL, NULL},
	{old, 1000, "versions", "needs swtpm 0.8 and libvirt 8.10 there, too"},
	{full, 1000, "write", "cannot write there: full"},
	{old_swtpm, 1000, "versions", "swtpm is 0.7.1 there, older than 0.8.0 here"},
	{profile_and_old_libtpms, 1000, "versions",
		"g has a vTPM of profile default-v1, whose state"},
	{running, 1000, "process", "two swtpms write one state"},
};

static void a_peer_must_be_alike(void **state)
{
	const struct rules_expect expect = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(peer_rows) / sizeof(peer_rows[0]); i++) {
		struct facts *peer;
		struct error err = {0};
		const struct finding *first = &findings.items[0];
		json_t *json;
		char *text;

		make_healthy();
		facts.iat = 1000;
		DOMAIN.swtpm_pid = 0;
		peer_rows[i].change();
		json = facts_to_json(&facts);
		text = json_dumps(json, 0);
		assert_int_equal(facts_parse(text, strlen(text), &peer, &err), 0);
		make_healthy();
		SET(DOMAIN.profile, peer->domains.items[0].profile);
		findings.count = 0;
		rules_judge_peer(&facts, peer, peer_rows[i].received, &expect, &findings);
		assert_int_equal(findings.count, 1);
		if (peer_rows[i].check) {
			assert_int_not_equal(first->status, VERDICT_AFFIRMING);
			assert_string_equal(first->check, peer_rows[i].check);
			assert_non_null(strstr(first->sentence, peer_rows[i].says));
		} else {
			assert_int_equal(first->status, VERDICT_AFFIRMING);
		}
		facts_clean(&peer);
		free(text);
		json_decref(json);
	}
}

/* Two hosts' mounts of the state directory, without and with --shared. */
static const struct {
	const char *here, *there, *source_here, *source_there;
	const char *says, *says_shared; /* of the peer; NULL: nothing is wrong */
} storage_rows[] = {
	{"ext4", "xfs", "/dev/a", "/dev/b", NULL, "not shared there: it is on /s (xfs)"},
	{"ext4", "nfs", "/dev/a", "n:/e", "leaves its vTPM behind", "leaves its vTPM behind"},
	{"nfs", "nfs4", "n:/e", "n:/e", NULL, NULL},
	{"cifs", "cifs", "//n/e", "//n/f", "//n/f (cifs) there", "//n/f (cifs) there"},
	{"ceph", "ceph", "a,b:/e", "c:/e", NULL, NULL},
	{"ceph", "ceph", "a,b:/e", "a,b:/f", "a,b:/f (ceph) there", "a,b:/f (ceph) there"},
	{"fuse.glusterfs", "fuse.glusterfs", "n:v", "n:v", NULL, NULL},
	{"gfs2", "gfs2", "/dev/a", "/dev/a", NULL, NULL},
	{"gfs2", "gfs2", "/dev/a", "/dev/b", "cannot be told", "cannot be told"},
};

static void what_is_local_goes_along_and_what_is_shared_is_the_same(void **state)
{
	static struct facts peer;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(storage_rows) / sizeof(storage_rows[0]); i++) {
		const struct rules_expect expect = {.is_shared = i % 2};
		const char *says =
			i % 2 ? storage_rows[i / 2].says_shared : storage_rows[i / 2].says;

		make_healthy();
		SET(facts.mount.type, storage_rows[i / 2].there);
		SET(facts.mount.source, storage_rows[i / 2].source_there);
		DOMAIN.swtpm_pid = 0;
		peer = facts;
		SET(facts.mount.type, storage_rows[i / 2].here);
		SET(facts.mount.source, storage_rows[i / 2].source_here);
		findings.count = 0;
		rules_judge_peer(&facts, &peer, 0, &expect, &findings);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.items[0].check, says ? "mount" : "peer");
		if (says)
			assert_non_null(strstr(findings.items[0].sentence, says));
	}
}

/* By qemu.conf, what is local is shared. */
static void a_declared_directory_is_shared(void **state)
{
	const struct rules_expect expect = {.is_shared = true};

	(void)state;
	make_healthy();
	local();
	findings.count = 0;
	rules_judge_storage(&facts, &expect, &findings);
	assert_int_equal(findings_status(&findings), VERDICT_CONTRAINDICATED);
	facts.is_declared_shared = true;
	findings.count = 0;
	rules_judge_storage(&facts, &expect, &findings);
	assert_int_equal(findings_status(&findings), VERDICT_AFFIRMING);
}

/* Each platform's requirements, held against a host with local state and another uid. */
static void each_platform_asks_for_what_it_needs(void **state)
{
	static const char *const names[] = {
		"platform9", "libvirt", "nova", "ovirt", "proxmox", "kubevirt", "incus"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct rules_expect expect = {.domain = "g"};
		const struct profile *profile = profile_find(names[i]);

		assert_non_null(profile);
		assert_true(*profile->source);
		make_healthy();
		local();
		findings.count = 0;
		profile_apply(profile, &expect);
		rules_judge_storage(&facts, &expect, &findings);
		assert_int_equal(findings_status(&findings),
			i == 0 ? VERDICT_CONTRAINDICATED : VERDICT_AFFIRMING);
	}
	assert_null(profile_find("other"));
}

/* A VM may have another's UUID as its name. */
static void a_word_means_one_domain(void **state)
{
	static const struct {
		const char *word;
		enum verdict_status status; /* of the second one, whose state is missing, or not */
	} words[] = {{"6f9619ff-8b86-4011-b42d-00c04fc964ff", VERDICT_CONTRAINDICATED},
		{"6F9619FF-8B86-4011-B42D-00C04FC964FF", VERDICT_CONTRAINDICATED},
		{"web1", VERDICT_CONTRAINDICATED},
		{"6f9619ff-8b86-4011-b42d-00c04fc96400", VERDICT_AFFIRMING}};
	struct facts_domain *domains = facts.domains.items;

	(void)state;
	make_healthy();
	domains[1] = domains[0];
	facts.domains.count = 2;
	snprintf(domains[0].name, sizeof(domains[0].name), "%s", words[0].word);
	snprintf(domains[0].uuid, sizeof(domains[0].uuid), "%s", words[3].word);
	snprintf(domains[1].name, sizeof(domains[1].name), "web1");
	snprintf(domains[1].uuid, sizeof(domains[1].uuid), "%s", words[0].word);
	snprintf(domains[1].state.access, sizeof(domains[1].state.access), FACT_MISSING);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct rules_expect expect = {.domain = words[i].word};

		findings.count = 0;
		rules_judge_domains(&facts, &expect, &findings);
		assert_int_equal(findings_status(&findings), words[i].status);
		for (size_t j = 0; j < findings.count; j++)
			assert_string_equal(findings.items[j].subject, domains[i < 3 ? 1 : 0].name);
	}
}

static bool is_proxmox(const char *path)
{
	return strstr(path, "pvesh") != NULL;
}
static bool is_nothing(const char *path)
{
	(void)path;
	return false;
}

static void a_platform_is_recognised(void **state)
{
	(void)state;
	make_healthy();
	assert_string_equal(profile_recognise(is_proxmox)->name, "proxmox");
	assert_null(profile_recognise(is_nothing));
	assert_string_equal(profile_of_facts(&facts)->name, "nova");
	facts.nova = 0;
	assert_string_equal(profile_of_facts(&facts)->name, "libvirt");
}

/* What was asked for on the command line goes before what the platform asks for. */
static void a_profile_yields_to_options(void **state)
{
	struct rules_expect expect = {.has_uid = true, .uid = 7, .secret_security = "host"};

	(void)state;
	profile_apply(profile_find("platform9"), &expect);
	assert_int_equal(expect.uid, 7);
	assert_string_equal(expect.secret_security, "host");
	assert_true(expect.is_shared);
}

/* A hard reboot: whether the state is there, kept by its definition, by libvirt and Nova. */
static const struct {
	bool is_there, is_kept;
	uint64_t libvirt, nova;
	enum verdict_status status;
	const char *says;
} restart_rows[] = {
	{false, true, 9000000, 33000000, VERDICT_CONTRAINDICATED, "do not hard-reboot"},
	{true, true, 8008000, 0, VERDICT_AFFIRMING, "persistent_state is 'yes'"},
	{true, false, 8008000, 33000000, VERDICT_WARNING, "libvirt is older than 8.9"},
	{true, false, 9000000, 0, VERDICT_WARNING, "not known here"},
	{true, false, 9000000, 31002000, VERDICT_WARNING, "Nova is older"},
	{true, false, 9000000, 31003000, VERDICT_AFFIRMING, "by this Nova"},
	{true, false, 9000000, 32001000, VERDICT_WARNING, "Nova is older"},
	{true, false, 9000000, 32002000, VERDICT_AFFIRMING, "by this Nova"},
	{true, false, 9000000, 33000000, VERDICT_AFFIRMING, "by this Nova"},
};

/* By whose VM it is: what its flavor says, or the platform makes. */
static const struct {
	void (*change)(void);
	const char *platforms, *says;
} owner_rows[] = {
	{by_nova_user, NULL, "where its owner (u of p) does it"},
	{by_nova_user, "deployment", "where its owner (u of p) does it"},
	{by_nova, NULL, "by this Nova keeps"},
	{by_nova_deployment, "deployment", "by this Nova keeps"},
	{by_nova_untold, NULL, "where its owner (u of p) does it"},
	{by_nova_untold, "deployment", "by this Nova keeps"},
};

static void who_may_reboot_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(owner_rows) / sizeof(owner_rows[0]); i++) {
		const struct rules_expect expect = {
			.domain = "g", .secret_security = owner_rows[i].platforms};

		make_healthy();
		owner_rows[i].change();
		SET(DOMAIN.owner, "u of p");
		findings.count = 0;
		rules_judge_restart(&facts, &expect, &findings);
		assert_int_equal(findings.count, 1);
		assert_non_null(strstr(findings.items[0].sentence, owner_rows[i].says));
	}
}

static void a_hard_reboot_is_judged_before_it_is_advised(void **state)
{
	const struct rules_expect expect = {.domain = "g"};

	(void)state;
	for (size_t i = 0; i < sizeof(restart_rows) / sizeof(restart_rows[0]); i++) {
		make_healthy();
		facts.libvirt = restart_rows[i].libvirt;
		facts.nova = restart_rows[i].nova;
		DOMAIN.is_state_kept = restart_rows[i].is_kept;
		if (!restart_rows[i].is_there)
			gone();
		findings.count = 0;
		rules_judge_restart(&facts, &expect, &findings);
		assert_int_equal(findings.count, 1);
		assert_int_equal(findings.items[0].status, restart_rows[i].status);
		assert_non_null(strstr(findings.items[0].sentence, restart_rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_finds_its_fault),
		cmocka_unit_test(a_peer_must_be_alike),
		cmocka_unit_test(what_is_local_goes_along_and_what_is_shared_is_the_same),
		cmocka_unit_test(a_declared_directory_is_shared),
		cmocka_unit_test(each_platform_asks_for_what_it_needs),
		cmocka_unit_test(a_word_means_one_domain),
		cmocka_unit_test(a_platform_is_recognised),
		cmocka_unit_test(a_profile_yields_to_options),
		cmocka_unit_test(who_may_reboot_is_told),
		cmocka_unit_test(a_hard_reboot_is_judged_before_it_is_advised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
