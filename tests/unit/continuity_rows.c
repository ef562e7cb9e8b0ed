/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/continuity_rows.h"

#include <string.h>

#include "tests/unit/forge.h"
#include "tests/unit/sample.h"
#include "tests/unit/story.h"
#include "tests/unit/unit.h"

/* Access: the agent's word. */
#define FAIL_SESSION(function, code)                                                               \
	static void function(struct evidence *e)                                                   \
	{                                                                                          \
		SAMPLE_FAIL(&e->session, code, "no conversation");                                 \
	}
FAIL_SESSION(no_device, ERROR_DEVICE_MISSING)
FAIL_SESSION(no_driver, ERROR_DEVICE_UNBOUND)
FAIL_SESSION(no_answer, ERROR_TIMEOUT)
FAIL_SESSION(io_error, ERROR_IO)
FAIL_SESSION(tpm_12, ERROR_TPM_12)
FAIL_SESSION(not_started, ERROR_TPM_INITIALIZE)
FAIL_SESSION(ended_by_failure, ERROR_TPM_FAILURE)
FAIL_SESSION(busy, ERROR_DEVICE_BUSY)
FAIL_SESSION(not_permitted, ERROR_PERMISSION)

static void no_session(struct evidence *e)
{
	memset(&e->session, 0, sizeof(e->session));
}
static void clock_in_failure_mode(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_FAILURE, "TPM2_ReadClock: TPM_RC_FAILURE");
}

/* Verification. */
static void no_quote(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote today");
}
static void break_quote(struct evidence *e)
{
	e->quote.attest.data[60] ^= 1;
}
static void break_beacon(struct evidence *e)
{
	e->beacon.value++;
}

/* Identity. */
static void other_eks(struct evidence *e)
{
	for (size_t i = 0; i < e->eks.keys.count; i++)
		e->eks.keys.items[i].name.data[5] ^= 1;
}
static void one_other_ek(struct evidence *e)
{
	e->eks.keys.items[0].name.data[5] ^= 1;
}
static void ek_of_another_kind(struct evidence *e)
{
	e->eks.keys.count = 1;
	e->eks.keys.items[0].curve = TCG_CURVE_P256;
	e->eks.keys.items[0].type = TCG_ALG_ECC;
	e->eks.keys.items[0].bits = 0;
}
static void no_certificates(struct evidence *e)
{
	e->certificates.certificates.count = 0;
}
static void other_vm(struct evidence *e)
{
	strcpy(e->smbios.uuid, "99999999-1111-2222-3333-444455556666");
}
static void other_vm_and_eks(struct evidence *e)
{
	other_vm(e);
	other_eks(e);
}
static void other_vm_without_certificates(struct evidence *e)
{
	other_vm(e);
	no_certificates(e);
}
static void no_smbios(struct evidence *e)
{
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "not root");
}

/* Owner seed. */
static void no_srk(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_AUTH, "an owner authorization is set");
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_OWNER_AUTH_SET;
}
static void no_srk_at_all(struct evidence *e)
{
	no_srk(e);
	e->persistent.objects.items[0].handle = 0x81000002;
}
static void no_srk_at_all_nor_resets(struct evidence *e)
{
	no_srk_at_all(e);
	e->clock.reset_count = 0;
}
static void no_srk_at_all_rebooted(struct evidence *e)
{
	no_srk_at_all(e);
	story_reboot(e);
}
static void clear_counters(struct evidence *e)
{
	e->clock.reset_count = 0;
	e->clock.restart_count = 0;
	e->clock.clock_ms = 60000;
}
static void cleared(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
	clear_counters(e);
}
static void cleared_and_evicted(struct evidence *e)
{
	cleared(e);
	e->persistent.objects.count = 0;
}
static void cleared_and_provisioned(struct evidence *e)
{
	no_srk(e);
	e->persistent.objects.items[0].name.data[5] ^= 1;
	story_reboot(e);
}
static void another_kind_of_srk(struct evidence *e)
{
	no_srk(e);
	e->persistent.objects.items[0].type = TCG_ALG_RSA;
	e->persistent.objects.items[0].name.data[5] ^= 1;
	story_reboot(e);
}
static void cleared_unseen(struct evidence *e)
{
	e->persistent.objects.items[0].handle = 0x81000002;
	clear_counters(e);
}
static void cleared_unseen_and_rebooted(struct evidence *e)
{
	story_reboot(e);
	cleared_unseen(e);
}

