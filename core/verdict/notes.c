/* SPDX-License-Identifier: BSD-2-Clause */
/* Last: what is worth knowing beside the decisive reason. */
#include "core/verdict/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/evidence/properties.h"
#include "core/measured/boot_pcrs.h"
#include "core/measured/unlogged.h"
#include "core/signed/name.h"
#include "core/verdict/disks.h"
#include "core/verdict/gaps.h"
#include "core/verdict/likeness.h"
#include "core/verdict/objects.h"
#include "core/verdict/order.h"
#include "core/verdict/power.h"

/* More than the clocks of synchronised hosts differ, and twice what NTP corrects (500 ppm). */
#define LAG_MS(ran_ms) (10000 + (ran_ms) / 1000)

static bool is_reset_event(enum event event)
{
	return event == EVENT_SOFT_REBOOT || event == EVENT_HARD_REBOOT ||
	       event == EVENT_COLD_MIGRATION;
}

/* And resumed: the system did not restart. */
static bool is_suspended(const struct judging *judging)
{
	return judging->verdict->reasons[0].code == REASON_SUSPENDED;
}

static void note_event(struct judging *judging)
{
	enum event event = judging->verdict->event;
	enum continuity continuity = judging->verdict->continuity;

	/* A report that comes before the event must not pass for one that comes after it. */
	if (is_reset_event(event) && continuity == CONTINUITY_CONTINUOUS)
		judging_add(judging, true, REASON_EVENT_NOT_SEEN,
			"a %s was announced, but the TPM was not reset", event_name(event));
	if (is_reset_event(event) && is_suspended(judging))
		judging_add(judging, true, REASON_EVENT_NOT_SEEN,
			"a %s was announced, but the system did not restart", event_name(event));
	if (event == EVENT_CLEAR && continuity != CONTINUITY_CLEARED)
		judging_add(judging, true, REASON_EVENT_NOT_SEEN,
			"a clear was announced, but no new owner seed is seen");
}

/* The attestation key is the same, so the endorsement seed is. */
static void note_eks(struct judging *judging)
{
	if (likeness_of_eks(judging->baseline, judging->evidence) != LIKENESS_OTHER)
		return;
	judging->verdict->is_poorer = true;
	judging_add(judging, true, REASON_EK_DIFFERS,
		"the attestation key proves the same vTPM, but the endorsement key shown is "
		"another one");
}

/* Signed by two keys, obfuscated versions cannot be compared. */
static void note_firmware(struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;
	bool is_same_signer = name_is_same(&then->signer, &now->signer);

	if (then->firmware_version == now->firmware_version)
		return;
	if (then->is_obfuscated != now->is_obfuscated || (now->is_obfuscated && !is_same_signer))
		return;
	if (now->is_obfuscated)
		judging_add(judging, true, REASON_FIRMWARE_CHANGED, "the firmware version changed");
	else
		judging_add(judging, true, REASON_FIRMWARE_CHANGED,
			"the firmware version changed from 0x%016" PRIx64 " to 0x%016" PRIx64,
			then->firmware_version, now->firmware_version);
}

static void note_device(struct judging *judging)
{
	const struct evidence *then = judging->baseline, *now = judging->evidence;
	const char *before = then->device.model, *after = now->device.model;

	if (*before && *after && strcmp(before, after) != 0)
		judging_add(judging, true, REASON_MODEL_CHANGED, "the model changed from %s to %s",
			before, after);
	note_firmware(judging);
}

/* Within a boot of the TPM, PCRs only go on from what they held. */
static void note_extended(struct judging *judging)
{
	const struct measured_change *change = &judging->change;
	char unlogged[96] = "", names[32];

	tcg_pcrs_print(change->other, names, sizeof(names));
	if (change->other)
		judging_add(judging, true, REASON_BOOT_PCRS_EXTENDED,
			"PCR %s extended since the baseline; the TPM was not reset", names);
	if (!change->known)
		return;
	tcg_pcrs_print(change->known, names, sizeof(names));
	unlogged_print(change->unlogged, unlogged, sizeof(unlogged));
	judging_add(judging, false, REASON_BOOT_PCRS_EXTENDED,
		"PCR %s extended since the baseline by %s", names, unlogged);
}

