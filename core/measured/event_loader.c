/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot loaders and kernels measure. UAPI.7 has the PCRs; GRUB 2 (grub-core/commands/tpm.c),
 * shim (tpm.c), Linux (drivers/firmware/efi/libstub/efi-stub-helper.c) and systemd
 * (src/fundamental/tpm2-pcr.h) have the texts and the numbers.
 */
#include "core/measured/event_loader.h"

#include <stdio.h>
#include <string.h>

#include "core/measured/uefi.h"
#include "core/reader.h"
#include "core/text.h"

#define SAY(to, ...) snprintf((to)->meaning, sizeof((to)->meaning), __VA_ARGS__)

#define PCR_LOADER       8
#define PCR_KERNEL       9
#define PCR_SECTIONS     11
#define PCR_COMMAND_LINE 12
#define PCR_EXTENSIONS   13
#define PCR_SHIM         14

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void describe_command_line(const char *text, bool is_verbose, struct event *to)
{
	to->what = BOOT_WHAT_COMMAND_LINE;
	to->name[0] = 0;
	if (is_verbose)
		SAY(to, "command line: %s", text);
	else
		SAY(to, "command line, %zu characters", strlen(text));
}

/* Only the first word is shown: "linux" takes the kernel's command line, others a password, which a
 * variable may hold as well. */
static void describe_grub_command(const char *text, bool is_verbose, struct event *to)
{
	to->what = BOOT_WHAT_COMMAND;
	if (is_verbose)
		SAY(to, "GRUB: %s", text);
	else
		SAY(to, "GRUB: %.*s", (int)strcspn(text, " \t{="), text);
}

/* GRUB's modules and their lists are dozens, and come and go together. */
static void describe_file(const char *path, struct event *to)
{
	static const char *const many[] = {".mod", ".lst", ".mo"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	to->what = BOOT_WHAT_FILE;
	snprintf(to->name, sizeof(to->name), "%.63s", name);
	for (size_t i = 0; dot && i < sizeof(many) / sizeof(many[0]); i++) {
		if (strcmp(dot, many[i]) == 0)
			snprintf(to->name, sizeof(to->name), "*%s", many[i]);
	}
	SAY(to, "file %s", path);
}

/* ASCII: GRUB's and shim's. */
static void describe_ascii(uint32_t pcr, const char *text, bool is_verbose, struct event *to)
{
	static const char *const lines[] = {
		"kernel_cmdline: ", "grub_kernel_cmdline ", "module_cmdline: "};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (begins(text, lines[i])) {
			describe_command_line(text + strlen(lines[i]), is_verbose, to);
			return;
		}
	}
	if (begins(text, "grub_cmd: ")) {
		describe_grub_command(text + strlen("grub_cmd: "), is_verbose, to);
	} else if (pcr == PCR_SHIM) {
		to->what = BOOT_WHAT_SHIM;
		snprintf(to->name, sizeof(to->name), "%.63s", text);
		SAY(to, "shim's list %s", to->name);
	} else if (pcr == PCR_KERNEL) {
		describe_file(text, to);
	} else {
		describe_command_line(text, is_verbose, to);
		to->what = BOOT_WHAT_OTHER;
	}
}

/* UTF-16: systemd's. */
static void describe_utf16(uint32_t pcr, const char *text, bool is_verbose, struct event *to)
{
	size_t len = strlen(text);

	if (pcr == PCR_SECTIONS) {
		to->what = BOOT_WHAT_SECTION;
		snprintf(to->name, sizeof(to->name), "%.63s", text);
		SAY(to, "section %s of the unified kernel image", to->name);
	} else if (pcr == PCR_EXTENSIONS || (len > 7 && strcmp(text + len - 7, " initrd") == 0)) {
		to->what = BOOT_WHAT_CONFIG;
		snprintf(to->name, sizeof(to->name), "%.63s", text);
		SAY(to, "%s", text);
	} else {
		describe_command_line(text, is_verbose, to);
	}
}

void event_describe_loader(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	char text[512];

	if (event->len >= 4 && event->data[0] && !event->data[1]) {
		uefi_copy_utf16(text, sizeof(text), event->data, event->len);
		describe_utf16(event->pcr, text, is_verbose, to);
		return;
	}
	text_copy_ascii(text, sizeof(text), event->data, event->len);
	if (event->pcr >= PCR_LOADER && *text)
		describe_ascii(event->pcr, text, is_verbose, to);
	else
		SAY(to, "boot code");
}

static const struct {
	uint32_t id;
	enum boot_what what;
	const char *name;
} tags[] = {
	{0x8f3b22ec, BOOT_WHAT_INITRD, "initrd"},
	{0x8f3b22ed, BOOT_WHAT_COMMAND_LINE, "kernel command line"},
	{0xf5bc582a, BOOT_WHAT_CONFIG, "loader.conf"},
	{0x6c46f751, BOOT_WHAT_CONFIG, "device tree"},
	{0x49dffe0f, BOOT_WHAT_CONFIG, "initrd add-on"},
	{0xdac08e1a, BOOT_WHAT_CONFIG, "microcode add-on"},
	{0x13aed6db, BOOT_WHAT_CONFIG, "profile"},
	{0xd5cb7cbc, BOOT_WHAT_TABLES, "SMBIOS type 1"},
	{0xe0d47bc8, BOOT_WHAT_TABLES, "SMBIOS type 2"},
	{0xc0b3bd23, BOOT_WHAT_TABLES, "SMBIOS type 11"},
	/* Windows: wbcl.h, containers of its boot log. */
	{0x40010001, BOOT_WHAT_SYSTEM, "Windows: trust boundary"},
	{0x40010002, BOOT_WHAT_SYSTEM, "Windows: early launch anti-malware"},
	{0x40010003, BOOT_WHAT_SYSTEM, "Windows: loaded modules"},
	{0x40010004, BOOT_WHAT_SYSTEM, "Windows: trust point"},
	{0x40010005, BOOT_WHAT_SYSTEM, "Windows: key signing request"},
};

void event_describe_tag(const struct eventlog_event *event, bool is_verbose, struct event *to)
{
	struct reader reader = reader_of(event->data, event->len);
	uint32_t id = reader_u32le(&reader);

	(void)is_verbose;
	if (reader.failed)
		return;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (tags[i].id == id) {
			to->what = tags[i].what;
			snprintf(to->name, sizeof(to->name), "%s", tags[i].name);
			SAY(to, "%s", tags[i].name);
			return;
		}
	}
	SAY(to, "tag 0x%08x", id);
}
