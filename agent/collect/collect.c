/* SPDX-License-Identifier: BSD-2-Clause */

#include "agent/collect/collect.h"

#include "agent/collect/certificates.h"
#include "agent/collect/disks.h"
#include "agent/collect/disks_asked.h"
#include "agent/collect/quote.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/properties.h"
#include "core/log.h"
#include "core/measured/boot_pcrs.h"
#include "core/measured/boot_read.h"
#include "core/measured/eventlog.h"
#include "core/measured/system_log.h"
#include "core/tcg/rng_health.h"
#include "platform/guest.h"
#include "platform/system.h"
#include "version.h"

static int copy_sha256(
	struct evidence_digest *digest, const void *bytes, size_t len, struct error *err)
{
	digest->len = tcg_digest_size(TCG_ALG_SHA256);
	return crypto_digest(
		TCG_ALG_SHA256, &(struct crypto_bytes){bytes, len}, 1, digest->data, err);
}

static int read_properties(struct collect_run *run, struct error *err)
{
	return tpm_read_properties(run->tpm, &run->evidence->properties, err);
}

static int read_algorithms(struct collect_run *run, struct error *err)
{
	return tpm_read_algorithms(run->tpm, &run->evidence->algorithms, err);
}

static int read_clock(struct collect_run *run, struct error *err)
{
	int rc = tpm_read_clock(run->tpm, &run->evidence->clock, err);

	run->evidence->clock.uptime_ms = platform_uptime_ms();
	return rc;
}

/* In failure mode a TPM still tells some properties, libtpms with wrong values: none of them
 * counts. Those that were read before it failed, the first one among them, do. */
static int read_self_test(struct collect_run *run, struct error *err)
{
	struct evidence *evidence = run->evidence;
	int rc = tpm_read_self_test(run->tpm, &evidence->self_test, err);
	struct record_part *part = &evidence->properties.part;
	uint32_t family;

	if (rc || evidence->self_test.result != TCG_RC_FAILURE || part->state != PART_READ)
		return rc;
	if (!evidence_property(evidence, TCG_PT_FAMILY_INDICATOR, &family)) {
		part->state = PART_FAILED;
		error_set(&part->error, ERROR_TPM_FAILURE,
			"TPM2_GetTestResult: TPM_RC_FAILURE (0x%03x)", TCG_RC_FAILURE);
		part->error.rc = TCG_RC_FAILURE;
	}
	return rc;
}

static int read_random(struct collect_run *run, struct error *err)
{
	struct evidence_random *random = &run->evidence->random;
	uint8_t sample[RNG_HEALTH_SAMPLE];
	struct rng_health health;
	size_t block = 0;
	int rc = tpm_read_random(run->tpm, sample, sizeof(sample), &block, err);

	if (rc)
		return rc;
	rng_health_test(sample, sizeof(sample), block, &health);
	random->bytes = sizeof(sample);
	random->longest_run = health.longest_run;
	random->run_cutoff = health.run_cutoff;
	random->most_frequent = health.most_frequent;
	random->proportion_cutoff = health.proportion_cutoff;
	random->has_repeated_block = health.has_repeated_block;
	random->is_healthy = health.is_passed;
	return copy_sha256(&random->sha256, sample, sizeof(sample), err);
}

static int read_persistent(struct collect_run *run, struct error *err)
{
	return tpm_read_persistent(run->tpm, &run->evidence->persistent, &run->evidence->eks, err);
}

/* The persistent ones were found on the way; a TPM that keeps none still has one by template. */
static int read_eks(struct collect_run *run, struct error *err)
{
	return run->evidence->eks.keys.count ? 0
					     : tpm_derive_ek(run->tpm, &run->evidence->eks, err);
}

static int read_nv(struct collect_run *run, struct error *err)
{
	return tpm_read_nv(run->tpm, &run->evidence->nv, err);
}

static int derive_srk(struct collect_run *run, struct error *err)
{
	if (run->options->only_disks && !collect_has_unseen(run))
		return COLLECT_NOTHING_THERE;
	return tpm_derive_srk(run->tpm, &run->evidence->srk, err);
}

