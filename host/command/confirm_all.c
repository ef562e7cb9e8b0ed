/* SPDX-License-Identifier: BSD-2-Clause */
/* After an evacuation: every vTPM that runs here, several at once, worst first. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console/page.h"
#include "core/json/text.h"
#include "host/command/confirm_all.h"
#include "host/confirm/baselines.h"
#include "host/facts/libvirt.h"
#include "host/options_confirm.h"
#include "host/output.h"
#include "platform/system.h"

#define POLL_US 50000

/* One domain, from waiting to its outcome. */
struct subject {
	const struct facts_domain *domain;
	struct confirm *confirm; /* while it is asked */
	bool is_done;
	bool has_failed; /* nothing can be said; `error` says why */
	struct error error;
	enum verdict_status status;
	struct verdict verdict;
	bool is_enrolled; /* it was seen for the first time, and is the baseline now */
};

struct round {
	const char *uri;
	const struct host_confirm_options *how;
	size_t count, started, done;
	struct subject *subjects;
	bool shows_progress;
};

/* --- asking --- */

static void finish(struct round *round, struct subject *subject)
{
	const struct baselines places = {round->how->baseline, round->how->save};
	struct confirm_result result = {0};
	int rc = confirm_finish(subject->confirm, &result, &subject->error);

	if (!rc)
		rc = baselines_compare(&places, round->how->event, &result, &subject->error);
	if (!rc) {
		subject->verdict = result.verdict;
		subject->status = result.status;
		subject->is_enrolled = confirm_is_enrolled(&result);
	}
	confirm_result_free(&result);
	subject->confirm = NULL;
	subject->has_failed = rc != 0;
	subject->is_done = true;
	round->done++;
}

static void start(struct round *round, struct subject *subject)
{
	const struct confirm_request request =
		options_confirm(round->how, round->uri, subject->domain->uuid);

	round->started++;
	if (confirm_start(&request, &subject->confirm, &subject->error)) {
		subject->has_failed = true;
		subject->is_done = true;
		round->done++;
	}
}

static void show_progress(const struct round *round)
{
	if (!round->shows_progress)
		return;
	fprintf(stderr, "\r\x1b[K%zu of %zu guests answered, %zu being asked", round->done,
		round->count, round->started - round->done);
	fflush(stderr);
}

static void ask_all(struct round *round)
{
	while (round->done < round->count) {
		size_t before = round->done;
		size_t most = round->done + round->how->parallel;

		while (round->started < round->count && round->started < most)
			start(round, &round->subjects[round->started]);
		show_progress(round);
		for (size_t i = 0; i < round->started; i++) {
			struct subject *subject = &round->subjects[i];

			if (!subject->is_done && confirm_is_due(subject->confirm))
				finish(round, subject);
		}
		if (round->done == before)
			platform_sleep_us(POLL_US);
	}
	if (round->shows_progress)
		fprintf(stderr, "\r\x1b[K");
}

/* --- showing --- */

static enum verdict_status judge(const struct round *round)
{
	enum verdict_status worst = round->count ? VERDICT_AFFIRMING : VERDICT_NONE;

	for (size_t i = 0; i < round->count; i++)
		worst = findings_worse(worst, round->subjects[i].status);
	return worst;
}

static const char *sentence_of(const struct subject *subject)
{
	if (subject->has_failed)
		return subject->error.message;
	if (subject->is_enrolled && subject->status == VERDICT_AFFIRMING)
		return "this vTPM is now the baseline";
	return subject->verdict.reason_count ? subject->verdict.reasons[0].sentence
					     : continuity_sentence(subject->verdict.continuity);
}

/* The name that people know, where that is another or a label would cut it off. */
static const char *name_beside(const struct facts_domain *domain)
{
	const size_t room = sizeof(((struct page_row *)0)->label);

	if (*domain->server && strcmp(domain->server, domain->name) != 0)
		return domain->server;
	return strlen(domain->name) < room ? "" : domain->name;
}

static void add_row(const struct subject *subject, struct page *page)
{
	const struct verdict *verdict = &subject->verdict;
	const char *word = subject->has_failed    ? ""
			   : subject->is_enrolled ? "enrolled"
						  : continuity_name(verdict->continuity);
	const char *name = name_beside(subject->domain);
	struct page_row *row = page_add_row(page, page_mark_of(subject->status),
		subject->domain->name, "%s%s%s%s%s", name, *name ? ": " : "", word,
		*word ? ": " : "", sentence_of(subject));

	if (!subject->has_failed && verdict->reason_count && subject->status != VERDICT_AFFIRMING)
		snprintf(row->remedy, sizeof(row->remedy), "%s",
			reason_remedy(verdict->reasons[0].code));
}

/* Of all that were asked; `is_new`: those that were seen for the first time, else those that there
 * was something to compare with. */
static size_t count_good(const struct round *round, bool is_new)
{
	size_t count = 0;

	for (size_t i = 0; i < round->count; i++)
		count += round->subjects[i].is_enrolled == is_new &&
			 (round->subjects[i].status == VERDICT_AFFIRMING ||
				 round->subjects[i].status == VERDICT_WARNING);
	return count;
}

