/* SPDX-License-Identifier: BSD-2-Clause */
/* Healthy evidence with one thing broken a row: what the check of it says, and what all say. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checks.h"
#include "tests/unit/sample.h"

static void nothing(struct evidence *e)
{
	(void)e;
}

/* --- access --- */

/* The conversation never began, or broke off before the first part. */
static void lose_session(struct evidence *e, enum error_code code, const char *message)
{
	SAMPLE_FAIL(&e->session, code, message);
	memset(&e->properties, 0,
		offsetof(struct evidence, event_log) - offsetof(struct evidence, properties));
}

#define SESSION_FAULT(name, code)                                                                  \
	static void name(struct evidence *e)                                                       \
	{                                                                                          \
		lose_session(e, code, #name " says why");                                          \
	}

SESSION_FAULT(missing, ERROR_DEVICE_MISSING)
SESSION_FAULT(unbound, ERROR_DEVICE_UNBOUND)
SESSION_FAULT(busy, ERROR_DEVICE_BUSY)
SESSION_FAULT(denied, ERROR_PERMISSION)
SESSION_FAULT(unsupported, ERROR_UNSUPPORTED)
SESSION_FAULT(no_memory, ERROR_NO_MEMORY)
SESSION_FAULT(timeout, ERROR_TIMEOUT)
SESSION_FAULT(broken_pipe, ERROR_IO)
SESSION_FAULT(not_started, ERROR_TPM_INITIALIZE)
SESSION_FAULT(tpm_12, ERROR_TPM_12)
SESSION_FAULT(failed_at_once, ERROR_TPM_FAILURE)

static void no_session(struct evidence *e)
{
	memset(&e->session, 0,
		offsetof(struct evidence, event_log) - offsetof(struct evidence, session));
}

/* As the agent has it: figures of a session that failed do not stand in a document. */
static void not_started_with_figures(struct evidence *e)
{
	lose_session(e, ERROR_TPM_INITIALIZE, "TPM2_GetCapability: not started");
	e->session.commands = 3;
	memcpy(e->session.slowest, "TPM2_X", 7);
}

static void tis(struct evidence *e)
{
	memcpy(e->device.model, "tpm-tis", 8);
	memcpy(e->device.driver, "tpm_tis", 8);
}

static void no_model(struct evidence *e)
{
	e->device.model[0] = 0;
}

static void driver_says_12(struct evidence *e)
{
	e->device.version_major = 1;
}

static void through_tcti(struct evidence *e)
{
	memcpy(e->device.transport, "tcti", 5);
	memcpy(e->device.path, "swtpm:", 7);
	e->device.version_major = 1; /* of the machine's own TPM */
	e->clock.time_ms = 0;
}

static void hung_tcti(struct evidence *e)
{
	through_tcti(e);
	lose_session(e, ERROR_TIMEOUT, "open swtpm:: the TPM did not answer in time");
}

static void properties_failed(struct evidence *e)
{
	SAMPLE_FAIL(&e->properties, ERROR_TPM_RC, "TPM2_GetCapability: no");
}

static void other_family(struct evidence *e)
{
	*sample_property(e, TCG_PT_FAMILY_INDICATOR) = 0x312e3200;
}

/* What a TPM in failure mode tells of itself. */
static void no_family(struct evidence *e)
{
	*sample_property(e, TCG_PT_FAMILY_INDICATOR) = 0;
	e->properties.values.items[0].id = 0x7776;
}

static void garbled(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_MALFORMED, "TPM2_ReadClock: 3 bytes");
	SAMPLE_FAIL(&e->random, ERROR_MALFORMED, "TPM2_GetRandom: 3 bytes");
}

static void guest_files_garbled(struct evidence *e)
{
	SAMPLE_FAIL(&e->smbios, ERROR_MALFORMED, "product_uuid: not a UUID");
	SAMPLE_FAIL(&e->event_log, ERROR_MALFORMED, "event 3: cut off");
}

static void one_command(struct evidence *e)
{
	e->session.commands = 1;
}

static void failure_mode(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_FAILURE, "TPM2_ReadClock: failure mode");
	SAMPLE_FAIL(&e->nv, ERROR_TPM_FAILURE, "TPM2_NV_ReadPublic: failure mode");
}

/* --- state --- */

static void self_test_failed(struct evidence *e)
{
	e->self_test.result = TCG_RC_FAILURE;
}

static void self_test_needed(struct evidence *e)
{
	e->self_test.result = TCG_RC_NEEDS_TEST;
}

static void self_test_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->self_test, ERROR_TPM_BLOCKED, "TPM2_GetTestResult: blocked");
}

