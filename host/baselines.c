/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/baselines.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/checks/checks.h"
#include "core/json/text.h"
#include "link/evidence_file.h"
#include "platform/system.h"

static int make_path(
	const char *directory, const char *uuid, char *ret_path, size_t size, struct error *err)
{
	int len = snprintf(ret_path, size, "%s/%s.json", directory, uuid);

	if (len < 0 || (size_t)len >= size)
		return error_set(err, ERROR_TOO_LARGE, "%s: the name is too long", directory);
	return 0;
}

static int read_baseline(
	const char *place, const char *uuid, struct evidence **ret_baseline, struct error *err)
{
	char path[1024];
	struct stat status;
	int rc;

	if (stat(place, &status) || !S_ISDIR(status.st_mode))
		return evidence_file_read(place, ret_baseline, err);
	rc = make_path(place, uuid, path, sizeof(path), err);
	return rc ? rc : evidence_file_read(path, ret_baseline, err);
}

static enum verdict_status judge_health(const struct evidence *evidence)
{
	struct checks checks;

	checks_run(evidence, &(struct checks_options){0}, &checks);
	return checks_status(&checks);
}

/* What nothing vouches for is no reference. */
static int save(const char *directory, struct confirm_result *result, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[1024];
	json_t *json;
	int rc = make_path(directory, result->uuid, path, sizeof(path), err);

	if (rc)
		return rc;
	if (!result->verdict.is_quote_verified)
		return error_set(err, ERROR_UNSUPPORTED,
			"no verified quote, so it is not kept as a baseline");
	json = evidence_to_json(result->evidence);
	if (json)
		json_text_print(&text, json, false);
	json_decref(json);
	buf_append_text(&text, "\n");
	if (!json || text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the baseline");
	rc = platform_directory_make(directory, err);
	if (!rc)
		rc = platform_file_replace(path, text.data, text.len, err);
	if (!rc && result->verdict.continuity == CONTINUITY_FIRST_SEEN)
		result->status = judge_health(result->evidence);
	return rc;
}

int baselines_compare(const struct baselines *places, enum event event,
	struct confirm_result *result, struct evidence **ret_baseline, struct error *err)
{
	struct evidence *baseline = NULL;
	int rc = 0;

	if (places->compared)
		rc = read_baseline(places->compared, result->uuid, &baseline, err);
	if (!rc) {
		confirm_judge(result, baseline, event);
		*ret_baseline = baseline;
	}
	if (!rc && places->kept)
		rc = save(places->kept, result, err);
	return rc;
}
