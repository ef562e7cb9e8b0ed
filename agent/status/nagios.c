/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "agent/status/status.h"
#include "console/page.h"
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

void status_nagios(struct buf *to, const struct evidence *evidence, const struct checks *checks)
{
	static const char *const words[] = {[VERDICT_NONE] = "UNKNOWN",
		[VERDICT_AFFIRMING] = "OK",
		[VERDICT_WARNING] = "WARNING",
		[VERDICT_CONTRAINDICATED] = "CRITICAL"};
	const struct check *decisive = checks_decisive(checks);
	struct properties properties;

	properties_decode(evidence, &properties);
	buf_printf(to, "VTPM %s - ", words[checks_status(checks)]);
	if (decisive)
		append_text(to, decisive->sentence);
	else
		buf_printf(to, "%zu of %zu checks passed", checks_count(checks, CHECK_PASS),
			checks->count);
	buf_printf(to, " | checks_failed=%zu;;0 checks_warned=%zu;0",
		checks_count(checks, CHECK_FAIL), checks_count(checks, CHECK_WARN));
	if (evidence->session.part.state == PART_READ)
		buf_printf(to, " tpm_time=%.6fs", (double)evidence->session.tpm_time_us / 1e6);
	if (properties.has_lockout)
		buf_printf(to, " lockout_counter=%" PRIu32 ";;;0;%" PRIu32,
			properties.lockout_counter, properties.lockout_max);
	buf_append_text(to, "\n");
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->result == CHECK_PASS || check == decisive)
			continue;
		buf_printf(to, "%s %s: ", check_result_name(check->result), check->id);
		append_text(to, check->sentence);
		buf_append_text(to, "\n");
	}
}
