/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/tpm/tpm.h"
#include "core/evidence/properties.h"
#include "core/signed/beacon.h"
#include "platform/guest.h"
#include "platform/system.h"

/* Opens the TPM for a change, outside of any collection. */
static int change(const struct look_options *how, int (*apply)(struct tpm *, struct error *),
	struct error *err)
{
	uint64_t deadline_us = platform_monotonic_us() + (uint64_t)how->collect.timeout_ms * 1000;
	struct evidence_device device = {0};
	struct transport *transport = NULL;
	struct tpm *tpm = NULL;
	int rc = platform_device_read(&device, err);

	if (!rc)
		rc = platform_transport_start(
			how->collect.tcti, &device, deadline_us, &transport, err);
	if (!rc)
		rc = tpm_open(transport, &tpm, err);
	if (!rc)
		rc = apply(tpm, err);
	tpm_close(tpm);
	return rc;
}

/* The index, or NULL. */
static const struct evidence_nv_index *find_index(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->nv.indices.count; i++) {
		if (evidence->nv.indices.items[i].index == BEACON_INDEX)
			return &evidence->nv.indices.items[i];
	}
	return NULL;
}

/* Where the owner has set an authorization, we do not know it and guess none. */
static int change_as_owner(const struct look_options *how, const struct evidence *evidence,
	int (*apply)(struct tpm *, struct error *), struct error *err)
{
	struct properties properties;

	properties_decode(evidence, &properties);
	if (properties.is_owner_auth_set)
		return error_set(err, ERROR_TPM_AUTH,
			"the beacon cannot be changed: the TPM's owner has set an authorization");
	return change(how, apply, err);
}

static int enable(const struct look_options *how, const struct evidence *evidence, struct buf *out,
	struct error *err)
{
	const struct evidence_nv_index *index = find_index(evidence);
	int rc;

	if (index && index->is_written) {
		buf_append_text(out, "The beacon is enabled already.\n");
		return 0;
	}
	/* An index that was never written: an earlier run was ended between the two steps. */
	rc = index ? change(how, tpm_advance_beacon, err)
		   : change_as_owner(how, evidence, tpm_define_beacon, err);
	if (!rc)
		buf_printf(
			out, "The beacon is enabled, as NV index 0x%08" PRIx32 ".\n", BEACON_INDEX);
	return rc;
}

static int disable(const struct look_options *how, const struct evidence *evidence, struct buf *out,
	struct error *err)
{
	int rc;

	if (!find_index(evidence)) {
		buf_append_text(out, "The beacon is not enabled.\n");
		return 0;
	}
	rc = change_as_owner(how, evidence, tpm_undefine_beacon, err);
	if (!rc)
		buf_append_text(out,
			"The beacon is disabled, its NV index removed. Baselines that have it "
			"warn of that (beacon-missing) until they are made anew: vtpm-agent "
			"baseline save, vtpm-agent accept, vtpm-collector accept.\n");
	return rc;
}

static int show(const struct look_options *how, const struct evidence *evidence, struct buf *out,
	struct error *err)
{
	(void)how;
	(void)err;
	if (evidence->beacon.part.state == PART_READ)
		buf_printf(out, "The beacon is enabled and stands at %" PRIu64 ".\n",
			evidence->beacon.value);
	else if (find_index(evidence))
		buf_append_text(out, "The beacon is enabled, but could not be certified.\n");
	else
		buf_append_text(out, "The beacon is not enabled.\n");
	return 0;
}

/* Another program's index in our place must not be touched. */
static int check_ours(const struct evidence *evidence, struct error *err)
{
	const struct evidence_nv_index *index = find_index(evidence);
	bool is_ours = true;
	int rc = index ? beacon_is_ours(index, &is_ours, err) : 0;

	if (!rc && !is_ours)
		return error_set(err, ERROR_UNSUPPORTED,
			"NV index 0x%08" PRIx32 " is taken by something that is not the beacon",
			BEACON_INDEX);
	return rc;
}

static const struct {
	const char *word;
	int (*run)(const struct look_options *how, const struct evidence *evidence, struct buf *out,
		struct error *err);
} actions[] = {{"enable", enable}, {"disable", disable}, {"status", show}};

int command_beacon(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *word = options->line.word_count == 1 ? options->line.words[0] : "";
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED out = {0};
	struct checks checks;
	size_t i = 0;
	int rc;

	while (i < sizeof(actions) / sizeof(actions[0]) && strcmp(actions[i].word, word) != 0)
		i++;
	if (i == sizeof(actions) / sizeof(actions[0]))
		return error_set(
			err, ERROR_USAGE, "usage: vtpm-agent beacon enable|disable|status");
	rc = look(&how, &evidence, &checks, err);
	if (!rc && evidence->nv.part.state != PART_READ)
		rc = error_copy(err, evidence->session.part.state == PART_FAILED
					     ? &evidence->session.part.error
					     : &evidence->nv.part.error);
	if (!rc)
		rc = check_ours(evidence, err);
	if (!rc)
		rc = actions[i].run(&how, evidence, &out, err);
	if (rc)
		return rc;
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
