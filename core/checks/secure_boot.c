/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/secure_boot.h"

#include <stdio.h>
#include <string.h>

bool check_secure_boot(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	static const char *const sentences[BOOT_SECURE_COUNT] = {
		[BOOT_SECURE_ON] = "is on",
		[BOOT_SECURE_OFF] = "is off: the firmware starts whatever it finds",
		[BOOT_SECURE_SETUP] = "is off, and no keys are enrolled (setup mode)",
		[BOOT_SECURE_AUDIT] = "only watches (audit mode): nothing is refused",
	};
	enum boot_secure state = evidence->boot.facts.secure_boot;

	(void)options;
	if (evidence->boot.part.state != PART_READ || state == BOOT_SECURE_NONE)
		return false;
	if (check_is_foreign(evidence, check))
		return false;
	if (state == BOOT_SECURE_UNKNOWN)
		check_set(check, CHECK_UNKNOWN, "the event log does not tell whether it is on");
	else
		check_set(check, CHECK_PASS, "%s", sentences[state]);
	return true;
}

/* Microsoft's certificates of 2011 expired in June and October 2026. What they signed goes on
 * booting; what is signed now is by those of 2023. */
static const struct {
	const char *variable, *old, *successor;
} replaced[] = {
	{"KEK", "Microsoft Corporation KEK CA 2011", "Microsoft Corporation KEK 2K CA 2023"},
	{"db", "Microsoft Windows Production PCA 2011", "Windows UEFI CA 2023"},
	{"db", "Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023"},
};

#define REPLACED_COUNT (sizeof(replaced) / sizeof(replaced[0]))

/* The subject's common name is this one: RFC 4514 has it between commas. */
static bool is_named(const char *subject, const char *name)
{
	const char *at = strstr(subject, "CN=");
	size_t len = strlen(name);

	return at && strncmp(at + 3, name, len) == 0 && (!at[3 + len] || at[3 + len] == ',');
}

static bool has_certificate(const struct boot_facts *facts, const char *variable, const char *name)
{
	for (size_t i = 0; i < facts->certificates.count; i++) {
		const struct boot_certificate *certificate = &facts->certificates.items[i];

		if (strcmp(certificate->variable, variable) != 0)
			continue;
		if (is_named(certificate->subject, name))
			return true;
	}
	return false;
}

/* "KEK: Microsoft Corporation KEK 2K CA 2023; db: Windows UEFI CA 2023" */
static size_t list_missing(const struct boot_facts *facts, char *out, size_t size, size_t *ret_old)
{
	size_t used = 0, missing = 0;

	out[0] = 0;
	*ret_old = 0;
	for (size_t i = 0; i < REPLACED_COUNT; i++) {
		if (!has_certificate(facts, replaced[i].variable, replaced[i].old))
			continue;
		++*ret_old;
		if (has_certificate(facts, replaced[i].variable, replaced[i].successor))
			continue;
		missing++;
		used += (size_t)snprintf(out + used, used < size ? size - used : 0, "%s%s in %s",
			used ? ", " : "", replaced[i].successor, replaced[i].variable);
	}
	return missing;
}

bool check_secure_boot_certificates(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct boot_facts *facts = &evidence->boot.facts;
	char missing[192];
	size_t old;

	(void)options;
	if (evidence->boot.part.state != PART_READ || facts->secure_boot != BOOT_SECURE_ON)
		return false;
	if (check_is_foreign(evidence, check))
		return false;
	if (!list_missing(facts, missing, sizeof(missing), &old)) {
		check_set(check, CHECK_PASS, "%s",
			old ? "Microsoft's of 2023 stand beside those of 2011"
			    : "none of Microsoft's of 2011, which have expired");
		return true;
	}
	if (facts->left_out) {
		check_set(check, CHECK_UNKNOWN, "more of them than are listed; not seen: %s",
			missing);
		return true;
	}
	check_set(check, CHECK_PASS,
		"what boots now goes on to, but those of 2011 expired: missing %s", missing);
	check_remedy(check,
		"On the host, a variable store of a newer OVMF; or in the guest, Windows "
		"Update or fwupd. Have the disks' recovery keys ready: PCR 7 changes.");
	return true;
}
