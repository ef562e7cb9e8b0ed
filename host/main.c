/* SPDX-License-Identifier: BSD-2-Clause */
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/page_text.h"
#include "agent/platform.h"
#include "agent/state.h"
#include "console/program.h"
#include "core/record.h"
#include "host/confirm.h"
#include "host/gather_logs.h"
#include "host/options.h"

/* Writes all of it, or fails: an error must never exit 0. */
static int write_out(const struct buf *out, struct error *err)
{
	if (out->failed)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout))
		return error_set(err, ERROR_IO, "standard output cannot be written");
	return 0;
}

static int write_json(json_t *json, struct error *err)
{
	BUF_SCOPED out = {0};

	if (!json)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	record_print(&out, json, true);
	json_decref(json);
	buf_append_text(&out, "\n");
	return write_out(&out, err);
}

static int write_page(const struct page *page, struct error *err)
{
	struct platform_terminal terminal = platform_terminal_describe();
	BUF_SCOPED out = {0};

	page_text(&out, page, &terminal);
	return write_out(&out, err);
}

static const enum page_mark marks[] = {[VERDICT_NONE] = PAGE_UNKNOWN,
	[VERDICT_AFFIRMING] = PAGE_PASS,
	[VERDICT_WARNING] = PAGE_WARN,
	[VERDICT_CONTRAINDICATED] = PAGE_FAIL};

/* The first of the worst findings is the headline: causes stand before what follows from them. */
static void build_page(
	const struct facts *facts, const struct findings *findings, struct page *page)
{
	enum verdict_status status = findings_status(findings);
	const struct finding *worst = NULL;
	const char *title = NULL;
	size_t passed = 0;

	*page = (struct page){.status = status, .badge = page_verdict(status)};
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const char *part = *finding->subject ? "Domains and peers" : "This host";
		struct page_row *row;

		if (!worst && finding->status == status)
			worst = finding;
		passed += finding->status == VERDICT_AFFIRMING;
		if (!title || strcmp(title, part) != 0) {
			title = part;
			page_begin_section(page, title);
		}
		row = page_add_row(page, marks[finding->status], finding->check, "%s%s%s",
			finding->subject, *finding->subject ? ": " : "", finding->sentence);
		snprintf(row->remedy, sizeof(row->remedy), "%s", finding->remedy);
	}
	snprintf(page->headline, sizeof(page->headline), "%s",
		status == VERDICT_AFFIRMING || !worst ? "everything a vTPM's migration needs holds"
						      : worst->sentence);
	snprintf(page->summary, sizeof(page->summary), "%s: %zu of %zu checks passed", facts->host,
		passed, findings->count);
}

static int read_peers(const struct host_options *options, const struct facts *facts,
	struct findings *findings, struct error *err)
{
	for (size_t i = 0; i < options->peer_count; i++) {
		FACTS_SCOPED *peer = NULL;
		BUF_SCOPED text = {0};
		int rc = platform_file_read(options->peers[i], FACTS_MAX_BYTES, &text, err);

		if (!rc)
			rc = facts_parse(text.data, text.len, &peer, err);
		if (rc)
			return error_wrap(err, "%s", options->peers[i]);
		rules_judge_peer(facts, peer, findings);
	}
	return 0;
}

static enum verdict_status run_preflight(const struct host_options *options, size_t command,
	virConnectPtr libvirt, struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	struct findings *findings = calloc(1, sizeof(*findings));
	struct page *page = calloc(1, sizeof(*page));
	enum verdict_status status = VERDICT_NONE;
	int rc = 0;

	if (!facts || !findings || !page)
		rc = error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (!rc)
		rc = gather_facts(&options->places, libvirt, facts, err);
	if (!rc && command == HOST_FACTS) {
		rc = write_json(facts_to_json(facts), err);
		status = VERDICT_AFFIRMING;
	} else if (!rc) {
		if (command == HOST_DIAGNOSE)
			gather_logs(options->domain, options->places.timeout_ms, findings);
		rules_judge_domains(facts, &options->expect, findings);
		rules_judge_host(facts, &options->expect, findings);
		rules_judge_restart(facts, &options->expect, findings);
		rc = read_peers(options, facts, findings, err);
		if (!rc && options->is_json) {
			rc = write_json(findings_to_json(findings), err);
		} else if (!rc) {
			build_page(facts, findings, page);
			rc = write_page(page, err);
		}
		status = findings_status(findings);
	}
	free(page);
	free(findings);
	return rc ? VERDICT_NONE : status;
}

static enum verdict_status run_confirm(
	const struct host_options *options, virConnectPtr libvirt, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	struct page *page = calloc(1, sizeof(*page));
	virDomainPtr domain = NULL;
	struct verdict verdict = {0};
	int rc = page ? 0 : error_set(err, ERROR_NO_MEMORY, "out of memory");

	if (!rc && options->baseline)
		rc = state_read_document(options->baseline, &baseline, err);
	if (!rc) {
		domain = virDomainLookupByName(libvirt, options->domain);
		if (!domain)
			domain = virDomainLookupByUUIDString(libvirt, options->domain);
		if (!domain)
			rc = error_set(err, ERROR_NOT_FOUND, "libvirt has no such domain here");
	}
	if (!rc)
		rc = confirm_domain(domain, baseline, options->event, options->timeout_s, &evidence,
			&verdict, err);
	if (rc)
		error_wrap(err, "%s", options->domain);
	else if (options->is_json)
		rc = write_json(verdict_to_json(&verdict), err);
	else {
		page_build_verdict(
			&verdict, baseline, options->baseline, evidence, options->domain, page);
		rc = write_page(page, err);
	}
	if (domain)
		virDomainFree(domain);
	free(page);
	return rc ? VERDICT_NONE : verdict.status;
}

/* libvirt's messages come back through struct error, not on the terminal. */
static void ignore_libvirt(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static enum exit_code run(const struct host_options *options)
{
	enum verdict_status status;
	struct error err = {0};
	virConnectPtr libvirt;
	size_t command;

	if (command_line_check(&host_program, &options->line, &command, &err))
		return program_fail(&err);
	if (!options->domain && (command == HOST_CONFIRM || command == HOST_DIAGNOSE)) {
		error_set(&err, ERROR_USAGE, "%s needs a domain; see vtpm-host --help",
			options->line.command);
		return program_fail(&err);
	}
	virSetErrorFunc(NULL, ignore_libvirt);
	/* Read-only does not do: libvirt refuses the guest agent then. */
	libvirt = command == HOST_CONFIRM ? virConnectOpen(options->places.uri)
					  : virConnectOpenReadOnly(options->places.uri);
	if (!libvirt) {
		error_set(&err, ERROR_IO, "libvirt at %s: %s; is libvirtd running?",
			options->places.uri, virGetLastErrorMessage());
		return program_fail(&err);
	}
	status = command == HOST_CONFIRM ? run_confirm(options, libvirt, &err)
					 : run_preflight(options, command, libvirt, &err);
	virConnectClose(libvirt);
	return err.code ? program_fail(&err) : verdict_exit_code(status);
}

int main(int argc, char **argv)
{
	struct host_options options;
	enum exit_code code;
	struct error err = {0};

	program_start(host_program.name);
	if (host_options_parse(argc, argv, &options, &err))
		return (int)program_fail(&err);
	if (options.line.is_verbose)
		program_log(LOG_LEVEL_DEBUG);
	if (program_answers(&host_program, &options.line, &code))
		return (int)code;
	return (int)run(&options);
}
