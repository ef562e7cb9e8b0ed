/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the TPM answer? All of it is the agent's word, not signed. */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

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

static const struct continuity_row rows[] = {
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
};

const struct continuity_table continuity_rows_access = {rows, COUNT(rows)};
