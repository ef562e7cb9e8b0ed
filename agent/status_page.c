/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "agent/status.h"

/* The machine's own service does not speak of a TPM that was reached through a TCTI. */
static bool is_of_the_service(const struct options *options, const struct evidence *evidence)
{
	return *options->state || strcmp(evidence->device.transport, "tcti") != 0;
}

struct page *status_page(
	const struct options *options, const struct evidence *evidence, const struct checks *checks)
{
	struct page *page = calloc(1, sizeof(*page));
	struct page_last_verdict last = {0};
	json_t *verdict = NULL;
	struct error ignored;
	json_int_t iat = 0;
	bool has_last = is_of_the_service(options, evidence) &&
			!state_read_verdict(options, &verdict, &ignored) &&
			json_unpack(verdict, "{s:s, s:s, s:I, s:[{s:s}]}", "ear.status",
				&last.status, "continuity", &last.continuity, "iat", &iat,
				"reasons", "sentence", &last.sentence) == 0;

	last.iat = (uint64_t)iat;
	if (page)
		page_build_status(evidence, checks, has_last ? &last : NULL, page);
	json_decref(verdict);
	return page;
}