/* The same boot of the system. */
static void counters_behind(struct evidence *e)
{
	e->clock.reset_count--;
	e->clock.restart_count = 9;
}
static void restart_behind(struct evidence *e)
{
	e->clock.restart_count--;
}
static void reset_counters(struct evidence *e)
{
	e->clock.reset_count++;
	e->clock.restart_count = 0;
}
static void boot_pcrs_unmeasured(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
	SAMPLE_FAIL(&e->event_log, ERROR_NOT_FOUND, "no event log");
}
static void reset_unmeasured(struct evidence *e)
{
	boot_pcrs_unmeasured(e);
	reset_counters(e);
}
static void restart_unmeasured(struct evidence *e)
{
	boot_pcrs_unmeasured(e);
	e->clock.restart_count++;
}
static void reset_long_ago_unmeasured(struct evidence *e)
{
	boot_pcrs_unmeasured(e);
	e->clock.time_ms = 20000;
}
static void reset_zeroes_pcrs(struct evidence *e)
{
	reset_counters(e);
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
}
static void change_boot_pcr(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++) {
		e->pcrs.banks[i].values[4][0] ^= 1;
		e->event_log.banks[i].values[4][0] ^= 1;
	}
}
static void pcr_against_log(struct evidence *e)
{
	e->pcrs.banks[1].values[4][0] ^= 1;
}
static void suspend(struct evidence *e)
{
	e->clock.restart_count++;
	e->clock.time_ms = 20000;
}
static void suspend_with_older_clock(struct evidence *e)
{
	suspend(e);
	e->clock.clock_ms -= 100000;
}
static void hibernate(struct evidence *e)
{
	reset_counters(e);
	e->clock.time_ms = 20000;
	e->pcrs.update_counter = 3;
}
static void clock_behind(struct evidence *e)
{
	e->clock.clock_ms -= 60001;
}
static void time_behind(struct evidence *e)
{
	e->clock.time_ms -= 120000;
}
static void clock_behind_time(struct evidence *e)
{
	e->clock.time_ms += 10000;
}
static void fewer_updates(struct evidence *e)
{
	e->pcrs.update_counter--;
}
static void uptime_behind(struct evidence *e)
{
	e->guest.uptime_ms -= 100000;
	e->clock.uptime_ms -= 100000;
}
static void extend_late_pcr(struct evidence *e)
{
	e->pcrs.banks[1].values[11][3] ^= 1;
	e->pcrs.update_counter++;
}
static void step_wall_clock(struct evidence *e)
{
	e->iat -= 1000000;
}
static void destination_ahead(struct evidence *e)
{
	e->clock.time_ms += 3600000;
	e->clock.clock_ms += 3600000;
}
static void set_clock(struct evidence *e)
{
	e->clock.clock_ms += 86400000;
}
static void repeat_random(struct evidence *e)
{
	e->random.sha256.data[0]--;
}
static void lag(struct evidence *e)
{
	e->guest.uptime_ms += 20000;
	e->clock.uptime_ms += 20000;
}
/* A month later by a clock that is 0.05 % fast. */
static void drift(struct evidence *e)
{
	e->guest.uptime_ms += 2592000000;
	e->clock.uptime_ms += 2592000000;
	e->clock.time_ms += 2590704000;
	e->clock.clock_ms += 2590704000;
}

/* Another boot. */
static void reboot_again(struct evidence *e)
{
	story_reboot(e);
	story_reboot(e);
}
static void reboot_again_after_crash(struct evidence *e)
{
	reboot_again(e);
	e->clock.clock_ms = 1252;
}
static void reboot_with_older_clock(struct evidence *e)
{
	story_reboot(e);
	e->clock.clock_ms = 1252;
}
static void crash_with_older_clock(struct evidence *e)
{
	story_crash(e);
	e->clock.clock_ms = 1252;
}
static void crash_twice(struct evidence *e)
{
	story_crash(e);
	story_crash(e);
}
static void hard_reset_with_older_clock(struct evidence *e)
{
	story_hard_reset(e);
	e->clock.clock_ms = 1252;
}
static void reboot_to_the_same_counters(struct evidence *e)
{
	uint32_t resets = e->clock.reset_count, restarts = e->clock.restart_count;

	story_reboot(e);
	e->clock.reset_count = resets;
	e->clock.restart_count = restarts;
}
static void reboot_to_older_counters(struct evidence *e)
{
	story_reboot(e);
	e->clock.reset_count -= 2;
}
static void reboot_measuring_otherwise(struct evidence *e)
{
	story_reboot(e);
	change_boot_pcr(e);
}
static void reboot_into_unknown_shutdown(struct evidence *e)
{
	story_reboot(e);
	SAMPLE_FAIL(&e->properties, ERROR_TPM_RC, "no properties");
}
static void kexec_with_older_clock(struct evidence *e)
{
	story_kexec(e);
	e->clock.clock_ms -= 62000;
}
static void kexec_drifting(struct evidence *e)
{
	story_kexec(e);
	e->clock.uptime_ms = 100000000;
	e->clock.time_ms += 99920000;
	e->clock.clock_ms += 99920000;
}
static void kexec_measuring_otherwise(struct evidence *e)
{
	story_kexec(e);
	change_boot_pcr(e);
}
static void no_clock_after_kexec(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_RC, "no clock");
}
/* Powered on shortly before each boot; time and clock as far apart, but too short a time on. */
static void early(struct evidence *e)
{
	e->clock.time_ms = 60000;
	e->clock.uptime_ms = e->guest.uptime_ms = 50000;
}
static void early_again(struct evidence *e)
{
	reboot_to_the_same_counters(e);
	e->clock.time_ms = 70000;
	e->clock.clock_ms = 700010000;
	e->clock.uptime_ms = e->guest.uptime_ms = 60000;
	e->pcrs.update_counter = 36;
}
static void no_boot_id(struct evidence *e)
{
	e->guest.boot_id[0] = 0;
}
static void reboot_without_boot_id(struct evidence *e)
{
	story_reboot(e);
	no_boot_id(e);
}
static void no_guest(struct evidence *e)
{
	memset(&e->guest, 0, sizeof(e->guest));
}

