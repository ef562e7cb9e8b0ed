/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/baselines.h"

#include "core/checks/checks.h"
#include "core/log.h"
#include "core/verdict/carry.h"
#include "host/confirm/baseline_file.h"
#include "link/evidence_file.h"
#include "link/verdict_file.h"
#include "platform/system.h"

/* A directory remembers what has not ended; a file is compared with, and that is all. */
static int carry(const char *place, struct confirm_result *result, struct error *err)
{
	struct verdict kept = {0};
	char path[BASELINE_PATH_SIZE];
	uint64_t iat;
	int rc;

	if (!baseline_file_is_directory(place) || !result->evidence)
		return 0;
	rc = baseline_file_name(place, result->uuid, BASELINE_VERDICT, path, err);
	if (!rc)
		rc = verdict_file_read(path, &kept, &iat, err);
	if (rc && rc != -ERROR_NOT_FOUND)
		return rc;
	verdict_carry(&kept, result->baseline, result->evidence, &result->verdict);
	result->status = result->verdict.status;
	rc = 0;
	if (result->status == VERDICT_CONTRAINDICATED)
		rc = verdict_file_write(path, &result->verdict, result->evidence->iat, err);
	else if (kept.status == VERDICT_CONTRAINDICATED)
		rc = platform_file_remove(path, err);
	/* It is told now, even where it cannot be remembered. */
	if (rc)
		log_write(LOG_LEVEL_WARNING, "%s", err->message);
	return 0;
}

/* Whether a vTPM survived something is no question of its health. */
static bool is_only_kept(const struct confirm_result *result)
{
	return result->verdict.continuity == CONTINUITY_FIRST_SEEN &&
	       result->verdict.event == EVENT_NONE;
}

/* What nothing vouches for is no reference. Who keeps without comparing has decided. */
static int save(const struct baselines *places, struct confirm_result *result, struct error *err)
{
	char path[BASELINE_PATH_SIZE], verdict[BASELINE_PATH_SIZE];
	bool is_first;
	int rc = baseline_file_name(places->kept, result->uuid, "", path, err);

	if (!rc)
		rc = baseline_file_name(places->kept, result->uuid, BASELINE_VERDICT, verdict, err);
	if (rc)
		return rc;
	if (!result->verdict.is_quote_verified)
		return error_set(err, ERROR_UNSUPPORTED,
			"no verified quote, so it is not kept as a baseline");
	is_first = !platform_file_is_there(path) && !platform_file_is_there(verdict);
	rc = platform_directory_make(places->kept, err);
	if (!rc)
		rc = evidence_file_write(path, result->evidence, err);
	if (rc)
		return rc;
	result->is_kept = true;
	result->is_first = is_first;
	if (is_only_kept(result)) {
		checks_run(result->evidence, &(struct checks_options){0}, &result->checks);
		result->status = checks_status(&result->checks);
	}
	rc = platform_file_remove(verdict, err);
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

int baselines_compare(const struct baselines *places, enum event event,
	struct confirm_result *result, struct error *err)
{
	bool is_fit;
	int rc;

	confirm_judge(result, event);
	rc = carry(places->compared, result, err);
	/* What was compared must be fit to be compared with. */
	is_fit = !places->compared || continuity_moves_baseline(&result->verdict);
	if (!rc && places->kept && is_fit)
		rc = save(places, result, err);
	return rc;
}
