/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/service_word.h"

#include <stdio.h>
#include <string.h>

#include "agent/state/state.h"
#include "core/verdict/judge.h"
#include "platform/system.h"

/* A comparison takes its time, and so does a service manager; clocks are set a little. */
#define GRACE_S 120

static void fault(struct service_word *word, const struct error *err)
{
	if (!*word->said.fault)
		snprintf(word->said.fault, sizeof(word->said.fault), "%.500s", err->message);
}

static bool is_refused(int rc)
{
	return rc == -ERROR_NOT_FOUND || rc == -ERROR_PERMISSION;
}

static void compare_with_baseline(
	const char *directory, const struct evidence *evidence, struct service_word *word)
{
	EVIDENCE_SCOPED *baseline = NULL;
	struct error err;
	int rc = state_read_baseline(directory, &baseline, &err);

	if (rc && !is_refused(rc))
		fault(word, &err);
	if (rc)
		return;
	word->is_of_other_vm = continuity_is_other_vm(baseline, evidence);
	word->is_before_baseline = word->has_verdict && word->iat < baseline->iat;
}

/* Errors: NOT_FOUND and PERMISSION, where there is nothing for this user. */
static int read_kept(
	const char *directory, const struct evidence *evidence, struct service_word *word)
{
	struct error err;
	int said = state_read_service(directory, &word->said, &err), rc;

	if (said && !is_refused(said))
		fault(word, &err);
	rc = state_read_verdict(directory, &word->verdict, &word->iat, &err);
	word->has_verdict = !rc;
	if (rc == -ERROR_PERMISSION || (rc && is_refused(said)))
		return is_refused(rc) ? rc : (fault(word, &err), 0);
	if (rc && rc != -ERROR_NOT_FOUND)
		fault(word, &err);
	word->is_before_boot = *word->said.boot_id && *evidence->guest.boot_id &&
			       strcmp(word->said.boot_id, evidence->guest.boot_id) != 0;
	compare_with_baseline(directory, evidence, word);
	return 0;
}

static bool read_public(const char *path, struct service_word *word)
{
	struct error err;
	int rc = state_read_public(path, &word->said, &word->verdict, &word->has_verdict, &err);

	if (is_refused(rc))
		return false;
	if (rc)
		fault(word, &err);
	word->iat = word->said.compared;
	word->is_public = true;
	/* It names no boot, and not everywhere does it end with one. */
	word->is_before_boot =
		(word->iat + 1) * 1000 + platform_uptime_ms() < platform_wall_clock_ms();
	return true;
}

bool service_word_read(
	const char *state, const struct evidence *evidence, struct service_word *ret_word)
{
	const char *path;
	int rc;

	*ret_word = (struct service_word){0};
	rc = read_kept(state_directory(state), evidence, ret_word);
	if (!rc)
		return true;
	/* A directory that this user may not read is the service's, whoever named it. */
	path = state_public_path(rc == -ERROR_PERMISSION ? "" : state);
	return path && read_public(path, ret_word);
}

enum service_pace service_word_pace(const struct service_word *word, uint64_t now)
{
	if (word->iat > now + GRACE_S)
		return SERVICE_IN_FUTURE;
	if (word->said.ended && !word->is_before_boot && now > word->said.ended + GRACE_S)
		return SERVICE_ENDED;
	/* What no interval comes to was promised by another clock. */
	if (!word->said.next || word->said.next > now + STATE_NEXT_MAX_S + GRACE_S)
		return SERVICE_UNKNOWN;
	return now > word->said.next + GRACE_S ? SERVICE_OVERDUE : SERVICE_GOES_ON;
}
