/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "agent/collect.h"
#include "agent/command/commands.h"
#include "agent/output.h"

/* Which VM this is, for whoever knows better than SMBIOS or may not read it. */
static void name_machine(struct evidence_smbios *smbios, const char uuid[TEXT_UUID_SIZE])
{
	memcpy(smbios->uuid, uuid, TEXT_UUID_SIZE);
	smbios->part.state = PART_READ;
}

static int collect(const struct options *options, struct collect_options *how,
	struct evidence **ret_evidence, struct checks *ret_checks, struct error *err)
{
	const struct checks_options expect = {
		.expect_model = *options->model ? options->model : NULL};
	int rc;

	how->tcti = *options->tcti ? options->tcti : NULL;
	how->timeout_ms = options->timeout_s * 1000;
	how->nonce = options->has_nonce ? options->nonce : NULL;
	how->nonce_len = options->nonce_len;
	rc = collect_evidence(how, ret_evidence, err);
	if (!rc && *options->uuid)
		name_machine(&(*ret_evidence)->smbios, options->uuid);
	if (!rc)
		checks_run(*ret_evidence, &expect, ret_checks);
	return rc;
}

int command_collect(const struct options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err)
{
	return collect(options, &(struct collect_options){0}, ret_evidence, ret_checks, err);
}

int command_collect_to_compare(const struct options *options, const struct evidence *baseline,
	struct evidence **ret_evidence, struct checks *ret_checks, struct error *err)
{
	struct collect_options how = {.advances_beacon = true};

	if (baseline && baseline->beacon.part.state == PART_READ)
		how.beacon_seen = baseline->beacon.value;
	return collect(options, &how, ret_evidence, ret_checks, err);
}

int command_evidence(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;
	int rc = command_collect(options, &evidence, &checks, err);

	if (rc)
		return rc;
	output_json(options, evidence_to_json(evidence), &out);
	rc = output_write(options, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(checks_status(&checks));
	return rc;
}