/* What is read, in this order: each step fills its part or says why it could not. The clock comes
 * before whatever changes while the TPM is on, and the quote last: core/verdict/order.h. */
static const struct {
	size_t part;
	bool is_for_disks; /* what says whether they open */
	int (*read)(struct collect_run *run, struct error *err);
} steps[] = {
	{offsetof(struct evidence, properties), true, read_properties},
	{offsetof(struct evidence, algorithms), false, read_algorithms},
	{offsetof(struct evidence, clock), false, read_clock},
	{offsetof(struct evidence, self_test), false, read_self_test},
	{offsetof(struct evidence, random), false, read_random},
	{offsetof(struct evidence, persistent), false, read_persistent},
	{offsetof(struct evidence, eks), false, read_eks},
	{offsetof(struct evidence, nv), false, read_nv},
	{offsetof(struct evidence, certificates), false, collect_read_certificates},
	{offsetof(struct evidence, srk), true, derive_srk},
	{offsetof(struct evidence, unlock), true, collect_ask_disks},
	{offsetof(struct evidence, ak), false, collect_load_ak},
	{offsetof(struct evidence, beacon), false, collect_read_beacon},
	{offsetof(struct evidence, pcrs), true, collect_read_pcrs}, /* and the quote over them */
};

/* All steps, for as long as the TPM answers. */
static void collect_tpm(struct collect_run *run)
{
	const size_t count = sizeof(steps) / sizeof(steps[0]);
	struct evidence *evidence = run->evidence;
	struct error err;

	tpm_flush_leftovers(run->tpm, &err);
	for (size_t i = 0; i < count && !tpm_is_dead(run->tpm, &err); i++) {
		int rc;

		if (run->options->only_disks && !steps[i].is_for_disks)
			continue;
		rc = steps[i].read(run, &err);
		if (rc != COLLECT_NOTHING_THERE)
			collect_settle((struct record_part *)((uint8_t *)evidence + steps[i].part),
				rc, &err);
	}
	if (!tpm_is_dead(run->tpm, &err))
		tpm_flush_ak(run->tpm, &err);
	collect_log_commands(run->tpm);
	tpm_read_session(run->tpm, &evidence->session);
	collect_settle(&evidence->session.part, tpm_is_dead(run->tpm, &err) ? -1 : 0, &err);
}

/* The path in tpm2-tss's "device" TCTI where that is a node of the TPM described, or NULL. */
static const char *own_node(const struct evidence_device *device, const char *tcti)
{
	static const char prefix[] = "device:";
	const char *node;

	if (strncmp(tcti, prefix, strlen(prefix)) != 0)
		return NULL;
	node = tcti + strlen(prefix);
	return strcmp(node, device->raw.path) == 0 ||
			       strcmp(node, device->resource_manager.path) == 0
		       ? node
		       : NULL;
}

static void collect_device(struct evidence *evidence, const char *tcti)
{
	struct evidence_device *device = &evidence->device;
	struct error err;

	collect_settle(&device->part, platform_device_read(device, &err), &err);
	if (tcti && own_node(device, tcti)) {
		snprintf(device->path, sizeof(device->path), "%s", own_node(device, tcti));
	} else if (tcti) {
		snprintf(device->transport, sizeof(device->transport), "tcti");
		snprintf(device->path, sizeof(device->path), "%s", tcti);
	}
}

/* The system's own log goes on where the firmware's ends. One that cannot be read or understood
 * leaves some PCRs unexplained; the firmware's log is right all the same. */