/* A restart may change what the firmware measures. Somebody who is asked for a recovery key then
 * wants to know that this is the cause, not the vTPM. */
static void note_measured_anew(struct judging *judging)
{
	uint32_t changed = judging->change.other | judging->change.known;
	char names[32];

	if (judging->change.is_gone) {
		judging->verdict->is_poorer = true;
		judging_add(judging, true, REASON_NOT_MEASURED,
			"PCR 0 to 7 are all zero, in the baseline they were not: the firmware no "
			"longer measures, or the TPM was reset under the system");
	} else if (changed) {
		tcg_pcrs_print(changed, names, sizeof(names));
		judging_add(judging, false, REASON_MEASUREMENTS_CHANGED,
			"the vTPM is the same, but this boot measured otherwise: PCR %s", names);
	}
}

/* S3 saves the PCRs and brings them back; for S4, a firmware measures anew, another one perhaps.
 * Where only restartCount moved, it may have been either. */
static void note_resumed(struct judging *judging)
{
	char names[32];

	tcg_pcrs_print(judging->change.other, names, sizeof(names));
	if (judging->change.other)
		judging_add(judging, true, REASON_MEASUREMENTS_CHANGED,
			"PCR %s changed: the firmware measured otherwise when a hibernated system "
			"was resumed, or a program extended them",
			names);
}

static void note_measurements(struct judging *judging)
{
	enum continuity continuity = judging->verdict->continuity;
	bool is_restarted = continuity == CONTINUITY_RESTARTED || continuity == CONTINUITY_CRASHED;

	if (continuity == CONTINUITY_CONTINUOUS)
		note_extended(judging);
	else if (is_suspended(judging) && judging->now.reset_count == judging->then.reset_count)
		note_resumed(judging);
	else if (is_restarted)
		note_measured_anew(judging);
}

static bool is_log_unexplained(const struct evidence *evidence)
{
	const struct evidence_event_log *log = &evidence->event_log;
	const struct evidence_pcrs *pcrs = &evidence->pcrs;
	struct boot_pcrs found;

	if (log->part.state != PART_READ)
		return false;
	boot_pcrs_compare(pcrs->banks, pcrs->bank_count, log->banks, log->bank_count, &found);
	return found.result == BOOT_PCRS_UNEXPLAINED;
}

/* The log does not explain all boot PCRs. Where the baseline's did not either, or they are the
 * baseline's, that is this firmware's way. A hibernated system has the log of before. */
static void note_log(struct judging *judging)
{
	const struct check *check = judging_check(judging, "boot-pcrs");
	bool is_known = judging->baseline && (judging->change.measured == MEASURED_SAME ||
						     is_log_unexplained(judging->baseline));

	if (judging_has(judging, REASON_BOOT_PCRS_EXTENDED))
		return;
	if (judging_has(judging, REASON_SUSPENDED))
		return;
	if (!check || check->result != CHECK_WARN || !is_log_unexplained(judging->evidence))
		return;
	judging_add(judging, !is_known, REASON_BOOT_PCRS_UNEXPLAINED, "%s", check->sentence);
}

static uint32_t bank_pcrs(const struct evidence_pcrs *pcrs, uint16_t alg)
{
	for (size_t i = 0; i < pcrs->bank_count; i++) {
		if (pcrs->banks[i].alg == alg)
			return pcrs->banks[i].pcrs;
	}
	return 0;
}

static void note_banks(struct judging *judging)
{
	const struct evidence_pcrs *then = &judging->baseline->pcrs,
				   *now = &judging->evidence->pcrs;
	bool is_changed = then->bank_count != now->bank_count;

	for (size_t i = 0; i < now->bank_count; i++)
		is_changed = is_changed || bank_pcrs(then, now->banks[i].alg) != now->banks[i].pcrs;
	if (is_changed)
		judging_add(judging, true, REASON_BANKS_CHANGED, "the set of PCR banks changed");
}

/* How far the TPM went on: its clock may have been set ahead meanwhile, its time may not. */
static uint64_t went_on_ms(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;
	uint64_t clock_ms = judging->now.clock_ms - judging->then.clock_ms;
	uint64_t time_ms = now->time_ms > then->time_ms ? now->time_ms - then->time_ms : 0;

	/* What lies between the baseline's reading and its quote, the system ran before it. */
	clock_ms += order_age_ms(then, &judging->then);
	return time_ms < clock_ms ? time_ms : clock_ms;
}

