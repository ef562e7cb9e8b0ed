/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/unlock.h"
#include "agent/unlock_since.h"

static void print_page(const struct options *options, const struct evidence *evidence,
	const struct boot_difference *changes, struct buf *out)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		status_unlock_page(evidence, changes, options->is_before_reboot, page);
	output_page(options->output, page, out);
	free(page);
}

/* The document is shown with what the baseline adds, and kept nowhere. */
static int print(const struct options *options, struct evidence *evidence,
	const struct unlock_since *since, struct error *err)
{
	const struct boot_difference *changes = since->has_changes ? &since->changes : NULL;
	BUF_SCOPED out = {0};

	evidence->unlock.facts = since->facts;
	if (options->format == FORMAT_JSON)
		output_json(options->output,
			status_unlock_json(evidence, changes, options->is_before_reboot), &out);
	else
		print_page(options, evidence, changes, &out);
	return output_write(options->output, &out, err);
}

int command_unlock(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	struct unlock_since since;
	struct checks checks;
	int rc;

	how.collect.only_disks = true;
	how.collect.asks_protected = !options->spares_lockout;
	rc = look(&how, &evidence, &checks, err);
	if (rc)
		return rc;
	switch (evidence->unlock.part.state) {
	case PART_READ:
		break;
	case PART_FAILED:
		return error_copy(err, &evidence->unlock.part.error);
	default:
		return error_set(err, ERROR_UNSUPPORTED,
			"the disks of this machine are not asked; --volume FILE names one with a "
			"LUKS2 header");
	}
	rc = unlock_since_baseline(options->baseline, options->state, evidence, &since, err);
	if (!rc)
		rc = print(options, evidence, &since, err);
	if (!rc)
		*ret_code = verdict_exit_code(status_unlock(evidence, options->is_before_reboot));
	return rc;
}