static void write_headline(const struct round *round, struct page *page)
{
	const size_t survived = count_good(round, false), enrolled = count_good(round, true);
	char more[96] = "";

	if (enrolled && enrolled == round->count) {
		snprintf(page->headline, sizeof(page->headline),
			enrolled == 1 ? "the running vTPM is now the baseline"
				      : "all %zu running vTPMs are now baselines",
			enrolled);
		return;
	}
	if (enrolled)
		snprintf(more, sizeof(more), "%s%zu %s", survived ? ", " : "", enrolled,
			enrolled == 1 ? "is now the baseline" : "are now baselines");
	if (enrolled && !survived)
		snprintf(page->headline, sizeof(page->headline), "of %zu running vTPMs, %s",
			round->count, more);
	else
		snprintf(page->headline, sizeof(page->headline),
			"%zu of %zu running vTPMs survived%s", survived, round->count, more);
}

static void build_page(const struct round *round, const struct facts *facts, struct page *page)
{
	static const struct {
		enum verdict_status status;
		bool is_enrolled;
		const char *title;
	} sections[] = {{VERDICT_CONTRAINDICATED, false, "Did not survive"},
		{VERDICT_CONTRAINDICATED, true, "Enrolled, and broken"},
		{VERDICT_NONE, false, "Cannot tell"},
		{VERDICT_NONE, true, "Enrolled, health unknown"},
		{VERDICT_WARNING, false, "Survived, with a warning"},
		{VERDICT_WARNING, true, "Enrolled, with a warning"},
		{VERDICT_AFFIRMING, false, "Survived"}, {VERDICT_AFFIRMING, true, "Enrolled"}};
	const struct host_confirm_options *how = round->how;
	const char *more = "";
	size_t idle = 0, left_out = 0;

	*page = (struct page){.status = judge(round), .badge = page_verdict(judge(round))};
	for (size_t at = 0; at < sizeof(sections) / sizeof(sections[0]); at++) {
		page_begin_section(page, sections[at].title);
		for (size_t i = 0; i < round->count; i++) {
			const struct subject *subject = &round->subjects[i];

			if (subject->status != sections[at].status)
				continue;
			if (subject->is_enrolled != sections[at].is_enrolled)
				continue;
			if (host_output_has_room(page))
				add_row(subject, page);
			else
				left_out++;
		}
	}
	host_output_more(page, left_out);
	for (size_t i = 0; i < facts->domains.count; i++)
		idle += facts->domains.items[i].has_vtpm && !facts->domains.items[i].is_active;
	write_headline(round, page);
	if (!how->baseline && !how->save && !how->collector.urls.count)
		more = "; compared with nothing: --save DIR keeps a baseline, --baseline DIR "
		       "compares";
	snprintf(page->summary, sizeof(page->summary), "with %s announced; %zu more %s shut off%s",
		how->event == EVENT_NONE ? "nothing" : event_name(how->event), idle,
		idle == 1 ? "is" : "are", more);
}

static json_t *write_subject(const struct subject *subject)
{
	bool has_verdict = !subject->has_failed;

	return json_pack("{s:o, s:s, s:s, s:o, s:o}", "domain",
		json_text_string(subject->domain->name), "uuid", subject->domain->uuid, "status",
		verdict_status_name(subject->status), "verdict",
		has_verdict ? host_output_verdict(&subject->verdict, subject->status) : json_null(),
		"error", has_verdict ? json_null() : json_text_string(subject->error.message));
}

static json_t *write_all(const struct round *round)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < round->count; i++) {
		if (json_array_append_new(list, write_subject(&round->subjects[i]))) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:i, s:o}", "format", "vtpm-host-confirmations/1", "status",
		verdict_status_name(judge(round)), "exit_code",
		(int)verdict_exit_code(judge(round)), "domains", list);
}

static int show(
	const struct round *round, const struct facts *facts, bool is_json, struct error *err)
{
	struct page *page;
	int rc;

	if (is_json)
		return host_output_json(write_all(round), err);
	page = calloc(1, sizeof(*page));
	if (!page)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	build_page(round, facts, page);
	rc = host_output_page(page, err);
	free(page);
	return rc;
}

static void choose(const struct facts *facts, struct round *round)
{
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (domain->has_vtpm && domain->is_active)
			round->subjects[round->count++] = (struct subject){.domain = domain};
	}
}

int command_confirm_all(
	const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	struct round round = {.uri = options->places.uri,
		.how = &options->confirm,
		.subjects = calloc(FACTS_DOMAINS_MAX, sizeof(*round.subjects)),
		.shows_progress = isatty(STDERR_FILENO) == 1};
	int rc = 0;

	if (!facts || !round.subjects)
		rc = error_set(err, ERROR_NO_MEMORY, "out of memory");
	if (!rc)
		rc = gather_libvirt(&options->places, facts, err);
	if (!rc) {
		choose(facts, &round);
		ask_all(&round);
		rc = show(&round, facts, options->is_json, err);
	}
	if (!rc)
		*ret_code = verdict_exit_code(judge(&round));
	free(round.subjects);
	return rc;
}
