/* SPDX-License-Identifier: BSD-2-Clause */
/* A person says that the present vTPM is the right one: it becomes the service's baseline. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/adoption.h"
#include "agent/baseline.h"
#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/state/service.h"
#include "agent/state/state.h"
#include "agent/status/baseline_page.h"
#include "agent/status/outcome.h"
#include "console/page_verdict.h"
#include "core/log.h"
#include "core/verdict/carry.h"
#include "core/verdict/judge.h"
#include "platform/guest.h"
#include "platform/system.h"

struct acceptance {
	const char *directory;
	struct evidence *baseline; /* NULL: none, or none that can be read */
	struct verdict kept;       /* the service's last one */
	struct evidence *evidence; /* what the person is shown */
	struct checks checks;
	struct verdict verdict; /* of both, and what is not over of the kept one */
	bool is_good;           /* the service has nothing against its baseline */
};

/* What is there and cannot be read is a reason to accept anew; that it is not ours to read is not.
 */
static int recall(struct acceptance *acceptance, struct error *err)
{
	struct error other;
	uint64_t iat;
	int rc = state_read_baseline(acceptance->directory, &acceptance->baseline, err), verdict;

	if (rc == -ERROR_PERMISSION)
		return rc;
	verdict = state_read_verdict(acceptance->directory, &acceptance->kept, &iat, &other);
	if (rc && rc != -ERROR_NOT_FOUND)
		log_write(LOG_LEVEL_WARNING, "the old baseline cannot be read: %s", err->message);
	acceptance->is_good =
		!rc && !verdict && status_of_verdict(&acceptance->kept) == VERDICT_AFFIRMING;
	return 0;
}

/* What came here with another VM's image says nothing of this one. */
static void judge(struct acceptance *acceptance)
{
	const struct evidence *baseline = acceptance->baseline, *evidence = acceptance->evidence;

	continuity_judge(baseline, evidence, EVENT_NONE, NULL, 0, &acceptance->verdict);
	if (!baseline || !continuity_is_other_vm(baseline, evidence))
		verdict_carry(&acceptance->kept, baseline, evidence, &acceptance->verdict);
}

static int prepare(const struct look_options *how, struct acceptance *acceptance, struct error *err)
{
	int rc = recall(acceptance, err);

	if (!rc)
		rc = look(how, &acceptance->evidence, &acceptance->checks, err);
	if (!rc)
		rc = baseline_check_worth(acceptance->evidence, &acceptance->checks, err);
	if (!rc)
		judge(acceptance);
	return rc;
}

static void end(struct acceptance *acceptance)
{
	evidence_free(acceptance->baseline);
	evidence_free(acceptance->evidence);
}

static int show(const struct acceptance *acceptance, struct error *err)
{
	struct page *page = calloc(1, sizeof(*page));
	BUF_SCOPED out = {0};

	if (page) {
		page_build_verdict(&acceptance->verdict, NULL, NULL, NULL, NULL, page);
		if (acceptance->baseline)
			status_add_baseline("The service's baseline", "baseline.json",
				acceptance->baseline, page);
		status_add_baseline(
			"This vTPM", acceptance->evidence->device.path, acceptance->evidence, page);
	}
	output_page("", page, &out);
	free(page);
	return output_write("", &out, err);
}

static int ask(struct error *err)
{
	char answer[8] = "";

	if (!platform_terminal_can_ask())
		return error_set(err, ERROR_USAGE,
			"nothing is accepted unasked: --yes takes this vTPM as the baseline");
	fputs("\nIs this the right vTPM, to be the service's baseline from now on? [y/N] ", stdout);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin) || (*answer != 'y' && *answer != 'Y'))
		return error_set(err, ERROR_UNSUPPORTED, "nothing was accepted");
	return 0;
}

static void tell(const struct acceptance *now, const char *state)
{
	const struct check *decisive = checks_decisive(&now->checks);
	const struct evidence *evidence = now->evidence;
	struct state_service said = {0};
	struct error ignored;

	state_read_service(now->directory, &said, &ignored);
	said.compared = evidence->iat;
	said.health = checks_status(&now->checks);
	snprintf(said.check, sizeof(said.check), "%s", decisive ? decisive->id : "");
	snprintf(said.boot_id, sizeof(said.boot_id), "%s", evidence->guest.boot_id);
	*said.fault = 0;
	state_tell(state, &said);
}

/* What the service keeps after its own comparisons, for it to go on with; the old baseline first.
 */
static int write_all(const struct acceptance *now, const char *state, struct error *err)
{
	static const char *const names[] = {
		STATE_BASELINE, STATE_OLD_BASELINE, STATE_VERDICT, STATE_SERVICE};
	const char *directory = now->directory;
	struct error ignored;
	int rc = adoption_make(directory, now->baseline, now->evidence,
		"a person accepted this vTPM as the baseline, with vtpm-agent accept", err);

	if (!rc)
		tell(now, state);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[STATE_PATH_MAX];

		if (!state_path(directory, names[i], path, &ignored))
			platform_file_give(path);
	}
	return rc;
}