static void random_repeats(struct evidence *e)
{
	e->random.is_healthy = false;
	e->random.has_repeated_block = true;
}

static void random_runs(struct evidence *e)
{
	e->random.is_healthy = false;
	e->random.longest_run = 512;
	e->random.most_frequent = 511;
}

static void random_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->random, ERROR_TPM_RC, "TPM2_GetRandom: no");
}

static void locked_out(struct evidence *e)
{
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 3;
}

static void one_failure(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 1;
}

static void two_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
}

static void half_of_the_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 4;
}

static void most_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 0x80000000;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 0xffffffff;
}

static void lockout_never(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 9;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 0;
}

static void no_owner(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_SH_ENABLE;
}

static void no_endorsement(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_EH_ENABLE;
}

static void no_platform(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_PH_ENABLE;
}

static void no_objects(struct evidence *e)
{
	*sample_property(e, TCG_PT_HR_TRANSIENT_AVAIL) = 0;
}

static void no_sessions(struct evidence *e)
{
	*sample_property(e, TCG_PT_HR_LOADED_AVAIL) = 0;
}

static void only_sha1(struct evidence *e)
{
	e->pcrs.bank_count = 1;
}

static void no_banks(struct evidence *e)
{
	e->pcrs.bank_count = 0;
}

static void unsteady(struct evidence *e)
{
	e->pcrs.is_consistent = false;
}

static void pcrs_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->pcrs, ERROR_TPM_RC, "TPM2_PCR_Read: no");
}

static void zero_pcrs(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
}

static void zero_pcrs_and_no_log(struct evidence *e)
{
	zero_pcrs(e);
	SAMPLE_FAIL(&e->event_log, ERROR_NOT_FOUND, "no log");
}

static void zero_pcrs_and_empty_log(struct evidence *e)
{
	zero_pcrs(e);
	e->event_log.events = 0;
	e->event_log.bank_count = 0;
}

static void zero_pcrs_and_failed_log(struct evidence *e)
{
	zero_pcrs(e);
	e->event_log.part.state = PART_FAILED;
}

static void no_log(struct evidence *e)
{
	SAMPLE_FAIL(&e->event_log, ERROR_PERMISSION, "open: denied");
}

static void log_never_looked_for(struct evidence *e)
{
	memset(&e->event_log, 0, sizeof(e->event_log));
}

static void log_of_other_banks(struct evidence *e)
{
	e->event_log.bank_count = 1;
	e->event_log.banks[0].alg = TCG_ALG_SHA384;
}

static void one_pcr_differs(struct evidence *e)
{
	e->pcrs.banks[1].values[4][31] ^= 1;
}

static void two_pcrs_differ(struct evidence *e)
{
	e->pcrs.banks[0].values[0][0] ^= 1;
	e->pcrs.banks[0].values[7][0] ^= 1;
}

static void both_banks_differ(struct evidence *e)
{
	one_pcr_differs(e);
	two_pcrs_differ(e);
}

/* The system extends these after the firmware's log ended; and what no event extended is not told
 * by the log. */
static void later_pcrs_differ(struct evidence *e)
{
	e->event_log.banks[0].pcrs = 0x0001ff & ~2U;
	e->event_log.banks[0].values[8][0] = 1;
	e->event_log.banks[0].values[1][0] ^= 1;
}

static void clock_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_RC, "TPM2_ReadClock: no");
}

static void behind(struct evidence *e, uint64_t uptime_ms, uint64_t time_ms)
{
	e->clock.uptime_ms = uptime_ms;
	e->clock.time_ms = time_ms;
}

static void behind_5_s(struct evidence *e)
{
	behind(e, 25025, 20000);
}

static void behind_more(struct evidence *e)
{
	behind(e, 25026, 20000);
}

static void suspended(struct evidence *e)
{
	behind(e, 400000, 20000);
}
static void behind_half(struct evidence *e)
{
	behind(e, 200000, 100000);
}

static void behind_over_half(struct evidence *e)
{
	zero_pcrs_and_no_log(e);
	behind(e, 200002, 100000);
}

static void behind_60_s_of_61(struct evidence *e)
{
	behind(e, 61000, 1000);
}

static void just_reset(struct evidence *e)
{
	zero_pcrs_and_no_log(e);
	behind(e, UINT64_MAX / 4, 0);
}

static void ahead(struct evidence *e)
{
	behind(e, 1000, INT64_MAX);
}

/* --- identity --- */

static void eks_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->eks, ERROR_TPM_RC, "TPM2_CreatePrimary: no");
}

