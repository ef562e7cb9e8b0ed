/* SPDX-License-Identifier: BSD-2-Clause */
/* Can the TPM be spoken to? The faults are told apart as in the fault table of docs/checks.md. */
#include "core/checks/access.h"

#include <inttypes.h>
#include <string.h>

#include "core/evidence/properties.h"

/* The error that ended the conversation, or ERROR_NONE. */
static enum error_code session_fault(const struct evidence *evidence)
{
	return evidence->session.part.state == PART_FAILED ? evidence->session.part.error.code
							   : ERROR_NONE;
}

/* The conversation never began: only the check of the device has something to say. */
static bool was_opened(const struct evidence *evidence)
{
	switch (session_fault(evidence)) {
	case ERROR_DEVICE_MISSING:
	case ERROR_DEVICE_UNBOUND:
	case ERROR_DEVICE_BUSY:
	case ERROR_PERMISSION:
	case ERROR_TPM_BLOCKED:
	case ERROR_UNSUPPORTED:
	case ERROR_NO_MEMORY:
		return false;
	default:
		return evidence->session.part.state != PART_ABSENT;
	}
}

/* A TCTI already speaks to the TPM while it is opened; a device node does not. */
static bool was_hung_at_once(const struct evidence *evidence)
{
	return session_fault(evidence) == ERROR_TIMEOUT &&
	       evidence->properties.part.state == PART_ABSENT &&
	       strcmp(evidence->device.transport, "tcti") == 0;
}

bool check_device(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_device *device = &evidence->device;
	const char *message = evidence->session.part.error.message;

	(void)options;
	switch (session_fault(evidence)) {
	case ERROR_DEVICE_MISSING:
		check_set(check, CHECK_FAIL, "no TPM device: %s", message);
		check_remedy(check,
			"On the host, see that the domain has a <tpm> element and that its swtpm "
			"runs; in the guest, that the kernel has the driver.");
		return true;
	case ERROR_DEVICE_UNBOUND:
		check_set(check, CHECK_FAIL, "no driver serves the TPM device: %s", message);
		check_remedy(check,
			"Load or bind the TPM's driver in the guest. One that is there and gave up "
			"says why in the kernel's log; see then on the host that this domain's "
			"swtpm runs.");
		return true;
	case ERROR_DEVICE_BUSY:
		check_set(check, CHECK_UNKNOWN, "%s", message);
		check_remedy(check, "Not a fault of the TPM: end the program that has it open, or "
				    "use a kernel with a resource manager (/dev/tpmrm0).");
		return true;
	case ERROR_PERMISSION:
	case ERROR_TPM_BLOCKED:
		check_set(check, CHECK_UNKNOWN, "%s", message);
		check_remedy(check, "Run with the permission to open the TPM device.");
		return true;
	default:
		break;
	}
	if (!was_opened(evidence)) {
		check_set(check, CHECK_UNKNOWN, "the TPM could not be opened%s%s",
			*message ? ": " : "", message);
		return true;
	}
	if (was_hung_at_once(evidence)) {
		check_set(check, CHECK_UNKNOWN, "no answer: whether %s opens is not known",
			device->path);
		return true;
	}
	check_set(check, CHECK_PASS, "%s opens", device->path);
	return true;
}

bool check_model(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const char *model = evidence->device.model, *expected = options->expect_model;

	if (!expected && !*model)
		return false;
	if (!*model) {
		check_set(check, CHECK_UNKNOWN, "no driver tells the model; %s was expected",
			expected);
	} else if (!expected || strcmp(model, expected) == 0) {
		check_set(check, CHECK_PASS, "%s (driver %s)%s", model, evidence->device.driver,
			expected ? ", as expected" : "");
	} else {
		check_set(
			check, CHECK_FAIL, "the model is %s, but %s was expected", model, expected);
		check_remedy(check,
			"On the host, compare <tpm model=...> in the domain XML with the "
			"image's hw_tpm_model.");
	}
	return true;
}

bool check_version(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	struct properties properties;
	uint32_t family;

	(void)options;
	if (session_fault(evidence) == ERROR_TPM_12) {
		check_set(check, CHECK_FAIL, "%s", evidence->session.part.error.message);
		check_remedy(check,
			"On the host, see whether this domain's swtpm still runs; if it "
			"does, set the TPM's version to 2.0 in the domain XML.");
		return true;
	}
	if (evidence->device.version_major == 1 && !check_is_foreign(evidence, check)) {
		check_set(check, CHECK_FAIL, "the driver reports a TPM 1.2");
		check_remedy(check, "On the host, set the TPM's version to 2.0 in the domain XML.");
		return true;
	}
	if (!was_opened(evidence) || evidence->properties.part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &evidence->properties.part, "the TPM's properties"))
		return true;
	properties_decode(evidence, &properties);
	/* In failure mode a TPM tells its manufacturer and firmware, and no more. */
	if (!evidence_property(evidence, TCG_PT_FAMILY_INDICATOR, &family))
		check_set(check, CHECK_UNKNOWN, "the TPM does not tell its version");
	else if (strcmp(properties.family, "2.0") == 0)
		check_set(check, CHECK_PASS, "TPM 2.0, library specification revision %s",
			properties.revision);
	else
		check_set(check, CHECK_FAIL, "the TPM calls its family \"%s\", not 2.0",
			properties.family);
	return true;
}

