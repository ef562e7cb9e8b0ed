/* SPDX-License-Identifier: BSD-2-Clause */
/* facts, preflight, diagnose: this host looked at, and judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/commands.h"
#include "host/gather_logs.h"
#include "host/openstack.h"
#include "host/output.h"
#include "platform/system.h"

/* The openstack client starts slowly, and asks three services. */
#define OPENSTACK_TIMEOUT_MS 60000

static void add_row(const struct finding *finding, struct page *page)
{
	struct page_row *row = page_add_row(page, page_mark_of(finding->status), finding->check,
		"%s%s%s", finding->subject, *finding->subject ? ": " : "", finding->sentence);

	snprintf(row->remedy, sizeof(row->remedy), "%s", finding->remedy);
}

/* The host's findings in their order, then those of domains and peers, which may be many: first
 * those that need somebody. */
static void add_sections(const struct findings *findings, struct page *page)
{
	size_t left_out = 0;

	page_begin_section(page, "This host");
	for (size_t i = 0; i < findings->count; i++) {
		if (!*findings->items[i].subject)
			add_row(&findings->items[i], page);
	}
	page_begin_section(page, "Domains and peers");
	for (int has_passed = 0; has_passed < 2; has_passed++) {
		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->items[i];
			bool is_passed = finding->status == VERDICT_AFFIRMING;

			if (!*finding->subject || is_passed != has_passed)
				continue;
			if (host_output_has_room(page))
				add_row(finding, page);
			else
				left_out++;
		}
	}
	host_output_more(page, left_out);
}

/* The first of the worst findings is the headline: causes stand before what follows from them. */
static void build_page(
	const struct facts *facts, const struct findings *findings, struct page *page)
{
	enum verdict_status status = findings_status(findings);
	const struct finding *worst = NULL;
	size_t passed = 0;

	*page = (struct page){.status = status, .badge = page_verdict(status)};
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (!worst && finding->status == status)
			worst = finding;
		passed += finding->status == VERDICT_AFFIRMING;
	}
	snprintf(page->headline, sizeof(page->headline), "%s",
		status == VERDICT_AFFIRMING || !worst ? "everything a vTPM's migration needs holds"
						      : worst->sentence);
	snprintf(page->summary, sizeof(page->summary), "%.60s: %zu of %zu checks passed%s%s",
		facts->host, passed, findings->count, *findings->note ? "; " : "", findings->note);
	add_sections(findings, page);
}

/* A peer's facts from a file or, as "-", from standard input; and when they came. */
static int read_peer(
	const char *path, struct facts **ret_peer, uint64_t *ret_received, struct error *err)
{
	bool is_input = strcmp(path, "-") == 0;
	BUF_SCOPED text = {0};
	struct stat status;
	int rc = platform_file_read(is_input ? "/dev/stdin" : path, FACTS_MAX_BYTES, &text, err);

	if (rc)
		return rc;
	if (facts_parse(text.data, text.len, ret_peer, err))
		return error_wrap(err, "%s", path);
	*ret_received = is_input ? platform_wall_clock_ms() / 1000
			: stat(path, &status) == 0 && S_ISREG(status.st_mode)
				? (uint64_t)status.st_mtime
				: 0;
	return 0;
}

static int judge_peers(const char *const paths[], size_t count, const struct facts *facts,
	struct findings *findings, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		FACTS_SCOPED *peer = NULL;
		uint64_t received = 0;
		int rc;

		rc = read_peer(paths[i], &peer, &received, err);
		if (rc)
			return rc;
		rules_judge_peer(facts, peer, received, findings);
	}
	return 0;
}

static const struct facts_domain *find_domain(
	const struct facts *facts, const struct rules_expect *expect)
{
	for (size_t i = 0; expect->domain && i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (!strcmp(domain->name, expect->domain) || !strcmp(domain->uuid, expect->domain))
			return domain;
	}
	return NULL;
}

static void judge_openstack(const struct rules_expect *expect, const struct facts *facts,
	const struct facts_domain *domain, struct findings *findings)
{
	struct openstack_server server = {0};
	struct error err;

	if (!openstack_is_configured()) {
		snprintf(findings->note, sizeof(findings->note),
			"flavor, image and key manager not asked: no openstack client is "
			"configured");
		return;
	}
	if (openstack_gather(domain, OPENSTACK_TIMEOUT_MS, &server, &err))
		finding_mend(
			findings_add(findings, "openstack", domain->name, VERDICT_NONE,
				"the openstack client does not tell about the VM: %s", err.message),
			"openstack server show %s", domain->uuid);
	else
		rules_judge_openstack(&server, facts, domain, expect, findings);
}

/* Causes before what follows from them; what is seen before what logs tell, which may be of
 * yesterday. `logs_timeout_ms`: 0: no logs. */
static void judge_domains(const struct rules_expect *expect, uint32_t logs_timeout_ms,
	const struct facts *facts, struct findings *findings)
{
	const struct facts_domain *domain = find_domain(facts, expect);

	rules_judge_storage(facts, expect, findings);
	rules_judge_domains(facts, expect, findings);
	if (domain && domain->has_vtpm && logs_timeout_ms)
		gather_logs(domain, logs_timeout_ms, findings);
	if (domain && domain->has_vtpm)
		judge_openstack(expect, facts, domain, findings);
	rules_judge_restart(facts, expect, findings);
}

static int show(
	bool is_json, const struct facts *facts, const struct findings *findings, struct error *err)
{
	struct page *page;
	int rc;

	if (is_json)
		return host_output_json(findings_to_json(findings), err);
	page = calloc(1, sizeof(*page));
	if (!page)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	build_page(facts, findings, page);
	rc = host_output_page(page, err);
	free(page);
	return rc;
}

static int check(const struct host_options *options, bool has_failed, enum exit_code *ret_code,
	struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	struct findings *findings = calloc(1, sizeof(*findings));
	int rc = 0;

	if (!facts || !findings)
		rc = error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (!rc)
		rc = gather_facts(&options->places, facts, err);
	if (!rc) {
		judge_domains(&options->expect, has_failed ? options->places.timeout_ms : 0, facts,
			findings);
		rc = judge_peers(options->peers, options->peer_count, facts, findings, err);
	}
	if (!rc) {
		rules_judge_host(facts, &options->expect, findings);
		rc = show(options->is_json, facts, findings, err);
	}
	if (!rc)
		*ret_code = verdict_exit_code(findings_status(findings));
	free(findings);
	return rc;
}

int command_preflight(
	const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	return check(options, false, ret_code, err);
}

int command_diagnose(
	const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	return check(options, true, ret_code, err);
}

int command_facts(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	int rc;

	if (!facts)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	rc = gather_facts(&options->places, facts, err);
	if (!rc)
		rc = host_output_json(facts_to_json(facts), err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
