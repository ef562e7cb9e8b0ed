/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/baselines.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/checks/checks.h"
#include "core/log.h"
#include "core/verdict/carry.h"
#include "link/evidence_file.h"
#include "link/verdict_file.h"
#include "platform/system.h"

#define VERDICT ".verdict" /* UUID.verdict.json: what has not ended */

static int make_path(const char *directory, const char *uuid, const char *kind, char *ret_path,
	size_t size, struct error *err)
{
	int len = snprintf(ret_path, size, "%s/%s%s.json", directory, uuid, kind);

	if (len < 0 || (size_t)len >= size)
		return error_set(err, ERROR_TOO_LARGE, "%s: the name is too long", directory);
	return 0;
}

static bool is_directory(const char *place)
{
	struct stat status;

	return place && !stat(place, &status) && S_ISDIR(status.st_mode);
}

static int read_baseline(
	const char *place, const char *uuid, struct evidence **ret_baseline, struct error *err)
{
	char path[1024];
	int rc;

	if (!is_directory(place))
		return evidence_file_read(place, ret_baseline, err);
	rc = make_path(place, uuid, "", path, sizeof(path), err);
	return rc ? rc : evidence_file_read(path, ret_baseline, err);
}

/* A directory remembers what has not ended; a file is compared with, and that is all. */
static int carry(const char *place, const struct evidence *baseline, struct confirm_result *result,
	struct error *err)
{
	struct verdict kept = {0};
	char path[1024];
	uint64_t iat;
	int rc;

	if (!is_directory(place) || !result->evidence)
		return 0;
	rc = make_path(place, result->uuid, VERDICT, path, sizeof(path), err);
	if (!rc)
		rc = verdict_file_read(path, &kept, &iat, err);
	if (rc && rc != -ERROR_NOT_FOUND)
		return rc;
	verdict_carry(&kept, baseline, result->evidence, &result->verdict);
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

static enum verdict_status judge_health(const struct evidence *evidence)
{
	struct checks checks;

	checks_run(evidence, &(struct checks_options){0}, &checks);
	return checks_status(&checks);
}

/* What nothing vouches for is no reference. Who keeps without comparing has decided. */
static int save(const struct baselines *places, struct confirm_result *result, struct error *err)
{
	char path[1024], verdict[1024];
	int rc = make_path(places->kept, result->uuid, "", path, sizeof(path), err);

	if (!rc)
		rc = make_path(places->kept, result->uuid, VERDICT, verdict, sizeof(verdict), err);
	if (rc)
		return rc;
	if (!result->verdict.is_quote_verified)
		return error_set(err, ERROR_UNSUPPORTED,
			"no verified quote, so it is not kept as a baseline");
	rc = platform_directory_make(places->kept, err);
	if (!rc)
		rc = evidence_file_write(path, result->evidence, err);
	if (rc)
		return rc;
	result->is_kept = true;
	if (result->verdict.continuity == CONTINUITY_FIRST_SEEN)
		result->status = judge_health(result->evidence);
	rc = platform_file_remove(verdict, err);
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

int baselines_compare(const struct baselines *places, enum event event,
	struct confirm_result *result, struct evidence **ret_baseline, struct error *err)
{
	struct evidence *baseline = NULL;
	int rc = 0;

	if (places->compared)
		rc = read_baseline(places->compared, result->uuid, &baseline, err);
	if (rc)
		return rc;
	confirm_judge(result, baseline, event);
	*ret_baseline = baseline;
	rc = carry(places->compared, baseline, result, err);
	/* What was compared and is broken is no baseline. */
	if (!rc && places->kept && !(places->compared && result->status == VERDICT_CONTRAINDICATED))
		rc = save(places, result, err);
	return rc;
}