static void no_eks(struct evidence *e)
{
	e->eks.keys.count = 0;
	e->certificates.certificates.count = 0;
}

static void template_ek(struct evidence *e)
{
	e->eks.keys.count = 1;
	e->eks.keys.items[0].handle = 0;
	e->certificates.certificates.count = 1;
}

static void four_eks_of_unknown_curves(struct evidence *e)
{
	for (size_t i = 0; i < EVIDENCE_EKS_MAX; i++) {
		e->eks.keys.items[i] = e->eks.keys.items[1];
		e->eks.keys.items[i].curve = 0x7777;
	}
	e->eks.keys.count = EVIDENCE_EKS_MAX;
}

static void wrong_certificate(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
}

static void wrong_certificate_of_a_chain(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].index = TCG_NV_EK_CHAIN_FIRST;
}

/* An EK of that kind was not read: nothing to compare with. */
static void certificate_of_another_kind(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].curve = TCG_CURVE_P256;
}

static void certificate_of_another_size(struct evidence *e)
{
	e->certificates.certificates.items[0].is_ek = false;
	e->certificates.certificates.items[0].bits = 3072;
}

static void certificate_of_another_type(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].type = 0;
}

static void no_certificates(struct evidence *e)
{
	e->certificates.certificates.count = 0;
}

static void certificates_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->certificates, ERROR_TPM_AUTH, "TPM2_NV_Read: no");
}

/* As the agent has it: what was read before the failure does not stand in a document. */
static void certificates_failed_halfway(struct evidence *e)
{
	e->certificates.part.state = PART_FAILED;
	error_set(&e->certificates.part.error, ERROR_TPM_AUTH, "TPM2_NV_Read: no");
	e->certificates.certificates.items[0].is_ek = false;
}

static void other_uuid(struct evidence *e)
{
	e->smbios.uuid[0] = '1';
}

static void swapped_uuid(struct evidence *e)
{
	memcpy(e->smbios.uuid, "0c0d0e0f-1111-2222-3333-444455556666", TEXT_UUID_SIZE);
}

static void upper_case_uuid(struct evidence *e)
{
	memcpy(e->smbios.uuid, "0F0E0D0C-1111-2222-3333-444455556666", TEXT_UUID_SIZE);
}

static void domain_named_like_a_uuid(struct evidence *e)
{
	for (size_t i = 0; i < e->certificates.certificates.count; i++)
		snprintf(e->certificates.certificates.items[i].subject,
			sizeof(e->certificates.certificates.items[i].subject),
			"CN=11111111-2222-3333-4444-555555555555:" SAMPLE_UUID);
}

static void upper_case_subject(struct evidence *e)
{
	snprintf(e->certificates.certificates.items[0].subject, 64,
		"CN=guest 0F0E0D0C-1111-2222-3333-444455556666,O=x");
}

static void no_uuid(struct evidence *e)
{
	e->smbios.uuid[0] = 0;
}

static void uuid_denied(struct evidence *e)
{
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "open product_uuid: denied");
}

static void subject_without_uuid(struct evidence *e)
{
	for (size_t i = 0; i < 2; i++)
		snprintf(e->certificates.certificates.items[i].subject, 64,
			"CN=0f0e0d0c-1111-2222-3333-44445555666");
}

/* Of another certificate authority's own, which has a UUID in its name. */
static void uuid_only_in_the_chain(struct evidence *e)
{
	subject_without_uuid(e);
	e->certificates.certificates.items[1].index = TCG_NV_EK_CHAIN_FIRST;
	snprintf(e->certificates.certificates.items[1].subject, 64,
		"CN=1f0e0d0c-1111-2222-3333-444455556666");
}

static void ak_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->ak, ERROR_TPM_AUTH, "TPM2_CreatePrimary: an authorization");
}

static void quote_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "TPM2_Quote: no");
}

static void no_quote(struct evidence *e)
{
	memset(&e->quote, 0, sizeof(e->quote));
}

static void owner_ak(struct evidence *e)
{
	memcpy(e->ak.hierarchy, "owner", 6);
}

static void only_ak_absent(struct evidence *e)
{
	memset(&e->ak, 0, sizeof(e->ak));
}

#define PASS      CHECK_PASS, VERDICT_AFFIRMING, NULL
#define UNKNOWN   CHECK_UNKNOWN, VERDICT_AFFIRMING, NULL
#define WARN(id)  CHECK_WARN, VERDICT_WARNING, id
#define FAIL(id)  CHECK_FAIL, VERDICT_CONTRAINDICATED, id
#define NONE      CHECK_UNKNOWN, VERDICT_NONE, "device"
#define NOT_THERE -1, VERDICT_AFFIRMING, NULL

