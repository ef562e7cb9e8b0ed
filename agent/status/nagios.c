/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "agent/status/outcome.h"
#include "agent/status/status.h"
#include "core/evidence/properties.h"

/* Text before the bar that begins the performance data: it may hold none itself. */
static void append_text(struct buf *to, const char *text)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, text, true);
	to->failed = to->failed || escaped.failed;
	for (size_t i = 0; i < escaped.len; i++)
		buf_append_u8(to, escaped.data[i] == '|' ? '/' : escaped.data[i]);
}

static void append_checks(struct buf *to, const struct checks *checks, const struct check *decisive)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->result == CHECK_PASS || check == decisive)
			continue;
		buf_printf(to, "%s %s: ", check_result_name(check->result), check->id);
		append_text(to, check->sentence);
		buf_append_text(to, "\n");
	}
}

static void append_figures(struct buf *to, const struct evidence *evidence,
	const struct checks *checks, const struct service_word *service)
{
	struct properties properties;

	properties_decode(evidence, &properties);
	buf_printf(to, " | checks_failed=%zu;;0 checks_warned=%zu;0",
		checks_count(checks, CHECK_FAIL), checks_count(checks, CHECK_WARN));
	if (service && service->has_verdict && !service->is_of_other_vm)
		buf_printf(to, " verdict_age=%" PRIu64 "s",
			evidence->iat > service->iat ? evidence->iat - service->iat : 0);
	if (evidence->session.part.state == PART_READ)
		buf_printf(to, " tpm_time=%.6fs", (double)evidence->session.tpm_time_us / 1e6);
	if (properties.has_lockout)
		buf_printf(to, " lockout_counter=%" PRIu32 ";;;0;%" PRIu32,
			properties.lockout_counter, properties.lockout_max);
	buf_append_text(to, "\n");
}

void status_nagios(struct buf *to, const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service)
{
	static const char *const words[] = {[VERDICT_NONE] = "UNKNOWN",
		[VERDICT_AFFIRMING] = "OK",
		[VERDICT_WARNING] = "WARNING",
		[VERDICT_CONTRAINDICATED] = "CRITICAL"};
	const struct check *decisive = checks_decisive(checks);
	struct status_outcome outcome;
	bool is_said;

	status_decide(evidence, checks, service, &outcome);
	/* In the first line, so not once more. */
	is_said = decisive && outcome.reason == decisive->id;
	buf_printf(to, "VTPM %s - ", words[outcome.status]);
	if (outcome.status == VERDICT_AFFIRMING && checks_status(checks) == VERDICT_AFFIRMING)
		buf_printf(to, "%zu of %zu checks passed%s", checks_count(checks, CHECK_PASS),
			checks->count, service ? ", " : "");
	if (outcome.status != VERDICT_AFFIRMING || service)
		append_text(to, outcome.sentence);
	append_figures(to, evidence, checks, service);
	append_checks(to, checks, is_said ? decisive : NULL);
}
