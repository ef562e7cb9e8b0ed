/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/unlock.h"

static void print_page(
	const struct options *options, const struct evidence *evidence, struct buf *out)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		status_unlock_page(evidence, options->is_before_reboot, page);
	output_page(options->output, page, out);
	free(page);
}

int command_unlock(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	struct checks checks;
	BUF_SCOPED out = {0};
	int rc;

	how.collect.asks_protected = true;
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
	if (options->format == FORMAT_JSON)
		output_json(options->output,
			status_unlock_json(evidence, options->is_before_reboot), &out);
	else
		print_page(options, evidence, &out);
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(status_unlock(evidence, options->is_before_reboot));
	return rc;
}