struct search {
	enum error_code code;
	const struct error *found;
};

/* The guest's own files are no answers. */
static bool search_part(const char *name, const struct record_part *part, void *context)
{
	struct search *search = context;
	bool is_the_guests = strcmp(name, "smbios") == 0 || strcmp(name, "event_log") == 0;

	if (part->state != PART_FAILED || part->error.code != search->code || is_the_guests)
		return true;
	search->found = &part->error;
	return false;
}

/* What the first answer of this kind cost, or NULL. */
static const struct error *find_answer(const struct evidence *evidence, enum error_code code)
{
	const struct evidence_certificates *list = &evidence->certificates;
	struct search search = {.code = code};

	evidence_visit_parts(evidence, search_part, &search);
	for (size_t i = 0; !search.found && i < list->unread.count; i++) {
		if (list->unread.items[i].error.code == code)
			search.found = &list->unread.items[i].error;
	}
	return search.found;
}

bool check_responsive(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_session *session = &evidence->session;
	const struct error *garbled = find_answer(evidence, ERROR_MALFORMED);
	const struct error *lost = find_answer(evidence, ERROR_ANSWER_LOST);

	(void)options;
	if (!was_opened(evidence))
		return false;
	if (garbled && session_fault(evidence) == ERROR_NONE) {
		check_set(check, CHECK_FAIL, "not the answer of a TPM 2.0: %s", garbled->message);
		check_remedy(check, "On the host, see this domain's swtpm and its log; in the "
				    "guest, that the device is the TPM's.");
		return true;
	}
	if (lost && session_fault(evidence) == ERROR_NONE) {
		check_set(check, CHECK_WARN, "%s", lost->message);
		check_remedy(check, "Run again when no live migration is under way.");
		return true;
	}
	switch (session_fault(evidence)) {
	case ERROR_TPM_INITIALIZE:
	case ERROR_TPM_FAILURE:
	case ERROR_TPM_12:
		/* A document has no figures of a conversation that failed. */
		check_set(check, CHECK_PASS, "answers, but not as a working TPM 2.0");
		break;
	case ERROR_NONE:
		if (session->commands == 0) {
			check_set(check, CHECK_FAIL, "no answer: the TPM answered no command");
			check_remedy(check, "On the host, see this domain's swtpm and its log.");
			break;
		}
		check_set(check, CHECK_PASS,
			"%" PRIu32 " command%s in %.1f ms, the slowest %s in %.1f ms",
			session->commands, session->commands == 1 ? "" : "s",
			(double)session->tpm_time_us / 1000, session->slowest,
			(double)session->slowest_us / 1000);
		break;
	case ERROR_TIMEOUT:
		check_set(check, CHECK_FAIL, "unresponsive: %s", session->part.error.message);
		check_remedy(check,
			"On the host, see what this domain's swtpm waits for: its log, and "
			"the storage of its state directory (a hung NFS mount).");
		break;
	default:
		check_set(check, CHECK_FAIL, "no answer: %s", session->part.error.message);
		check_remedy(check, "On the host, see whether this domain's swtpm still runs, and "
				    "its log.");
	}
	return true;
}

bool check_started(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	(void)options;
	if (session_fault(evidence) != ERROR_TPM_INITIALIZE)
		return false;
	check_set(check, CHECK_FAIL, "%s", evidence->session.part.error.message);
	check_remedy(check,
		"The firmware did not send TPM2_Startup: restart the guest; if it stays, "
		"use a firmware with TPM support.");
	return true;
}

bool check_failure_mode(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct record_part *failed = evidence_find_failed(evidence, ERROR_TPM_FAILURE);

	(void)options;
	if (!was_opened(evidence))
		return false;
	if (!failed && evidence->properties.part.state == PART_ABSENT)
		return false;
	if (!failed) {
		if (!check_part_is_read(check, &evidence->properties.part, "failure mode"))
			return true;
		check_set(check, CHECK_PASS, "not in failure mode");
		return true;
	}
	check_set(check, CHECK_FAIL, "the TPM is in failure mode: %s", failed->error.message);
	check_remedy(check,
		"On the host, see that the swtpm user can write the TPM's state directory "
		"(owner, read-only or full file system, AppArmor), then restart the VM.");
	return true;
}
