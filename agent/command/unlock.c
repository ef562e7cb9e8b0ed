/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/state.h"
#include "agent/status/unlock.h"
#include "core/verdict/boot.h"
#include "link/evidence_file.h"

/* What the boot measured otherwise than the baseline's. The service may have none; one that is
 * named must be there. *ret_has: there is something to compare with. */
static int find_changes(const struct options *options, const struct evidence *evidence,
	struct boot_difference *ret_changes, bool *ret_has, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL;
	int rc = *options->baseline
			 ? evidence_file_read(options->baseline, &baseline, err)
			 : state_read_baseline(state_directory(options->state), &baseline, err);

	if (rc)
		return *options->baseline ? rc : 0;
	*ret_has = evidence_are_read(&baseline->boot.part, &evidence->boot.part);
	boot_changes_find(baseline, evidence, ret_changes);
	return 0;
}

static void print_page(const struct options *options, const struct evidence *evidence,
	const struct boot_difference *changes, struct buf *out)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		status_unlock_page(evidence, changes, options->is_before_reboot, page);
	output_page(options->output, page, out);
	free(page);
}

int command_unlock(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	const struct boot_difference *changes;
	struct boot_difference difference;
	struct checks checks;
	bool has_changes = false;
	BUF_SCOPED out = {0};
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
	rc = find_changes(options, evidence, &difference, &has_changes, err);
	if (rc)
		return rc;
	changes = has_changes ? &difference : NULL;
	if (options->format == FORMAT_JSON)
		output_json(options->output,
			status_unlock_json(evidence, changes, options->is_before_reboot), &out);
	else
		print_page(options, evidence, changes, &out);
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(status_unlock(evidence, options->is_before_reboot));
	return rc;
}
