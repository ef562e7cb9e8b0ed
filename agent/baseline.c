/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/baseline.h"

#include <stdio.h>

#include "agent/state/state.h"
#include "core/signed/quote.h"

int baseline_check_worth(
	const struct evidence *evidence, const struct checks *checks, struct error *err)
{
	const struct check *decisive = checks_decisive(checks);
	enum verdict_status status = checks_status(checks);
	struct attest_quote quote;

	if (status == VERDICT_CONTRAINDICATED || status == VERDICT_NONE)
		return error_set(err, ERROR_UNSUPPORTED, "no baseline saved: %s",
			decisive ? decisive->sentence : "the TPM could not be asked");
	if (quote_verify(evidence, NULL, 0, &quote, err))
		return error_wrap(err, "no baseline saved");
	return 0;
}

int baseline_path(
	const char *given, const char *state, char ret_path[STATE_PATH_MAX], struct error *err)
{
	if (!given)
		return state_path(state_directory(state), STATE_BASELINE, ret_path, err);
	if (snprintf(ret_path, STATE_PATH_MAX, "%s", given) >= STATE_PATH_MAX)
		return error_set(err, ERROR_TOO_LARGE, "%.64s...: the path is too long", given);
	return 0;
}
