/* SPDX-License-Identifier: BSD-2-Clause */
/* facts, preflight, diagnose: this host looked at, and judged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/command/check_openstack.h"
#include "host/command/commands.h"
#include "host/logs/gather.h"
#include "host/output.h"
#include "platform/system.h"

/* The name that a domain has in Nova; empty: none. */
static const char *find_server(const struct facts *facts, const char *name)
{
	for (size_t i = 0; *name && i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (strcmp(domain->name, name) == 0 && strcmp(domain->server, name) != 0)
			return domain->server;
	}
	return "";
}

static void add_row(const struct facts *facts, const struct finding *finding, struct page *page)
{
	const char *subject = finding->subject, *server = find_server(facts, subject);
	struct page_row *row = page_add_row(page, page_mark_of(finding->status), finding->check,
		"%s%s%s%s%s%s", subject, *server ? " (" : "", server, *server ? ")" : "",
		*subject ? ": " : "", finding->sentence);

	snprintf(row->remedy, sizeof(row->remedy), "%s", finding->remedy);
}

/* The host's findings in their order, then those of domains and peers, which may be many: first
 * those that need somebody. */
static void add_sections(
	const struct facts *facts, const struct findings *findings, struct page *page)
{
	size_t left_out = 0;

	page_begin_section(page, "This host");
	for (size_t i = 0; i < findings->count; i++) {
		if (!*findings->items[i].subject)
			add_row(facts, &findings->items[i], page);
	}
	page_begin_section(page, "Domains and peers");
	for (int has_passed = 0; has_passed < 2; has_passed++) {
		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->items[i];
			bool is_passed = finding->status == VERDICT_AFFIRMING;

			if (!*finding->subject || is_passed != has_passed)
				continue;
			if (host_output_has_room(page))
				add_row(facts, finding, page);
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
	add_sections(facts, findings, page);
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

static int judge_peers(const struct host_options *options, const struct rules_expect *expect,
	const struct facts *facts, struct findings *findings, struct error *err)
{
	for (size_t i = 0; i < options->peer_count; i++) {
		FACTS_SCOPED *peer = NULL;
		uint64_t received = 0;
		int rc;

		rc = read_peer(options->peers[i], &peer, &received, err);
		if (rc)
			return rc;
		rules_judge_peer(facts, peer, received, expect, findings);
	}
	return 0;
}

static struct facts_domain *find_domain(struct facts *facts, const struct rules_expect *expect)
{
	for (size_t i = 0; expect->domain && i < facts->domains.count; i++) {
		struct facts_domain *domain = &facts->domains.items[i];

		if (facts_domain_is(domain, expect->domain))
			return domain;
	}
	return NULL;
}

/* Causes before what follows from them; what is seen before what logs tell, which may be of
 * yesterday. `logs_timeout_ms`: 0: no logs. */
static void judge_domains(const struct rules_expect *expect, uint32_t logs_timeout_ms,
	struct facts *facts, struct findings *findings)
{
	struct facts_domain *domain = find_domain(facts, expect);

	rules_judge_storage(facts, expect, findings);
	if (!domain && expect->domain)
		check_openstack_absent(expect, facts, findings);
	rules_judge_domains(facts, expect, findings);
	if (domain && domain->has_vtpm && logs_timeout_ms)
		gather_logs(domain, logs_timeout_ms, findings);
	if (domain && domain->has_vtpm)
		check_openstack(expect, logs_timeout_ms != 0, facts, domain, findings);
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

static bool has_mark(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Gathers what the platform's requirements need. Where that has no libvirt, its absence is no
 * fault. ret_profile: the one asked for, or that this host looks like. */
static int gather(const struct host_options *options, const struct profile **ret_profile,
	struct facts *ret_facts, struct error *err)
{
	const struct profile *profile =
		options->profile ? options->profile : profile_recognise(has_mark);
	struct gather_places places = options->places;
	int rc;

	if (profile && places.vm_path && !places.ha_user) {
		places.ha_user = profile->ha_user;
		places.ha_group = profile->ha_group;
	}
	rc = gather_facts(&places, ret_facts, err);
	if (rc && profile && profile->without_libvirt)
		return error_set(err, ERROR_UNSUPPORTED, "%s", profile->without_libvirt);
	*ret_profile = profile ? profile : profile_of_facts(ret_facts);
	return rc;
}

static int judge(const struct host_options *options, const struct profile *profile,
	uint32_t logs_timeout_ms, struct facts *facts, struct findings *findings, struct error *err)
{
	struct rules_expect expect = options->expect;
	int rc;

	profile_apply(profile, &expect);
	judge_domains(&expect, logs_timeout_ms, facts, findings);
	rc = judge_peers(options, &expect, facts, findings, err);
	if (rc)
		return rc;
	rules_judge_host(facts, &expect, findings);
	findings_add(findings, "profile", "", VERDICT_AFFIRMING,
		"judged by what %s asks for (%s); --profile names another", profile->name,
		profile->source);
	return 0;
}

static int check(const struct host_options *options, bool has_failed, enum exit_code *ret_code,
	struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	struct findings *findings = calloc(1, sizeof(*findings));
	const struct profile *profile = NULL;
	int rc = 0;

	if (!facts || !findings)
		rc = error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (!rc)
		rc = gather(options, &profile, facts, err);
	if (!rc)
		rc = judge(options, profile, has_failed ? options->places.timeout_ms : 0, facts,
			findings, err);
	if (!rc)
		rc = show(options->is_json, facts, findings, err);
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