static const struct {
	void (*change)(struct evidence *e);
	const char *expect_model;
	const char *id;                /* the check that is looked at */
	int result;                    /* a check_result; -1: the check is not listed */
	enum verdict_status status;    /* of all */
	const char *decisive;          /* NULL: none */
	const char *sentence, *remedy; /* what they begin with or contain; NULL remedy: empty */
} rows[] = {
	{nothing, NULL, "device", PASS, "/dev/tpmrm0 opens", NULL},
	{missing, NULL, "device", FAIL("device"), "no TPM device: missing says why", "<tpm>"},
	{unbound, NULL, "device", FAIL("device"), "no driver serves the TPM device: unbound says",
		"driver"},
	{busy, NULL, "device", NONE, "busy says why", "Not a fault of the TPM"},
	{denied, NULL, "device", NONE, "denied says why", "permission"},
	{unsupported, NULL, "device", NONE, "the TPM could not be opened: unsupported says why",
		NULL},
	{no_memory, NULL, "device", NONE, "the TPM could not be opened: no_memory says why", NULL},
	{no_session, NULL, "device", NONE, "the TPM could not be opened", NULL},
	{timeout, NULL, "device", CHECK_PASS, VERDICT_CONTRAINDICATED, "responsive",
		"/dev/tpmrm0 opens", NULL},
	{hung_tcti, NULL, "device", CHECK_UNKNOWN, VERDICT_CONTRAINDICATED, "responsive",
		"no answer: whether swtpm: opens is not known", NULL},
	{broken_pipe, NULL, "device", CHECK_PASS, VERDICT_CONTRAINDICATED, "responsive",
		"/dev/tpmrm0 opens", NULL},

	{nothing, NULL, "model", PASS, "tpm-crb (driver tpm_crb)", NULL},
	{nothing, "tpm-crb", "model", PASS, "tpm-crb (driver tpm_crb), as expected", NULL},
	{tis, NULL, "model", PASS, "tpm-tis (driver tpm_tis)", NULL},
	{tis, "tpm-crb", "model", FAIL("model"), "tpm-tis, but tpm-crb was expected",
		"hw_tpm_model"},
	{no_model, "tpm-crb", "model", UNKNOWN, "no driver tells the model; tpm-crb was expected",
		NULL},
	{no_model, NULL, "model", NOT_THERE, NULL, NULL},
	/* A broken model is told even where the device cannot be opened. */
	{denied, "tpm-tis", "model", FAIL("model"), "tpm-crb, but tpm-tis was expected", "XML"},

	{nothing, NULL, "version", PASS, "TPM 2.0, library specification revision 1.64", NULL},
	{tpm_12, NULL, "version", FAIL("version"), "tpm_12 says why", "swtpm still runs"},
	{driver_says_12, NULL, "version", FAIL("version"), "the driver reports a TPM 1.2", "2.0"},
	{through_tcti, NULL, "version", PASS, "TPM 2.0, library", NULL},
	{properties_failed, NULL, "version", UNKNOWN,
		"the TPM's properties: TPM2_GetCapability: no", NULL},
	{no_family, NULL, "version", UNKNOWN, "the TPM does not tell its version", NULL},
	{other_family, NULL, "version", FAIL("version"),
		"the TPM calls its family \"1.2\", not 2.0", NULL},
	{missing, NULL, "version", -1, VERDICT_CONTRAINDICATED, "device", NULL, NULL},
	{timeout, NULL, "version", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "responsive", PASS,
		"38 commands in 4.5 ms, the slowest TPM2_CreatePrimary in 0.5 ms", NULL},
	{garbled, NULL, "responsive", FAIL("responsive"),
		"not the answer of a TPM 2.0: TPM2_ReadClock: 3 bytes", "swtpm"},
	{guest_files_garbled, NULL, "responsive", PASS, "38 commands in 4.5 ms", NULL},
	{one_command, NULL, "responsive", PASS, "1 command in 4.5 ms", NULL},
	{timeout, NULL, "responsive", FAIL("responsive"), "unresponsive: timeout says why", "NFS"},
	{broken_pipe, NULL, "responsive", FAIL("responsive"), "no answer: broken_pipe says why",
		"swtpm still runs"},
	{not_started, NULL, "responsive", CHECK_PASS, VERDICT_CONTRAINDICATED, "started",
		"answers, but not as a working TPM 2.0", NULL},
	{not_started_with_figures, NULL, "responsive", CHECK_PASS, VERDICT_CONTRAINDICATED,
		"started", "answers, but not as a working TPM 2.0", NULL},
	{tpm_12, NULL, "responsive", CHECK_PASS, VERDICT_CONTRAINDICATED, "version",
		"answers, but not as a working TPM 2.0", NULL},
	{busy, NULL, "responsive", -1, VERDICT_NONE, "device", NULL, NULL},
	{missing, NULL, "responsive", -1, VERDICT_CONTRAINDICATED, "device", NULL, NULL},

	{nothing, NULL, "started", NOT_THERE, NULL, NULL},
	{not_started, NULL, "started", FAIL("started"), "not_started says why", "TPM2_Startup"},

	{nothing, NULL, "failure-mode", PASS, "not in failure mode", NULL},
	{failure_mode, NULL, "failure-mode", FAIL("failure-mode"),
		"the TPM is in failure mode: TPM2_ReadClock: failure mode", "state directory"},
	{failed_at_once, NULL, "failure-mode", FAIL("failure-mode"),
		"the TPM is in failure mode: failed_at_once says why", "state directory"},
	{failed_at_once, NULL, "responsive", CHECK_PASS, VERDICT_CONTRAINDICATED, "failure-mode",
		"answers, but not as a working TPM 2.0", NULL},
	{properties_failed, NULL, "failure-mode", UNKNOWN, "failure mode: TPM2_GetCapability: no",
		NULL},
	{timeout, NULL, "failure-mode", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "self-test", PASS, "passed", NULL},
	{self_test_failed, NULL, "self-test", FAIL("self-test"), "failed with 0x101", "restart"},
	{self_test_needed, NULL, "self-test", PASS, "not finished", NULL},
	{self_test_refused, NULL, "self-test", UNKNOWN,
		"the self-test's result: TPM2_GetTestResult: blocked", NULL},
	{timeout, NULL, "self-test", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "random", PASS, "512 bytes pass", NULL},
	{random_repeats, NULL, "random", FAIL("random"), "the same random block twice", "keys"},
	{random_runs, NULL, "random", FAIL("random"),
		"a run of 512 (limit 6), a value 511 times in a window (limit 19)", "keys"},
	{random_refused, NULL, "random", UNKNOWN, "random numbers: TPM2_GetRandom: no", NULL},
	{timeout, NULL, "random", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "lockout", PASS, "no lockout, 0 of 3 failures", NULL},
	{one_failure, NULL, "lockout", PASS, "no lockout, 1 of 3 failures", NULL},
	{two_failures, NULL, "lockout", WARN("lockout"), "2 of 3 failed authorizations", "count"},
	{half_of_the_failures, NULL, "lockout", WARN("lockout"), "2 of 4 failed", "count"},
	{most_failures, NULL, "lockout", WARN("lockout"), "2147483648 of 4294967295", "count"},
	{lockout_never, NULL, "lockout", PASS, "no lockout, 9 of 0 failures", NULL},
	{locked_out, NULL, "lockout", FAIL("lockout"), "locked out after 3 failed", "Wait"},
	{properties_failed, NULL, "lockout", NOT_THERE, NULL, NULL},

	{nothing, NULL, "hierarchies", PASS, "owner and endorsement enabled", NULL},
	{no_platform, NULL, "hierarchies", PASS, "owner and endorsement enabled", NULL},
	{no_owner, NULL, "hierarchies", WARN("hierarchies"),
		"owner hierarchy disabled: no storage keys", "Restart"},
	{no_endorsement, NULL, "hierarchies", WARN("hierarchies"),
		"endorsement hierarchy disabled: no endorsement key", "Restart"},
	{properties_failed, NULL, "hierarchies", NOT_THERE, NULL, NULL},

	{nothing, NULL, "slots", PASS, "room for 1 more object and 3 sessions", NULL},
	{no_objects, NULL, "slots", WARN("slots"), "room for 0 more objects and 3", "tpmrm0"},
	{no_sessions, NULL, "slots", WARN("slots"), "room for 1 more object and 0 sessions",
		"tpmrm0"},
	{properties_failed, NULL, "slots", NOT_THERE, NULL, NULL},

	{nothing, NULL, "pcr-banks", PASS, "sha1, sha256", NULL},
	{only_sha1, NULL, "pcr-banks", WARN("pcr-banks"), "no bank of SHA-256 or stronger: sha1",
		"active_pcr_banks"},
	{no_banks, NULL, "pcr-banks", WARN("pcr-banks"), "no bank of SHA-256 or stronger",
		"active_pcr_banks"},
	{unsteady, NULL, "pcr-banks", WARN("pcr-banks"), "sha1, sha256; extended faster", "again"},
	{pcrs_refused, NULL, "pcr-banks", UNKNOWN, "PCRs: TPM2_PCR_Read: no", NULL},
	{timeout, NULL, "pcr-banks", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "boot-pcrs", PASS, "match the event log (42 events)", NULL},
	{zero_pcrs, NULL, "boot-pcrs", FAIL("boot-pcrs"), "the event log has 42 events", "lost"},
	{zero_pcrs_and_no_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{zero_pcrs_and_empty_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{zero_pcrs_and_failed_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{no_log, NULL, "boot-pcrs", UNKNOWN, "event log: open: denied", NULL},
	{log_never_looked_for, NULL, "boot-pcrs", UNKNOWN, "event log could not be asked for",
		NULL},
	{log_of_other_banks, NULL, "boot-pcrs", UNKNOWN, "covers none of the PCR banks", NULL},
	{one_pcr_differs, NULL, "boot-pcrs", FAIL("boot-pcrs"),
		"sha256 PCR 4 holds other values than the event log leads to", "swtpm"},
	{two_pcrs_differ, NULL, "boot-pcrs", FAIL("boot-pcrs"),
		"sha1 PCR 0, 7 hold other values than the event log leads to", "swtpm"},
	{both_banks_differ, NULL, "boot-pcrs", FAIL("boot-pcrs"), "sha1 PCR 0, 7 hold", "swtpm"},
	{later_pcrs_differ, NULL, "boot-pcrs", PASS, "match the event log", NULL},
	{no_banks, NULL, "boot-pcrs", -1, VERDICT_WARNING, "pcr-banks", NULL, NULL},
	{pcrs_refused, NULL, "boot-pcrs", NOT_THERE, NULL, NULL},
	{through_tcti, NULL, "boot-pcrs", UNKNOWN, "reached through a TCTI", NULL},

	{nothing, NULL, "tpm-time", PASS, "powered on for 90062 s, the system for 90061 s", NULL},
	{behind_5_s, NULL, "tpm-time", PASS, "powered on for 20 s, the system for 25 s", NULL},
	{behind_more, NULL, "tpm-time", WARN("tpm-time"), "on for 20 s, the system for 25 s",
		"clocks agree"},
	{behind_half, NULL, "tpm-time", WARN("tpm-time"), "on for 100 s, the system for 200 s",
		"clocks agree"},
	{suspended, NULL, "tpm-time", WARN("tpm-time"), "suspended and resumed", "swtpm"},
	{behind_over_half, NULL, "tpm-time", FAIL("tpm-time"), "on for 100 s", "swtpm"},
	{behind_60_s_of_61, NULL, "tpm-time", WARN("tpm-time"), "on for 1 s", "swtpm"},
	{just_reset, NULL, "tpm-time", FAIL("tpm-time"), "reset under the system", "swtpm"},
	{ahead, NULL, "tpm-time", PASS, "powered on for", NULL},
	{clock_refused, NULL, "tpm-time", NOT_THERE, NULL, NULL},
	{through_tcti, NULL, "tpm-time", UNKNOWN, "reached through a TCTI", NULL},

	{nothing, NULL, "ek", PASS, "RSA 2048 (0x81010001), ECC P-384 (0x81010016)", NULL},
	{template_ek, NULL, "ek", PASS, "RSA 2048 (by template)", NULL},
	{four_eks_of_unknown_curves, NULL, "ek", PASS,
		"ECC ? (0x81010016), ECC ? (0x81010016), ECC ? (0x81010016), ECC ? (0x81010016)",
		NULL},
	{no_eks, NULL, "ek", UNKNOWN, "none was read", NULL},
	{eks_refused, NULL, "ek", UNKNOWN, "the endorsement key: TPM2_CreatePrimary: no", NULL},
	{timeout, NULL, "ek", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "ek-certificate", PASS, "2 certificates for the EKs", NULL},
	{template_ek, NULL, "ek-certificate", PASS, "1 certificate for the EK", NULL},
	{wrong_certificate, NULL, "ek-certificate", FAIL("ek-certificate"),
		"the certificate in NV 0x01c00016 is not for this TPM's EK", "mixed"},
	{wrong_certificate_of_a_chain, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_kind, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_size, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_type, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{no_certificates, NULL, "ek-certificate", UNKNOWN, "the TPM holds none, as many do", NULL},
	{certificates_refused, NULL, "ek-certificate", UNKNOWN, "EK certificates: TPM2_NV_Read",
		NULL},
	{certificates_failed_halfway, NULL, "ek-certificate", UNKNOWN,
		"EK certificates: TPM2_NV_Read", NULL},
	{eks_refused, NULL, "ek-certificate", NOT_THERE, NULL, NULL},
	{timeout, NULL, "ek-certificate", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{nothing, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{swapped_uuid, NULL, "certificate-uuid", PASS, "names this VM, 0c0d0e0f", NULL},
	{upper_case_uuid, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{upper_case_subject, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{domain_named_like_a_uuid, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID,
		NULL},
	{other_uuid, NULL, "certificate-uuid", FAIL("certificate-uuid"),
		"names VM " SAMPLE_UUID ", but this is VM 1f0e0d0c-", "another VM's"},
	{no_uuid, NULL, "certificate-uuid", UNKNOWN, "SMBIOS tells no UUID", NULL},
	{uuid_denied, NULL, "certificate-uuid", UNKNOWN, "SMBIOS UUID: open product_uuid: denied",
		NULL},
	{subject_without_uuid, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{uuid_only_in_the_chain, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{no_certificates, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{certificates_failed_halfway, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{through_tcti, NULL, "certificate-uuid", UNKNOWN, "reached through a TCTI", NULL},

	{nothing, NULL, "attestation", PASS, "a key of the endorsement hierarchy", NULL},
	{owner_ak, NULL, "attestation", PASS,
		"a key of the owner hierarchy, which obfuscates the counters", NULL},
	{ak_refused, NULL, "attestation", WARN("attestation"),
		"attestation key unavailable: TPM2_CreatePrimary: an authorization", "Without"},
	{quote_refused, NULL, "attestation", WARN("attestation"), "no quote: TPM2_Quote: no",
		"Without"},
	{no_quote, NULL, "attestation", UNKNOWN, "nothing was quoted", NULL},
	{only_ak_absent, NULL, "attestation", NOT_THERE, NULL, NULL},
};

static const struct check *find(const struct checks *checks, const char *id)
{
	for (size_t i = 0; i < checks->count; i++) {
		if (strcmp(checks->items[i].id, id) == 0)
			return &checks->items[i];
	}
	return NULL;
}

/* The row under test, for a message that says which it was. */
static void assert_text(size_t row, const char *text, const char *piece)
{
	if (!(piece ? strstr(text, piece) != NULL : !*text))
		fail_msg("row %zu (%s): \"%s\"", row, rows[row].id, text);
}

static void test_each_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		const struct checks_options options = {.expect_model = rows[i].expect_model};
		const struct check *check, *decisive;
		struct checks checks;

		rows[i].change(evidence);
		checks_run(evidence, &options, &checks);
		check = find(&checks, rows[i].id);
		if (!check != (rows[i].result < 0) ||
			(check && (int)check->result != rows[i].result))
			fail_msg("row %zu (%s): %s", i, rows[i].id,
				check ? check->sentence : "not listed");
		if (check) {
			assert_text(i, check->sentence, rows[i].sentence);
			assert_text(i, check->remedy, rows[i].remedy);
		}
		decisive = checks_decisive(&checks);
		if (checks_status(&checks) != rows[i].status || !decisive != !rows[i].decisive ||
			(decisive && strcmp(decisive->id, rows[i].decisive) != 0))
			fail_msg("row %zu (%s): %s because of %s", i, rows[i].id,
				verdict_status_name(checks_status(&checks)),
				decisive ? decisive->id : "nothing");
	}
}

/* Whoever reads the document comes to the same checks as who wrote it. */
static void test_each_fault_is_alike_in_the_document(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		EVIDENCE_SCOPED *back = NULL;
		const struct checks_options options = {.expect_model = rows[i].expect_model};
		struct checks here, there;
		BUF_SCOPED text = {0};
		struct error err;
		json_t *json;

		rows[i].change(evidence);
		json = evidence_to_json(evidence);
		record_print(&text, json, false);
		json_decref(json);
		assert_int_equal(evidence_parse(text.data, text.len, &back, &err), 0);
		checks_run(evidence, &options, &here);
		checks_run(back, &options, &there);
		assert_int_equal(here.count, there.count);
		for (size_t j = 0; j < here.count; j++) {
			assert_string_equal(here.items[j].id, there.items[j].id);
			assert_int_equal(here.items[j].result, there.items[j].result);
			assert_string_equal(here.items[j].sentence, there.items[j].sentence);
			assert_string_equal(here.items[j].remedy, there.items[j].remedy);
		}
	}
}

static void test_every_check_says_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		const struct checks_options options = {.expect_model = rows[i].expect_model};
		struct checks checks;

		rows[i].change(evidence);
		checks_run(evidence, &options, &checks);
		for (size_t j = 0; j < checks.count; j++) {
			assert_true(*checks.items[j].title && *checks.items[j].sentence);
			/* In our own words, only what every terminal can show. */
			for (const char *c = checks.items[j].remedy; *c; c++)
				assert_in_range(*c, ' ', '~');
		}
	}
}

/* 17 checks apply to the healthy sample; "started" only where it is not. */
static void test_the_order_and_the_counts(void **state)
{
	static const char *const order[] = {"device", "model", "version", "responsive",
		"failure-mode", "self-test", "random", "lockout", "hierarchies", "slots",
		"pcr-banks", "boot-pcrs", "tpm-time", "ek", "ek-certificate", "certificate-uuid",
		"attestation"};
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;

	(void)state;
	checks_run(evidence, &options, &checks);
	assert_int_equal(checks.count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(checks.items[i].id, order[i]);
	assert_int_equal(checks_count(&checks, CHECK_PASS), COUNT(order));
	assert_int_equal(checks_count(&checks, CHECK_FAIL), 0);
	two_failures(evidence);
	self_test_failed(evidence);
	no_log(evidence);
	checks_run(evidence, &options, &checks);
	assert_int_equal(checks_count(&checks, CHECK_FAIL), 1);
	assert_int_equal(checks_count(&checks, CHECK_WARN), 1);
	assert_int_equal(checks_count(&checks, CHECK_UNKNOWN), 1);
	/* The first of the worst: not the warning that stands before it. */
	assert_string_equal(checks_decisive(&checks)->id, "self-test");
}

static void test_no_checks_at_all(void **state)
{
	const struct checks none = {0};

	(void)state;
	assert_int_equal(checks_status(&none), VERDICT_NONE);
	assert_null(checks_decisive(&none));
}

static void test_verdicts_and_exit_codes(void **state)
{
	static const struct {
		enum verdict_status status;
		const char *name;
		enum exit_code exit_code;
	} verdicts[] = {
		{VERDICT_NONE, "none", 3},
		{VERDICT_AFFIRMING, "affirming", 0},
		{VERDICT_WARNING, "warning", 1},
		{VERDICT_CONTRAINDICATED, "contraindicated", 2},
		{(enum verdict_status)99, "none", 3},
	};
	static const char *const results[] = {[CHECK_UNKNOWN] = "unknown",
		[CHECK_PASS] = "pass",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "fail",
		[CHECK_FAIL + 1] = "unknown"};

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		assert_string_equal(verdict_status_name(verdicts[i].status), verdicts[i].name);
		assert_int_equal(verdict_exit_code(verdicts[i].status), verdicts[i].exit_code);
	}
	for (size_t i = 0; i < COUNT(results); i++)
		assert_string_equal(check_result_name((enum check_result)i), results[i]);
}

static void test_json(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	json_t *json, *first, *second;

	(void)state;
	lose_session(evidence, ERROR_DEVICE_MISSING, "open: \xff \x1b");
	checks_run(evidence, &options, &checks);
	json = checks_to_json(&checks);
	assert_int_equal(json_array_size(json), checks.count);
	first = json_array_get(json, 0);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "device");
	assert_string_equal(json_string_value(json_object_get(first, "result")), "fail");
	assert_string_equal(
		json_string_value(json_object_get(first, "sentence")), "no TPM device: open: ? ?");
	assert_string_equal(
		json_string_value(json_object_get(first, "remedy")), checks.items[0].remedy);
	second = json_array_get(json, 1);
	assert_string_equal(json_string_value(json_object_get(second, "result")), "pass");
	assert_null(json_object_get(second, "remedy"));
	json_decref(json);
}

/* A sentence that a long message fills is cut, not overrun. */
static void test_long_messages(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	char message[512];
	json_t *json;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(message); i += 2)
		memcpy(message + i, "\xc3\xbc", 3);
	lose_session(evidence, ERROR_DEVICE_MISSING, message);
	checks_run(evidence, &options, &checks);
	assert_int_equal(strlen(checks.items[0].sentence), sizeof(checks.items[0].sentence) - 1);
	json = checks_to_json(&checks);
	assert_non_null(json);
	json_decref(json);
	json = evidence_to_json(evidence);
	assert_non_null(json);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fault),
		cmocka_unit_test(test_each_fault_is_alike_in_the_document),
		cmocka_unit_test(test_every_check_says_something),
		cmocka_unit_test(test_the_order_and_the_counts),
		cmocka_unit_test(test_no_checks_at_all),
		cmocka_unit_test(test_verdicts_and_exit_codes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_long_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