/* Beside the decisive reason. */
static void other_model(struct evidence *e)
{
	strcpy(e->device.model, "tpm-tis");
}
static void no_model(struct evidence *e)
{
	e->device.model[0] = 0;
}
static void one_bank_less(struct evidence *e)
{
	e->pcrs.bank_count = 1;
}
static void fewer_pcrs(struct evidence *e)
{
	e->pcrs.banks[1].pcrs &= 0xffff;
}
static void lose_key(struct evidence *e)
{
	e->persistent.objects.count--;
}
static void replace_key(struct evidence *e)
{
	e->persistent.objects.items[1].name.data[7] ^= 1;
}
static void unreadable_key(struct evidence *e)
{
	e->persistent.objects.items[1].name.len = 0;
}
static void lose_index(struct evidence *e)
{
	e->nv.indices.count--;
}
static void unwritten_index(struct evidence *e)
{
	e->nv.indices.items[0].is_written = false;
}
static void volatile_index(struct evidence *e)
{
	e->nv.indices.items[0].attributes |= TCG_NV_CLEAR_STCLEAR;
}
static void seen_by_service(struct evidence *e)
{
	e->signs.part.state = PART_READ;
}

static void seen_by_command(struct evidence *e)
{
	e->signs.part.state = PART_ABSENT;
}

static void no_nv(struct evidence *e)
{
	SAMPLE_FAIL(&e->nv, ERROR_TPM_RC, "no NV");
}
static void lockout(struct evidence *e)
{
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
}
static void beacon_7(struct evidence *e)
{
	forge_beacon(e, 7, true);
}
static void beacon_7_again(struct evidence *e)
{
	forge_beacon(e, 7, false);
}
static void beacon_8(struct evidence *e)
{
	forge_beacon(e, 8, true);
}
static void beacon_6(struct evidence *e)
{
	forge_beacon(e, 6, false);
}
static void beacon_8_crashed(struct evidence *e)
{
	beacon_8(e);
	story_crash(e);
}
static void beacon_8_twice_rebooted(struct evidence *e)
{
	beacon_8(e);
	reboot_again_after_crash(e);
}
static void beacon_failed(struct evidence *e)
{
	SAMPLE_FAIL(&e->beacon, ERROR_TPM_RC, "no such index");
}

/* Quoted in the owner hierarchy, as all of these are. */
static void owner(struct evidence *e)
{
	strcpy(e->ak.hierarchy, EVIDENCE_OWNER);
}
static void owner_rebooted(struct evidence *e)
{
	owner(e);
	story_reboot(e);
}
static void owner_crashed(struct evidence *e)
{
	owner(e);
	story_crash(e);
}
static void owner_behind(struct evidence *e)
{
	owner(e);
	counters_behind(e);
}
static void owner_without_srk(struct evidence *e)
{
	owner(e);
	no_srk_at_all_rebooted(e);
}
static void owner_cleared(struct evidence *e)
{
	owner(e);
	cleared(e);
}
static void owner_cleared_unseen(struct evidence *e)
{
	owner(e);
	no_srk(e);
	cleared_unseen(e);
}
static void owner_with_other_eks(struct evidence *e)
{
	owner(e);
	other_eks(e);
}
static void owner_with_ek_of_another_kind(struct evidence *e)
{
	owner(e);
	ek_of_another_kind(e);
}
static void owner_with_nothing_to_compare(struct evidence *e)
{
	owner_with_ek_of_another_kind(e);
	no_certificates(e);
}
static void owner_of_another_vm(struct evidence *e)
{
	owner(e);
	other_vm(e);
}
static void owner_beacon_7(struct evidence *e)
{
	owner(e);
	beacon_7(e);
}
static void owner_beacon_6(struct evidence *e)
{
	owner(e);
	beacon_6(e);
}
static void show_other_counters(struct evidence *e)
{
	e->clock.reset_count++;
}
static void show_other_restarts(struct evidence *e)
{
	e->clock.restart_count++;
}
static void no_quote_and_other_eks(struct evidence *e)
{
	no_quote(e);
	other_eks(e);
}