static bool is_same_document(const struct evidence *left, const struct evidence *right)
{
	json_t *a = left ? evidence_to_json(left) : NULL,
	       *b = right ? evidence_to_json(right) : NULL;
	bool is_same = (!left && !right) || (a && b && json_equal(a, b));

	json_decref(a);
	json_decref(b);
	return is_same;
}

static bool is_same_verdict(const struct verdict *left, const struct verdict *right)
{
	return left->status == right->status && left->continuity == right->continuity &&
	       left->reasons[0].code == right->reasons[0].code;
}

/* A person answers for what he was shown: that vTPM as it was then, and what the service has
 * against it. The service may have compared again meanwhile, and found the same. */
static bool is_as_shown(const struct acceptance *shown, const struct acceptance *now)
{
	struct verdict since;

	if (!is_same_document(shown->baseline, now->baseline))
		return false;
	if (!is_same_verdict(&shown->kept, &now->kept))
		return false;
	continuity_judge(shown->evidence, now->evidence, EVENT_NONE, NULL, 0, &since);
	return since.continuity == CONTINUITY_CONTINUOUS && since.status != VERDICT_CONTRAINDICATED;
}

static bool leave_out(const char *name, const struct record_part *part, void *context)
{
	const struct acceptance *now = context;
	const size_t at = (size_t)((const uint8_t *)part - (const uint8_t *)now->evidence);
	const struct record_part *then =
		(const struct record_part *)((const uint8_t *)now->baseline + at);
	const bool is_of_system = strcmp(name, "smbios") == 0 || strcmp(name, "event_log") == 0;

	if (is_of_system && then->state == PART_FAILED)
		*(struct record_part *)((uint8_t *)now->evidence + at) = *then;
	return true;
}

/* Root may read more of the system than the service: what its account cannot, no comparison of its
 * own would have, and each would warn of that. */
static void leave_out_what_it_lacks(struct acceptance *now)
{
	if (now->baseline)
		evidence_visit_parts(now->evidence, leave_out, now);
}

/* Looks once more: the person took his time. */
static int keep(const struct acceptance *shown, const struct options *options, struct error *err)
{
	const struct look_options how = options_look(options);
	struct acceptance now = {.directory = shown->directory};
	int rc = prepare(&how, &now, err);

	if (!rc && !is_as_shown(shown, &now))
		rc = error_set(err, ERROR_UNSUPPORTED,
			"nothing was accepted: it changed meanwhile; look once more");
	if (!rc) {
		leave_out_what_it_lacks(&now);
		rc = write_all(&now, options->state, err);
	}
	end(&now);
	return rc;
}

static int keep_alone(
	const struct acceptance *acceptance, const struct options *options, struct error *err)
{
	const uint64_t until_us = platform_monotonic_us() + (uint64_t)options->timeout_s * 1000000;
	intptr_t lock;
	int rc = platform_directory_make(acceptance->directory, err);

	if (!rc)
		rc = platform_lock_take(acceptance->directory, until_us, &lock, err);
	if (rc)
		return rc;
	rc = keep(acceptance, options, err);
	platform_lock_end(lock);
	if (!rc)
		platform_watch_call(acceptance->directory);
	return rc;
}

static int accept_shown(
	const struct acceptance *acceptance, const struct options *options, struct error *err)
{
	int rc = show(acceptance, err);

	if (!rc && acceptance->is_good && acceptance->verdict.status == VERDICT_AFFIRMING) {
		puts("\nNothing to accept: this is the service's baseline already.");
		return 0;
	}
	if (!rc && !options->is_sure)
		rc = ask(err);
	if (!rc)
		rc = keep_alone(acceptance, options, err);
	if (!rc)
		puts("\nAccepted: this vTPM is the service's baseline from now on.");
	return rc;
}

/* The machine's own service has nothing to do with a TPM that is named by hand. */
static int check_place(const struct options *options, struct error *err)
{
	const struct command_line *line = &options->line;
	const bool has_state = command_line_names(&options_program, line, "state");

	if (has_state || !command_line_names(&options_program, line, "tcti"))
		return 0;
	return error_set(err, ERROR_USAGE,
		"the service's baseline is of this machine's TPM: with --tcti, --state names "
		"whose it is");
}

int command_accept(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct acceptance acceptance = {.directory = state_directory(options->state)};
	const struct look_options how = options_look(options);
	int rc = check_place(options, err);

	if (!rc)
		rc = prepare(&how, &acceptance, err);
	if (!rc)
		rc = accept_shown(&acceptance, options, err);
	if (!rc)
		*ret_code = verdict_exit_code(checks_status(&acceptance.checks));
	end(&acceptance);
	return rc;
}
