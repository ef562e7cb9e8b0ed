/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/look.h"

#include <stdlib.h>
#include <string.h>

#include "agent/collect/collect.h"
#include "agent/state/state.h"
#include "console/page_verdict.h"
#include "core/signed/binding.h"
#include "core/verdict/judge.h"
#include "link/evidence_file.h"

/* Which VM this is, for whoever knows better than SMBIOS or may not read it. */
static void name_machine(struct evidence_smbios *smbios, const char *uuid)
{
	memcpy(smbios->uuid, uuid, TEXT_UUID_SIZE);
	smbios->part.state = PART_READ;
}

static int collect(const struct look_options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err)
{
	const struct checks_options expect = {.expect_model = options->model};
	int rc = collect_evidence(&options->collect, ret_evidence, err);

	if (rc)
		return rc;
	if (options->uuid)
		name_machine(&(*ret_evidence)->smbios, options->uuid);
	checks_run(*ret_evidence, &expect, ret_checks);
	return 0;
}

int look(const struct look_options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err)
{
	return collect(options, ret_evidence, ret_checks, err);
}

int look_to_compare(const struct look_options *options, const struct evidence *baseline,
	struct evidence **ret_evidence, struct checks *ret_checks, struct error *err)
{
	struct look_options how = *options;

	how.collect.advances_beacon = true;
	if (baseline && baseline->beacon.part.state == PART_READ)
		how.collect.beacon_seen = baseline->beacon.value;
	return collect(&how, ret_evidence, ret_checks, err);
}

/* Unless it is sure that there is none. */
static bool has_receipt(const char *state)
{
	char receipt[PROTOCOL_RECEIPT_MAX];
	struct error ignored;

	return state_read_receipt(state_directory(state), receipt, sizeof(receipt), &ignored) !=
	       -ERROR_NOT_FOUND;
}

int look_and_judge(const struct look_options *options, const struct look_comparison *comparison,
	struct evidence **ret_baseline, struct evidence **ret_evidence, struct verdict *ret_verdict,
	struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	struct checks checks;
	int rc = evidence_file_read(comparison->baseline, &baseline, err);

	if (rc)
		return error_wrap(err, "no baseline");
	if (*comparison->evidence)
		rc = evidence_file_read(comparison->evidence, &evidence, err);
	else if (has_receipt(comparison->state))
		rc = look(options, &evidence, &checks, err);
	else
		rc = look_to_compare(options, baseline, &evidence, &checks, err);
	if (rc)
		return rc;
	continuity_judge(baseline, evidence, comparison->event, options->collect.nonce,
		options->collect.nonce_len, ret_verdict);
	*ret_baseline = baseline;
	*ret_evidence = evidence;
	baseline = evidence = NULL;
	return 0;
}

struct page *look_page(const struct look_comparison *comparison, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		page_build_verdict(verdict, baseline, comparison->baseline, evidence,
			*comparison->evidence ? comparison->evidence : evidence->device.path, page);
	return page;
}