/* Signed anew: the version stands in the attest only. */
static void other_firmware(struct evidence *e)
{
	struct forge forge = forge_for(e, 1);

	forge.firmware_version++;
	forge_quote(e, &forge);
}

/* What a row ends with: the outcome, and its reasons in braces. */
#define MISSING .continuity = CONTINUITY_MISSING, .status = VERDICT_CONTRAINDICATED, .reasons =
#define UNRESPONSIVE                                                                               \
	.continuity = CONTINUITY_UNRESPONSIVE, .status = VERDICT_CONTRAINDICATED, .reasons =
#define FAILED     .continuity = CONTINUITY_FAILED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define UNVERIFIED .continuity = CONTINUITY_UNVERIFIED, .status = VERDICT_NONE, .reasons =
#define FIRST_SEEN .continuity = CONTINUITY_FIRST_SEEN, .status = VERDICT_NONE, .reasons =
#define CLONED     .continuity = CONTINUITY_CLONED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define RESET_UNDER_GUEST                                                                          \
	.continuity = CONTINUITY_RESET_UNDER_GUEST, .status = VERDICT_CONTRAINDICATED, .reasons =
#define REPLACED       .continuity = CONTINUITY_REPLACED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CONTINUOUS_BUT .continuity = CONTINUITY_CONTINUOUS, .status = VERDICT_WARNING, .reasons =
#define CONTINUOUS     .continuity = CONTINUITY_CONTINUOUS, .status = VERDICT_AFFIRMING, .reasons =
#define CLEARED        .continuity = CONTINUITY_CLEARED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CLEARED_AS_ANNOUNCED                                                                       \
	.continuity = CONTINUITY_CLEARED, .status = VERDICT_AFFIRMING, .reasons =
#define CLEARED_UNPROVEN .continuity = CONTINUITY_CLEARED, .status = VERDICT_WARNING, .reasons =
#define ROLLED_BACK                                                                                \
	.continuity = CONTINUITY_ROLLED_BACK, .status = VERDICT_CONTRAINDICATED, .reasons =
#define RESTARTED     .continuity = CONTINUITY_RESTARTED, .status = VERDICT_AFFIRMING, .reasons =
#define RESTARTED_BUT .continuity = CONTINUITY_RESTARTED, .status = VERDICT_WARNING, .reasons =
#define RESTARTED_WRONGLY                                                                          \
	.continuity = CONTINUITY_RESTARTED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CRASHED_AS_ALLOWED .continuity = CONTINUITY_CRASHED, .status = VERDICT_AFFIRMING, .reasons =
#define CRASHED            .continuity = CONTINUITY_CRASHED, .status = VERDICT_WARNING, .reasons =
#define CRASHED_WRONGLY                                                                            \
	.continuity = CONTINUITY_CRASHED, .status = VERDICT_CONTRAINDICATED, .reasons =