/* Without a reset both clocks run on; the TPM's may only be ahead, by a pause of the VM. */
static void note_clock(struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;
	const char *boot_then = judging->baseline->guest.boot_id,
		   *boot_now = judging->evidence->guest.boot_id;
	bool is_same_boot = strcmp(boot_then, boot_now) == 0 && now->uptime_ms >= then->uptime_ms;
	uint64_t tpm_ms, system_ms;

	if (judging->verdict->continuity != CONTINUITY_CONTINUOUS || !is_same_boot)
		return;
	if (!evidence_are_read(&then->part, &now->part))
		return;
	tpm_ms = went_on_ms(judging);
	system_ms = now->uptime_ms - then->uptime_ms;
	if (tpm_ms + LAG_MS(system_ms) < system_ms)
		judging_add(judging, true, REASON_CLOCK_LAGS,
			"the system ran %" PRIu64
			" s since the baseline, the TPM's clock only %" PRIu64 " s",
			system_ms / 1000, tpm_ms / 1000);
}

static const char *why_seed_is_unknown(const struct judging *judging)
{
	const struct record_part *srk = &judging->evidence->srk.part;
	struct properties then, now;

	properties_decode(judging->baseline, &then);
	properties_decode(judging->evidence, &now);
	if (then.is_owner_auth_set && now.has_permanent && !now.is_owner_auth_set)
		return "the owner's authorization is gone, as after a clear";
	return srk->state == PART_FAILED ? srk->error.message : "the baseline does not have it";
}

/* Where the baseline shows the owner seed, an evidence that does not is no successor to it, even if
 * it cannot have been cleared: later ones could not be compared with it. */
static void note_owner_seed(struct judging *judging)
{
	bool is_excluded = judging->verdict->continuity == CONTINUITY_CONTINUOUS &&
			   power_excludes_clear(judging);
	bool is_shown = likeness_has_owner_seed(judging->evidence);

	/* An attestation key that was derived from the owner seed is the same. */
	if (judging->verdict->continuity == CONTINUITY_CLEARED || judging->now.is_obfuscated)
		return;
	if (likeness_of_owner_seeds(judging->baseline, judging->evidence) != LIKENESS_UNKNOWN)
		return;
	if (likeness_has_owner_seed(judging->baseline) && !(is_excluded && is_shown))
		judging->verdict->is_poorer = true;
	if (!is_excluded)
		judging_add(judging, true, REASON_OWNER_SEED_UNKNOWN,
			"the owner seed could not be compared: %s", why_seed_is_unknown(judging));
}

/* Parts that need no mention when they are missing: for most a reason of their own says so. What
 * was booted is in the event log or nowhere. Disks are root's to read. Signs decide nothing, and
 * only the service sees them: a report on demand has none. */
