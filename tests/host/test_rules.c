/* SPDX-License-Identifier: BSD-2-Clause */
/* Each rule: a healthy host, one thing changed, the finding that must come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/log_lines.h"
#include "host/rules.h"

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
		.directory = {.access = FACT_OK},
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
static void local(void)
{
	SET(facts.mount.type, "ext4");
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
	{lock, VERDICT_WARNING, "mount", "without local_lock=all"},
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
	{not_kept, VERDICT_WARNING, "xml", "persistent_state"},
	{clear, VERDICT_WARNING, "xml", "not encrypted"},
	{tpm12, VERDICT_CONTRAINDICATED, "xml", "not a TPM 2.0"},
	{none, VERDICT_CONTRAINDICATED, "xml", "has no vTPM"},
};

static void each_rule_finds_its_fault(void **state)
{
	const struct rules_expect expect = {
		.has_uid = true, .uid = 102, .is_shared = true, .domain = "g"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding *first = NULL;

		make_healthy();
		rows[i].change();
		findings.count = 0;
		rules_judge_host(&facts, &expect, &findings);
		rules_judge_domains(&facts, &expect, &findings);
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

static void a_peer_must_be_alike(void **state)
{
	struct facts *peer;
	struct error err = {0};
	json_t *json;
	char *text;

	(void)state;
	make_healthy();
	json = facts_to_json(&facts);
	text = json_dumps(json, 0);
	assert_int_equal(facts_parse(text, strlen(text), &peer, &err), 0);
	findings.count = 0;
	rules_judge_peer(&facts, peer, &findings);
	assert_int_equal(findings_status(&findings), VERDICT_AFFIRMING);
	peer->account.uid = 64130;
	peer->swtpm = 7001;
	SET(peer->mount.source, "other:/e");
	findings.count = 0;
	rules_judge_peer(&facts, peer, &findings);
	assert_int_equal(findings.count, 3);
	facts_clean(&peer);
	free(text);
	json_decref(json);
}

static void a_log_line_has_its_cause(void **state)
{
	(void)state;
	findings.count = 0;
	log_lines_judge("DENIED something\nswtpm is fine\n", "g", "l", &findings);
	assert_int_equal(findings.count, 0);
	log_lines_judge("CMD_INIT: 0x9\nx NvPowerOn y\n", "g", "l", &findings);
	assert_int_equal(findings.count, 2);
	assert_non_null(strstr(findings.items[0].sentence, "wrong secret"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_finds_its_fault),
		cmocka_unit_test(a_peer_must_be_alike),
		cmocka_unit_test(a_log_line_has_its_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
