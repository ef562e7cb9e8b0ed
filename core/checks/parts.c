/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/parts.h"

#include <stdio.h>
#include <string.h>

/* Checks that tell why a part could not be read: for any part, or for one of their own. */
static const struct {
	const char *part; /* NULL: any */
	const char *check;
} tellers[] = {
	{NULL, "device"},
	{NULL, "version"},
	{NULL, "responsive"},
	{NULL, "started"},
	{NULL, "failure-mode"},
	{"self_test", "self-test"},
	{"random", "random"},
	{"pcrs", "pcr-banks"},
	{"event_log", "boot-pcrs"},
	{"smbios", "certificate-uuid"},
	{"eks", "ek"},
	{"certificates", "ek-certificate"},
	{"ak", "attestation"},
	{"quote", "attestation"},
	{"unlock", "disk-unlock"},
};

/* The guest's own files: what they do not tell is no fault of the TPM. */
static bool is_of_guest(const char *part)
{
	static const char *const parts[] = {
		"guest", "smbios", "device", "event_log", "boot", "unlock", "signs"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(part, parts[i]) == 0)
			return true;
	}
	return false;
}

/* A TPM or a system may rightly refuse these. */
static bool is_refusal(enum error_code code)
{
	return code == ERROR_PERMISSION || code == ERROR_TPM_AUTH || code == ERROR_TPM_BLOCKED ||
	       code == ERROR_UNSUPPORTED || code == ERROR_NOT_FOUND;
}

/* Sentences are cut where they are full, so the beginning of the reason must do. */
static bool quotes(const struct check *check, const struct error *error)
{
	char beginning[64];

	snprintf(beginning, sizeof(beginning), "%.63s", error->message);
	return strstr(check->sentence, beginning) != NULL;
}

struct untold {
	const struct evidence *evidence;
	const struct check *so_far;
	size_t count;
	char names[160];
	const struct error *first;
	bool is_fault; /* one of them is more than a refusal */
};

static bool is_told(const struct untold *untold, const char *name, const struct error *error)
{
	for (size_t i = 0; i < untold->count; i++) {
		const struct check *check = &untold->so_far[i];

		for (size_t j = 0; j < sizeof(tellers) / sizeof(tellers[0]); j++) {
			const char *part = tellers[j].part;

			if (strcmp(tellers[j].check, check->id) != 0)
				continue;
			if ((!part || strcmp(part, name) == 0) && quotes(check, error))
				return true;
		}
	}
	return false;
}

static bool find_untold(const char *name, const struct record_part *part, void *context)
{
	struct untold *untold = context;
	size_t used = strlen(untold->names);

	if (part->state != PART_FAILED || is_told(untold, name, &part->error))
		return true;
	/* Not of the machine whose TPM this is, or of one that has no TPM to speak to. */
	if (is_of_guest(name) && (strcmp(untold->evidence->device.transport, "tcti") == 0 ||
					 untold->evidence->session.part.state == PART_FAILED))
		return true;
	snprintf(
		untold->names + used, sizeof(untold->names) - used, "%s%s", used ? ", " : "", name);
	if (!untold->first)
		untold->first = &part->error;
	untold->is_fault =
		untold->is_fault || (!is_of_guest(name) && !is_refusal(part->error.code));
	return true;
}

bool check_parts(const struct evidence *evidence, const struct check *so_far, size_t count,
	struct check *ret_check)
{
	struct untold untold = {.evidence = evidence, .so_far = so_far, .count = count};

	evidence_visit_parts(evidence, find_untold, &untold);
	if (!untold.first)
		return false;
	check_set(ret_check, untold.is_fault ? CHECK_WARN : CHECK_UNKNOWN, "not read: %s (%s)",
		untold.names, untold.first->message);
	if (untold.is_fault)
		check_remedy(ret_check, "What could not be read is neither judged nor compared. "
					"The evidence (vtpm-agent evidence) has each reason.");
	return true;
}