const struct continuity_row continuity_rows[] = {
	/* Did it answer? */
	{"no device", .alter_now = no_device, MISSING{REASON_NO_DEVICE}},
	{"no device, no baseline", .has_no_baseline = true, .alter_now = no_device,
		MISSING{REASON_NO_DEVICE}},
	{"no driver", .alter_now = no_driver, MISSING{REASON_NO_DRIVER}},
	{"no answer", .alter_now = no_answer, UNRESPONSIVE{REASON_NO_ANSWER}},
	{"I/O error", .alter_now = io_error, FAILED{REASON_IO_ERROR}},
	{"TPM 1.2", .alter_now = tpm_12, FAILED{REASON_TPM_12}},
	{"not started", .alter_now = not_started, FAILED{REASON_NOT_STARTED}},
	{"failure mode ends it", .alter_now = ended_by_failure, FAILED{REASON_FAILURE_MODE}},
	{"failure mode of one part", .alter_now = clock_in_failure_mode,
		FAILED{REASON_FAILURE_MODE}},
	{"busy", .alter_now = busy, UNVERIFIED{REASON_NO_ACCESS}},
	{"no permission", .alter_now = not_permitted, UNVERIFIED{REASON_NO_ACCESS}},
	{"no session", .alter_now = no_session, UNVERIFIED{REASON_NO_ACCESS}},
	/* Is it proven? */
	{"no quote", .alter_now = no_quote, UNVERIFIED{REASON_NO_QUOTE, REASON_EK_ONLY}},
	{"no quote, no baseline", .has_no_baseline = true, .alter_now = no_quote,
		UNVERIFIED{REASON_NO_QUOTE}},
	{"no quote, EK of another kind", .now = ek_of_another_kind, .alter_now = no_quote,
		UNVERIFIED{REASON_NO_QUOTE}},
	{"no quote, other EKs", .alter_now = no_quote_and_other_eks,
		REPLACED{REASON_EK_CHANGED, REASON_NO_QUOTE}},
	{"quote altered", .alter_now = break_quote, UNVERIFIED{REASON_BAD_QUOTE}},
	{"beacon altered", .now = beacon_8, .alter_now = break_beacon,
		UNVERIFIED{REASON_BAD_QUOTE}},
	{"baseline altered", .alter_then = break_quote, UNVERIFIED{REASON_BAD_BASELINE}},
	{"baseline without quote", .alter_then = no_quote, UNVERIFIED{REASON_BAD_BASELINE}},
	{"baseline's beacon altered", .then = beacon_7, .alter_then = break_beacon,
		UNVERIFIED{REASON_BAD_BASELINE}},
	/* Is it the same TPM? */
	{"first seen", .has_no_baseline = true, FIRST_SEEN{REASON_FIRST_SEEN}},
	{"first seen, locked out", .has_no_baseline = true, .now = lockout,
		FIRST_SEEN{REASON_FIRST_SEEN, REASON_CHECK_FAILED}},
	{"first seen, of another VM", .has_no_baseline = true, .now = other_vm,
		CLONED{REASON_OTHER_VM}},
	{"first seen, boot PCRs wrong", .has_no_baseline = true, .now = pcr_against_log,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"first seen, time restarted", .has_no_baseline = true, .now = reset_long_ago_unmeasured,
		RESET_UNDER_GUEST{REASON_TIME_RESTARTED}},
	{"first seen after a suspend", .has_no_baseline = true, .now = suspend,
		FIRST_SEEN{REASON_FIRST_SEEN}},
	{"other EKs and AK", .seed = 2, .now = other_eks, REPLACED{REASON_EK_CHANGED}},
	{"nothing but the AK to compare", .seed = 2, .now = ek_of_another_kind,
		REPLACED{REASON_EK_CHANGED}},
	{"another VM's TPM", .seed = 2, .now = other_vm_and_eks, CLONED{REASON_OTHER_VM}},
	{"other AK", .seed = 2, UNVERIFIED{REASON_AK_CHANGED}},
	{"one of two EKs and the AK", .seed = 2, .now = one_other_ek,
		UNVERIFIED{REASON_AK_CHANGED}},
	{"other EKs, same AK", .now = other_eks,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EK_DIFFERS}},
	{"one of two EKs, same AK", .now = one_other_ek, CONTINUOUS{REASON_SAME_TPM}},
	{"EK of another kind, same AK", .now = ek_of_another_kind, CONTINUOUS{REASON_SAME_TPM}},
	{"certificate of another VM", .now = other_vm, CLONED{REASON_OTHER_VM}},
	{"certificate of another VM all along", .then = other_vm, .now = other_vm,
		CONTINUOUS{REASON_SAME_TPM}},
	{"another UUID", .then = no_certificates, .now = other_vm_without_certificates,
		CLONED{REASON_UUID_CHANGED}},
	{"UUID unreadable, as before", .then = no_smbios, .now = no_smbios,
		CONTINUOUS{REASON_SAME_TPM}},
	{"UUID unreadable now", .now = no_smbios,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	/* Was it cleared? */
	{"cleared", .now = cleared, CLEARED{REASON_OWNER_SEED_CHANGED}},
	{"cleared, announced", .event = EVENT_CLEAR, .now = cleared,
		CLEARED_AS_ANNOUNCED{REASON_OWNER_SEED_CHANGED}},
	{"cleared, keys evicted", .now = cleared_and_evicted,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"cleared, announced, keys evicted", .event = EVENT_CLEAR, .now = cleared_and_evicted,
		CLEARED_AS_ANNOUNCED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"cleared and provisioned anew, owner's authorization", .then = no_srk,
		.now = cleared_and_provisioned,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"another kind of SRK, owner's authorization", .then = no_srk, .now = another_kind_of_srk,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OBJECTS_CHANGED,
			REASON_OWNER_SEED_UNKNOWN}},
	{"clear announced, not seen", .event = EVENT_CLEAR,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EVENT_NOT_SEEN}},
	{"cleared without a reset, no SRK", .then = no_srk_at_all, .now = cleared_unseen,
		CLEARED{REASON_OWNER_SEED_CHANGED}},
	{"counters at 0 after a boot, no SRK", .then = no_srk, .now = cleared_unseen_and_rebooted,
		ROLLED_BACK{
			REASON_COUNTERS_BEHIND, REASON_OBJECTS_CHANGED, REASON_OWNER_SEED_UNKNOWN}},
	{"counters at 0, same SRK", .now = clear_counters, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"owner's authorization, same SRK", .then = no_srk, .now = story_reboot,
		RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"owner's authorization, no SRK, not reset", .then = no_srk_at_all, .now = no_srk_at_all,
		CONTINUOUS{REASON_SAME_TPM}},
	{"owner's authorization, no SRK, count is 0", .then = no_srk_at_all_nor_resets,
		.now = no_srk_at_all_nor_resets,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OWNER_SEED_UNKNOWN}},
	{"owner's authorization, no SRK, rebooted", .then = no_srk_at_all,
		.now = no_srk_at_all_rebooted,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OWNER_SEED_UNKNOWN}},
	/* The same boot of the system */
	{"nothing happened", CONTINUOUS{REASON_SAME_TPM}},
	{"live migration", .event = EVENT_LIVE_MIGRATION, CONTINUOUS{REASON_SAME_TPM}},
	{"live migration to a host that is ahead", .event = EVENT_LIVE_MIGRATION,
		.now = destination_ahead, CONTINUOUS{REASON_SAME_TPM}},
	{"a PCR of the system extended", .now = extend_late_pcr, CONTINUOUS{REASON_SAME_TPM}},
	{"wall clock stepped back", .now = step_wall_clock, CONTINUOUS{REASON_SAME_TPM}},
	{"clock set by the owner", .now = set_clock, CONTINUOUS{REASON_SAME_TPM}},
	{"reboot announced, not seen", .event = EVENT_HARD_REBOOT,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EVENT_NOT_SEEN}},
	{"resume of a saved VM", .event = EVENT_RESUME, CONTINUOUS{REASON_SAME_TPM}},
	{"resetCount behind", .now = counters_behind, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"restartCount behind", .now = restart_behind, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"reset under the guest", .now = reset_zeroes_pcrs,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"reset, nothing measured", .then = boot_pcrs_unmeasured, .now = reset_unmeasured,
		RESET_UNDER_GUEST{REASON_COUNTERS_MOVED}},
	{"on for too short, nothing measured", .then = boot_pcrs_unmeasured,
		.now = reset_long_ago_unmeasured, RESET_UNDER_GUEST{REASON_TIME_RESTARTED}},
	{"boot PCR changed", .now = change_boot_pcr, RESET_UNDER_GUEST{REASON_BOOT_PCRS_CHANGED}},
	{"boot PCR not as the log says", .now = pcr_against_log,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"suspended", .event = EVENT_RESUME, .now = suspend, RESTARTED{REASON_SUSPENDED}},
	{"suspended unannounced", .now = suspend,
		RESTARTED_BUT{REASON_SUSPENDED, REASON_NOT_ANNOUNCED}},
	{"suspended, nothing measured", .event = EVENT_RESUME, .then = boot_pcrs_unmeasured,
		.now = restart_unmeasured, RESTARTED{REASON_SUSPENDED}},
	{"suspended in a live migration", .event = EVENT_LIVE_MIGRATION, .now = suspend,
		RESTARTED_WRONGLY{REASON_SUSPENDED, REASON_NOT_ANNOUNCED}},
	{"suspended, older clock", .event = EVENT_RESUME, .now = suspend_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"hibernated", .event = EVENT_RESUME, .now = hibernate, RESTARTED{REASON_SUSPENDED}},
	{"still after a suspend", .then = suspend, .now = suspend, CONTINUOUS{REASON_SAME_TPM}},
	{"clock behind", .now = clock_behind, ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"time behind", .now = time_behind, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"clock behind its time", .now = clock_behind_time, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"fewer PCR updates", .now = fewer_updates, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"VM set back with its memory", .now = uptime_behind, ROLLED_BACK{REASON_UPTIME_BEHIND}},
	{"random bytes repeated", .now = repeat_random, ROLLED_BACK{REASON_RANDOM_REPEATED}},
	{"clock lags", .now = lag, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_CLOCK_LAGS}},
	{"clock drifts", .now = drift, CONTINUOUS{REASON_SAME_TPM}},
	/* Another boot of the system */
	{"soft reboot", .event = EVENT_SOFT_REBOOT, .now = story_reboot,
		RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"unannounced reboot", .now = story_reboot, RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"reboot in a live migration", .event = EVENT_LIVE_MIGRATION, .now = story_reboot,
		RESTARTED_WRONGLY{REASON_RESTARTED_ORDERLY}},
	{"hard reset, swtpm >= 0.8", .event = EVENT_HARD_REBOOT, .now = story_hard_reset,
		RESTARTED{REASON_RESTARTED_SAVED}},
	{"hard reset with an older clock", .now = hard_reset_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"hard reset, swtpm < 0.8", .event = EVENT_HARD_REBOOT, .now = crash_with_older_clock,
		CRASHED_AS_ALLOWED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash", .now = crash_with_older_clock,
		CRASHED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash in a live migration", .event = EVENT_LIVE_MIGRATION, .now = story_crash,
		CRASHED_WRONGLY{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash with a beacon", .then = beacon_7, .now = beacon_8_crashed, CRASHED{REASON_CRASHED}},
	{"two crashes", .now = crash_twice,
		CRASHED{REASON_CRASHED, REASON_SEVERAL_RESETS, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"orderly, but with an older clock", .now = reboot_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"two reboots", .now = reboot_again,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS}},
	{"two reboots, older clock", .now = reboot_again_after_crash,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS,
			REASON_ROLLBACK_NOT_EXCLUDED}},
	{"two hard reboots, older clock", .event = EVENT_HARD_REBOOT,
		.now = reboot_again_after_crash,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS,
			REASON_ROLLBACK_NOT_EXCLUDED}},
	{"two reboots, older clock, beacon", .then = beacon_7, .now = beacon_8_twice_rebooted,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS}},
	{"older counters", .now = reboot_to_older_counters, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"counters repeated", .now = reboot_to_the_same_counters,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"counters repeated, soon after power-on", .then = early, .now = early_again,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"measured otherwise", .now = reboot_measuring_otherwise,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_MEASUREMENTS_CHANGED}},
	{"shutdown unknown", .now = reboot_into_unknown_shutdown,
		CRASHED{REASON_CRASHED, REASON_PART_MISSING, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"shutdown unknown, hard reboot", .event = EVENT_HARD_REBOOT,
		.now = reboot_into_unknown_shutdown,
		CRASHED{REASON_CRASHED, REASON_PART_MISSING, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"kexec", .now = story_kexec, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET}},
	{"kexec announced as a soft reboot", .event = EVENT_SOFT_REBOOT, .now = story_kexec,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET, REASON_EVENT_NOT_SEEN}},
	{"kexec, clocks drift", .now = kexec_drifting,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET}},
	{"kexec, older clock", .now = kexec_with_older_clock,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"kexec, other boot PCRs", .now = kexec_measuring_otherwise,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"kexec, clock unreadable", .now = story_kexec, .alter_now = no_clock_after_kexec,
		UNVERIFIED{REASON_NO_ACCESS}},
	/* An unknown boot of the system */
	{"nothing happened, boot unknown", .now = no_boot_id,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_UNKNOWN}},
	{"reboot, boot unknown", .now = reboot_without_boot_id,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_BOOT_UNKNOWN}},
	{"reboot, boot of the baseline unknown", .then = no_boot_id, .now = story_reboot,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_BOOT_UNKNOWN}},
	{"nothing is known of the guest", .now = no_guest,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_UNKNOWN, REASON_PART_MISSING}},
	/* What else? */
	{"other model", .now = other_model, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_MODEL_CHANGED}},
	{"model unknown", .now = no_model, CONTINUOUS{REASON_SAME_TPM}},
	{"other firmware", .alter_now = other_firmware,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_FIRMWARE_CHANGED}},
	{"a bank less", .now = one_bank_less,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"a bank more", .then = one_bank_less,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"fewer PCRs in a bank", .now = fewer_pcrs,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BANKS_CHANGED}},
	{"a key gone", .now = lose_key, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a key replaced", .now = replace_key,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a key more", .then = lose_key, CONTINUOUS{REASON_SAME_TPM}},
	{"a key's name unreadable", .now = unreadable_key, CONTINUOUS{REASON_SAME_TPM}},
	{"an index gone", .now = lose_index,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"an index unwritten", .now = unwritten_index,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OBJECTS_CHANGED}},
	{"a volatile index unwritten", .then = volatile_index, .now = unwritten_index,
		CONTINUOUS{REASON_SAME_TPM}},
	{"no NV list", .now = no_nv, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	{"no NV list, as before", .then = no_nv, .now = no_nv, CONTINUOUS{REASON_SAME_TPM}},
	{"reported on demand, after the service", .then = seen_by_service, .now = seen_by_command,
		CONTINUOUS{REASON_SAME_TPM}},
	{"no clock", .alter_now = no_clock_after_kexec,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	{"locked out", .now = lockout, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_CHECK_FAILED}},
	/* Quoted in the owner hierarchy: counters are obfuscated, the key is made of the owner seed
	 */
	{"owner, first seen", .has_no_baseline = true, .now = owner,
		FIRST_SEEN{REASON_FIRST_SEEN, REASON_COUNTERS_OBFUSCATED}},
	{"owner, nothing happened", .then = owner, .now = owner,
		CONTINUOUS{REASON_SAME_TPM, REASON_COUNTERS_OBFUSCATED}},
	{"owner, live migration", .event = EVENT_LIVE_MIGRATION, .then = owner, .now = owner,
		CONTINUOUS{REASON_SAME_TPM, REASON_COUNTERS_OBFUSCATED}},
	{"owner, reboot in a live migration", .event = EVENT_LIVE_MIGRATION, .then = owner,
		.now = owner_rebooted,
		RESTARTED_WRONGLY{REASON_RESTARTED_ORDERLY, REASON_COUNTERS_OBFUSCATED}},
	{"owner, soft reboot", .event = EVENT_SOFT_REBOOT, .then = owner, .now = owner_rebooted,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_COUNTERS_OBFUSCATED}},
	{"owner, crash", .then = owner, .now = owner_crashed,
		CRASHED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, resetCount behind", .then = owner, .now = owner_behind,
		ROLLED_BACK{REASON_COUNTERS_BEHIND, REASON_COUNTERS_OBFUSCATED}},
	{"owner, beacon behind", .then = owner_beacon_7, .now = owner_beacon_6,
		ROLLED_BACK{REASON_BEACON_BEHIND, REASON_COUNTERS_OBFUSCATED}},
	{"owner, resetCount shown is not the signed one", .then = owner, .now = owner,
		.alter_now = show_other_counters, UNVERIFIED{REASON_BAD_QUOTE}},
	{"owner, restartCount shown is not the signed one", .then = owner, .now = owner,
		.alter_then = show_other_restarts, UNVERIFIED{REASON_BAD_QUOTE}},
	{"owner, no clock", .then = owner, .now = owner, .alter_now = no_clock_after_kexec,
		UNVERIFIED{REASON_NO_ACCESS}},
	{"owner, no clock in the baseline", .then = owner, .alter_then = no_clock_after_kexec,
		.now = owner, UNVERIFIED{REASON_NO_ACCESS}},
	{"owner, no SRK: the key is of the same seed", .then = owner, .now = owner_without_srk,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OBJECTS_CHANGED,
			REASON_COUNTERS_OBFUSCATED}},
	{"owner, other firmware", .then = owner, .now = owner, .alter_now = other_firmware,
		CONTINUOUS_BUT{
			REASON_SAME_TPM, REASON_FIRMWARE_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, cleared", .seed = 2, .then = owner, .now = owner_cleared,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, cleared, announced", .seed = 2, .event = EVENT_CLEAR, .then = owner,
		.now = owner_cleared,
		CLEARED_UNPROVEN{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, cleared, no SRK", .seed = 2, .then = owner, .now = owner_cleared_unseen,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED,
			REASON_COUNTERS_OBFUSCATED}},
	{"owner, other EKs and AK", .seed = 2, .then = owner, .now = owner_with_other_eks,
		REPLACED{REASON_EK_CHANGED}},
	{"owner, other AK, nothing else to compare", .seed = 2, .then = owner,
		.now = owner_with_nothing_to_compare, REPLACED{REASON_EK_CHANGED}},
	{"owner, other AK, the EK's certificate is the same", .seed = 2, .then = owner,
		.now = owner_with_ek_of_another_kind,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, certificate of another VM", .then = owner, .now = owner_of_another_vm,
		CLONED{REASON_OTHER_VM}},
	/* Quoted in another hierarchy than the baseline */
	{"endorsement, then owner", .now = owner, UNVERIFIED{REASON_AK_HIERARCHY}},
	{"owner, then endorsement", .then = owner, UNVERIFIED{REASON_AK_HIERARCHY}},
	{"endorsement, then owner with other EKs", .now = owner_with_other_eks,
		REPLACED{REASON_EK_CHANGED}},
	{"endorsement, then owner with an EK of another kind", .now = owner_with_ek_of_another_kind,
		UNVERIFIED{REASON_AK_HIERARCHY}},
	{"endorsement, then owner of another VM", .now = owner_of_another_vm,
		CLONED{REASON_OTHER_VM}},
	{"owner, then cleared, so endorsement", .then = owner, .now = cleared,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, then cleared as announced", .event = EVENT_CLEAR, .then = owner, .now = cleared,
		CLEARED_UNPROVEN{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	/* The beacon */
	{"beacon advanced", .then = beacon_7, .now = beacon_8, CONTINUOUS{REASON_SAME_TPM}},
	{"beacon read only", .then = beacon_7, .now = beacon_7_again, CONTINUOUS{REASON_SAME_TPM}},
	{"beacon not past the baseline's", .then = beacon_7, .now = beacon_7,
		ROLLED_BACK{REASON_BEACON_BEHIND}},
	{"beacon behind", .then = beacon_7, .now = beacon_6, ROLLED_BACK{REASON_BEACON_BEHIND}},
	{"beacon gone", .then = beacon_7, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BEACON_MISSING}},
	{"beacon failed", .then = beacon_7, .now = beacon_failed,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BEACON_MISSING}},
	{"beacon new", .now = beacon_7, CONTINUOUS{REASON_SAME_TPM}},
};

const size_t continuity_row_count = COUNT(continuity_rows);
