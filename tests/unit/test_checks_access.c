/* SPDX-License-Identifier: BSD-2-Clause */
/* Can the TPM be spoken to? */
#include "tests/unit/fixture/checks_rows.h"

#include <stddef.h>
#include <string.h>

#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

#define SESSION_FAULT(name, code)                                                                  \
	static void name(struct evidence *e)                                                       \
	{                                                                                          \
		fault_session(e, code, #name " says why");                                         \
	}

SESSION_FAULT(missing, ERROR_DEVICE_MISSING)
SESSION_FAULT(unbound, ERROR_DEVICE_UNBOUND)
SESSION_FAULT(busy, ERROR_DEVICE_BUSY)
SESSION_FAULT(denied, ERROR_PERMISSION)
SESSION_FAULT(unsupported, ERROR_UNSUPPORTED)
SESSION_FAULT(no_memory, ERROR_NO_MEMORY)
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
	fault_session(e, ERROR_TPM_INITIALIZE, "TPM2_GetCapability: not started");
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

static void hung_tcti(struct evidence *e)
{
	fault_through_tcti(e);
	fault_session(e, ERROR_TIMEOUT, "open swtpm:: the TPM did not answer in time");
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

static void lost(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_ANSWER_LOST, "TPM2_ReadClock: its answer was lost");
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

static const struct checks_row rows[] = {
	{fault_none, NULL, "device", PASS, "/dev/tpmrm0 opens", NULL},
	{missing, NULL, "device", FAIL("device"), "no TPM device: missing says why", "<tpm>"},
	{unbound, NULL, "device", FAIL("device"), "no driver serves the TPM device: unbound says",
		"driver"},
	{busy, NULL, "device", NONE, "busy says why", "Not a fault of the TPM"},
	{denied, NULL, "device", NONE, "denied says why", "permission"},
	{unsupported, NULL, "device", NONE, "the TPM could not be opened: unsupported says why",
		NULL},
	{no_memory, NULL, "device", NONE, "the TPM could not be opened: no_memory says why", NULL},
	{no_session, NULL, "device", NONE, "the TPM could not be opened", NULL},
	{fault_timeout, NULL, "device", CHECK_PASS, VERDICT_CONTRAINDICATED, "responsive",
		"/dev/tpmrm0 opens", NULL},
	{hung_tcti, NULL, "device", CHECK_UNKNOWN, VERDICT_CONTRAINDICATED, "responsive",
		"no answer: whether swtpm: opens is not known", NULL},
	{broken_pipe, NULL, "device", CHECK_PASS, VERDICT_CONTRAINDICATED, "responsive",
		"/dev/tpmrm0 opens", NULL},

	{fault_none, NULL, "model", PASS, "tpm-crb (driver tpm_crb)", NULL},
	{fault_none, "tpm-crb", "model", PASS, "tpm-crb (driver tpm_crb), as expected", NULL},
	{tis, NULL, "model", PASS, "tpm-tis (driver tpm_tis)", NULL},
	{tis, "tpm-crb", "model", FAIL("model"), "tpm-tis, but tpm-crb was expected",
		"hw_tpm_model"},
	{no_model, "tpm-crb", "model", UNKNOWN, "no driver tells the model; tpm-crb was expected",
		NULL},
	{no_model, NULL, "model", NOT_THERE, NULL, NULL},
	/* A broken model is told even where the device cannot be opened. */
	{denied, "tpm-tis", "model", FAIL("model"), "tpm-crb, but tpm-tis was expected", "XML"},

	{fault_none, NULL, "version", PASS, "TPM 2.0, library specification revision 1.64", NULL},
	{tpm_12, NULL, "version", FAIL("version"), "tpm_12 says why", "swtpm still runs"},
	{driver_says_12, NULL, "version", FAIL("version"), "the driver reports a TPM 1.2", "2.0"},
	{fault_through_tcti, NULL, "version", PASS, "TPM 2.0, library", NULL},
	{fault_properties, NULL, "version", UNKNOWN, "the TPM's properties: TPM2_GetCapability: no",
		NULL},
	{no_family, NULL, "version", UNKNOWN, "the TPM does not tell its version", NULL},
	{other_family, NULL, "version", FAIL("version"),
		"the TPM calls its family \"1.2\", not 2.0", NULL},
	{missing, NULL, "version", -1, VERDICT_CONTRAINDICATED, "device", NULL, NULL},
	{fault_timeout, NULL, "version", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{fault_none, NULL, "responsive", PASS,
		"38 commands in 4.5 ms, the slowest TPM2_CreatePrimary in 0.5 ms", NULL},
	{garbled, NULL, "responsive", FAIL("responsive"),
		"not the answer of a TPM 2.0: TPM2_ReadClock: 3 bytes", "swtpm"},
	{lost, NULL, "responsive", WARN("responsive"), "TPM2_ReadClock: its answer was lost",
		"no live migration"},
	{guest_files_garbled, NULL, "responsive", PASS, "38 commands in 4.5 ms", NULL},
	{one_command, NULL, "responsive", PASS, "1 command in 4.5 ms", NULL},
	{fault_timeout, NULL, "responsive", FAIL("responsive"), "unresponsive: timeout says why",
		"NFS"},
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

	{fault_none, NULL, "started", NOT_THERE, NULL, NULL},
	{not_started, NULL, "started", FAIL("started"), "not_started says why", "TPM2_Startup"},

	{fault_none, NULL, "failure-mode", PASS, "not in failure mode", NULL},
	{failure_mode, NULL, "failure-mode", FAIL("failure-mode"),
		"the TPM is in failure mode: TPM2_ReadClock: failure mode", "state directory"},
	{failed_at_once, NULL, "failure-mode", FAIL("failure-mode"),
		"the TPM is in failure mode: failed_at_once says why", "state directory"},
	{failed_at_once, NULL, "responsive", CHECK_PASS, VERDICT_CONTRAINDICATED, "failure-mode",
		"answers, but not as a working TPM 2.0", NULL},
	{fault_properties, NULL, "failure-mode", UNKNOWN, "failure mode: TPM2_GetCapability: no",
		NULL},
	{fault_timeout, NULL, "failure-mode", -1, VERDICT_CONTRAINDICATED, "responsive", NULL,
		NULL},
};

int main(void)
{
	return checks_rows_test(rows, COUNT(rows));
}
