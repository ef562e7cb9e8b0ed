/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/boot_words.h"

#include <string.h>

const struct boot_started boot_started[BOOT_STARTED_COUNT] = {
	{BOOT_WHAT_DRIVER, "Driver", "without a name"},
	{BOOT_WHAT_PARTITIONS, "Disk", "without a GPT"},
	{BOOT_WHAT_APPLICATION, "Program", "without a name"},
	{BOOT_WHAT_FILE, "File", "others"},
	{BOOT_WHAT_SECTION, "Kernel image", "section"},
	{BOOT_WHAT_INITRD, "Initrd", ""},
	{BOOT_WHAT_COMMAND_LINE, "Command line", ""},
};

const char *boot_secure_sentence(enum boot_secure secure)
{
	static const char *const sentences[BOOT_SECURE_COUNT] = {
		[BOOT_SECURE_UNKNOWN] = "the event log does not tell whether Secure Boot is on",
		[BOOT_SECURE_NONE] = "booted by a BIOS, which has no Secure Boot",
		[BOOT_SECURE_OFF] = "Secure Boot is off: the firmware started whatever it found",
		[BOOT_SECURE_ON] =
			"Secure Boot is on: the firmware started only what its keys allow",
		[BOOT_SECURE_SETUP] = "Secure Boot is off, and has no keys (setup mode)",
		[BOOT_SECURE_AUDIT] = "Secure Boot only watches (audit mode): nothing is refused",
	};

	return sentences[secure < BOOT_SECURE_COUNT ? secure : BOOT_SECURE_UNKNOWN];
}

/* RFC 4514 escapes a comma that belongs to a name. */
void boot_common_name(char *out, size_t size, const char *subject)
{
	const char *at = strstr(subject, "CN=");
	size_t used = 0;

	at = at ? at + 3 : subject;
	for (; *at && *at != ',' && used + 1 < size; at++) {
		if (*at == '\\' && at[1])
			at++;
		out[used++] = *at;
	}
	out[used] = 0;
}