static bool may_be_missing(const char *name)
{
	static const char *const names[] = {
		"session", "pcrs", "srk", "ak", "beacon", "quote", "boot", "unlock", "signs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

struct missing_parts {
	const struct judging *judging;
	char names[128];
	const char *why; /* of the first one that failed; NULL where they are only left out */
};

/* Without these, the order of events cannot be told. */
static bool is_needed(const char *name)
{
	return strcmp(name, "guest") == 0 || strcmp(name, "properties") == 0 ||
	       strcmp(name, "clock") == 0;
}

static bool find_missing(const char *name, const struct record_part *part, void *context)
{
	struct missing_parts *missing = context;
	struct verdict *verdict = missing->judging->verdict;
	const uint8_t *document = (const uint8_t *)missing->judging->evidence;
	const struct record_part *then =
		(const struct record_part *)((const uint8_t *)missing->judging->baseline +
					     ((const uint8_t *)part - document));
	size_t used = strlen(missing->names);

	if (part->state == PART_READ || may_be_missing(name))
		return true;
	if (then->state != PART_READ && !is_needed(name))
		return true;
	verdict->is_poorer = verdict->is_poorer || then->state == PART_READ;
	snprintf(missing->names + used, sizeof(missing->names) - used, "%s%s", used ? ", " : "",
		name);
	if (!missing->why && part->state == PART_FAILED)
		missing->why = part->error.message;
	return true;
}

/* What cannot be read now could hide anything: a verdict without it is no better than a warning. */
static void note_parts(struct judging *judging)
{
	struct missing_parts missing = {.judging = judging};

	evidence_visit_parts(judging->evidence, find_missing, &missing);
	if (*missing.names)
		judging_add(judging, true, REASON_PART_MISSING,
			"not in this evidence, so not compared: %s%s%s%s", missing.names,
			missing.why ? " (" : "", missing.why ? missing.why : "",
			missing.why ? ")" : "");
}

/* A failed check that the decisive reason already tells of, or that a rule weighed and
 * dismissed. */
static bool is_told(const struct judging *judging, const struct check *check)
{
	enum reason_code code = judging->verdict->reasons[0].code;

	if (strcmp(check->id, "boot-pcrs") == 0)
		return code == REASON_BOOT_PCRS_WRONG || code == REASON_BOOT_PCRS_CHANGED ||
		       judging_has(judging, REASON_BOOT_PCRS_EXTENDED);
	return strcmp(check->id, "tpm-time") == 0 || strcmp(check->id, "certificate-uuid") == 0;
}

/* Where nothing is measured, a system that was suspended cannot be told from a TPM that was reset.
 */
static void note_time(struct judging *judging)
{
	const struct check *time = judging_check(judging, "tpm-time");
	enum reason_code code = judging->verdict->reasons[0].code;

	if (!time || time->result != CHECK_FAIL || judging->verdict->event == EVENT_RESUME)
		return;
	if (code != REASON_TIME_RESTARTED && code != REASON_SUSPENDED)
		judging_add(judging, true, REASON_TIME_RESTARTED, "%s", time->sentence);
}

/* What the checks found that no other reason tells. */
static void note_checks(struct judging *judging)
{
	for (size_t i = 0; i < judging->checks.count; i++) {
		const struct check *check = &judging->checks.items[i];

		if (check->result == CHECK_FAIL && !is_told(judging, check))
			judging_add(judging, true, REASON_CHECK_FAILED, "%s: %s", check->title,
				check->sentence);
	}
}

/* Of another TPM, or an unknown one, there is nothing to compare. */
static bool is_known_tpm(enum continuity continuity)
{
	switch (continuity) {
	case CONTINUITY_UNVERIFIED:
	case CONTINUITY_REPLACED:
	case CONTINUITY_CLONED:
		return false;
	default:
		return true;
	}
}

/* What a key of the owner hierarchy leaves unproven. The key is made of the owner seed, which a
 * clear renews; after a clear it cannot say that the TPM is the same. */
static void note_hierarchy(struct judging *judging)
{
	bool then = judging->baseline && judging->then.is_obfuscated;
	enum continuity continuity = judging->verdict->continuity;

	if ((!then && !judging->now.is_obfuscated) || !is_known_tpm(continuity))
		return;
	if (continuity == CONTINUITY_CLEARED)
		judging_add(judging, true, REASON_COUNTERS_OBFUSCATED,
			"quoted in the owner hierarchy: that it is the same TPM is shown by its "
			"endorsement key and not proven");
	else if (judging->baseline)
		judging_add(judging, false, REASON_COUNTERS_OBFUSCATED,
			"quoted in the owner hierarchy: proven is how far the counters went, not "
			"where they stand, and no endorsement key");
	else
		judging_add(judging, false, REASON_COUNTERS_OBFUSCATED,
			"quoted in the owner hierarchy: neither counters nor endorsement key are "
			"proven");
}

void continuity_note(struct judging *judging)
{
	if (judging->baseline && is_known_tpm(judging->verdict->continuity)) {
		note_event(judging);
		note_eks(judging);
		note_device(judging);
		note_measurements(judging);
		note_banks(judging);
		continuity_note_objects(judging);
		note_clock(judging);
		note_parts(judging);
		note_owner_seed(judging);
		continuity_note_gaps(judging);
		note_time(judging);
	}
	note_log(judging);
	note_hierarchy(judging);
	note_checks(judging);
	continuity_note_disks(judging);
}