static void replay_system_log(struct collect_run *run)
{
	struct boot_facts *facts = &run->evidence->boot.facts;
	BUF_SCOPED log = {0};
	struct error err;
	int rc = platform_system_log_read(&run->evidence->device, &log, &err);

	run->initrd = run->whole = run->firmware;
	if (!rc)
		rc = system_log_replay(
			log.data, log.len, boot_read_system, facts, &run->whole, &err);
	if (!rc)
		rc = system_log_replay_initrd(log.data, log.len, &run->initrd, &err);
	if (rc && rc != -ERROR_NOT_FOUND)
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

static int replay_log(struct collect_run *run, struct error *err)
{
	const struct evidence_device *device = &run->evidence->device;
	struct evidence_event_log *event_log = &run->evidence->event_log;
	struct evidence_boot *boot = &run->evidence->boot;
	const struct eventlog *replayed = &run->whole;
	BUF_SCOPED log = {0};
	int rc = platform_event_log_read(device, &log, err);

	if (!rc)
		rc = boot_read(log.data, log.len, &run->firmware, &boot->facts, err);
	if (rc)
		return rc;
	boot->part.state = PART_READ;
	run->has_log = true;
	replay_system_log(run);
	event_log->bytes = log.len;
	snprintf(event_log->format, sizeof(event_log->format), "%s",
		eventlog_format_name(replayed->format));
	event_log->events = replayed->events;
	event_log->startup_locality = replayed->startup_locality;
	event_log->bank_count = replayed->bank_count;
	memcpy(event_log->banks, replayed->banks, sizeof(event_log->banks));
	return copy_sha256(&event_log->sha256, log.data, log.len, err);
}

/* Now that the PCRs are read. */
static void choose_replay(struct collect_run *run)
{
	struct evidence_event_log *log = &run->evidence->event_log;
	const struct evidence_pcrs *pcrs = &run->evidence->pcrs;

	if (log->part.state == PART_READ && pcrs->part.state == PART_READ)
		boot_pcrs_prefer(pcrs->banks, pcrs->bank_count, run->firmware.banks, log->banks,
			log->bank_count);
}

static void collect_guest(struct collect_run *run, uint64_t disks_deadline_us)
{
	struct evidence *evidence = run->evidence;
	struct error err;

	collect_settle(&evidence->guest.part, platform_guest_read(&evidence->guest, &err), &err);
	collect_settle(&evidence->smbios.part, platform_smbios_read(&evidence->smbios, &err), &err);
	collect_settle(&evidence->event_log.part, replay_log(run, &err), &err);
	collect_find_disks(run, disks_deadline_us);
}

int collect_evidence(
	const struct collect_options *options, struct evidence **ret_evidence, struct error *err)
{
	const uint64_t begin_us = platform_monotonic_us();
	const uint64_t deadline_us = begin_us + (uint64_t)options->timeout_ms * 1000;
	/* A slow disk must leave the TPM its time. */
	const uint64_t disks_deadline_us = begin_us + (uint64_t)options->timeout_ms * 250;
	struct collect_run run = {.options = options, .evidence = evidence_new()};
	struct transport *transport = NULL;
	struct error fault;
	int rc;

	if (!run.evidence)
		return error_set(err, ERROR_NO_MEMORY, "no memory for evidence");
	run.evidence->minor = EVIDENCE_MINOR;
	snprintf(run.evidence->agent, sizeof(run.evidence->agent), "%s", VTPM_VERSION);
	run.evidence->iat = platform_wall_clock_ms() / 1000;
	collect_device(run.evidence, options->tcti);
	/* While the TPM is being opened there is enough else to do. */
	rc = platform_transport_start(
		options->tcti, &run.evidence->device, deadline_us, &transport, &fault);
	crypto_start();
	collect_guest(&run, disks_deadline_us);
	if (!rc)
		rc = tpm_open(transport, &run.tpm, &fault);
	/* What was asked for is wrong: that says nothing of the TPM. */
	if (rc == -ERROR_CONFIG) {
		free(run.disks);
		evidence_free(run.evidence);
		return error_copy(err, &fault);
	}
	if (!rc)
		collect_tpm(&run);
	else
		collect_settle(&run.evidence->session.part, rc, &fault);
	collect_close(&run);
	choose_replay(&run);
	collect_judge_disks(&run);
	collect_ask_for_disks(&run, deadline_us);
	*ret_evidence = run.evidence;
	return 0;
}
