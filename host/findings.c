/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/findings.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/json/text.h"

struct finding *findings_add(struct findings *findings, const char *check, const char *subject,
	enum verdict_status status, const char *fmt, ...)
{
	struct finding *finding;
	va_list args;

	if (findings->count == FINDINGS_MAX) {
		finding = &findings->items[FINDINGS_MAX - 1];
		*finding = (struct finding){.check = "more", .status = VERDICT_NONE};
		snprintf(finding->sentence, sizeof(finding->sentence),
			"there are more findings than this program keeps; ask for one domain");
		return finding;
	}
	finding = &findings->items[findings->count++];
	*finding = (struct finding){.check = check, .status = status};
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	va_start(args, fmt);
	vsnprintf(finding->sentence, sizeof(finding->sentence), fmt, args);
	va_end(args);
	return finding;
}

void finding_mend(struct finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(finding->remedy, sizeof(finding->remedy), fmt, args);
	va_end(args);
}

enum verdict_status findings_worse(enum verdict_status one, enum verdict_status other)
{
	static const int weights[] = {[VERDICT_AFFIRMING] = 1,
		[VERDICT_WARNING] = 2,
		[VERDICT_NONE] = 3,
		[VERDICT_CONTRAINDICATED] = 4};

	return weights[other] > weights[one] ? other : one;
}

enum verdict_status findings_status(const struct findings *findings)
{
	enum verdict_status worst = findings->count ? VERDICT_AFFIRMING : VERDICT_NONE;

	for (size_t i = 0; i < findings->count; i++)
		worst = findings_worse(worst, findings->items[i].status);
	return worst;
}

json_t *findings_to_json(const struct findings *findings)
{
	json_t *list = json_array(), *json;

	for (size_t i = 0; list && i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		json = json_pack("{s:s, s:o, s:s, s:o, s:o}", "check", finding->check, "subject",
			json_text_string(finding->subject), "status",
			verdict_status_name(finding->status), "sentence",
			json_text_string(finding->sentence), "remedy",
			json_text_string(finding->remedy));
		if (!json || json_array_append_new(list, json)) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:o, s:o}", "format", "vtpm-host-findings/1", "status",
		verdict_status_name(findings_status(findings)), "note",
		json_text_string(findings->note), "findings", list);
}
