/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/log_lines.h"

#include <string.h>

/* What stands first tells more: a later row is often only its consequence. */
static const struct {
	const char *line, *also; /* both must stand in one line; `also` may be NULL */
	const char *cause, *remedy;
} lines[] = {
	{"DENIED", "swtpm", "AppArmor denies swtpm its files",
		"journalctl -k -g DENIED; add the path to /etc/apparmor.d/local/usr.bin.swtpm"},
	{"does not support migration with shared storage", NULL,
		"swtpm is too old to migrate on a shared directory",
		"upgrade swtpm to 0.8 and libvirt to 8.10 on both hosts"},
	{"TPM secret was not found", NULL, "the secret of the vTPM's encryption is not here",
		"openstack secret list; let Nova start the VM, which fetches it"},
	{"Need read/write rights on", NULL,
		"swtpm's certificate authority does not belong to the swtpm account",
		"chown -R tss: /var/lib/swtpm-localca (or the account of swtpm_user)"},
	{"NvPowerOn", NULL, "swtpm cannot read its state: wrong secret, or a damaged file",
		"compare the domain's secret with the one it was made with; restore the state "
		"file"},
	{"failure mode", NULL, "swtpm is in failure mode: it could not read or write its state",
		"check the state file's owner, size and file system; then stop and start the VM"},
	{"CMD_INIT: 0x9", NULL, "swtpm did not start: its state could not be loaded",
		"read the domain's swtpm log; check secret and state file"},
};

static bool stands_in_one_line(const char *text, const char *first, const char *second)
{
	for (const char *at = text; (at = strstr(at, first)) != NULL; at++) {
		const char *from = at, *end = at + strcspn(at, "\n"), *found;

		while (from > text && from[-1] != '\n')
			from--;
		found = second ? strstr(from, second) : at;
		if (found && found < end)
			return true;
	}
	return false;
}

const char *log_lines_last_start(const char *text)
{
	const char *last = text;

	for (const char *at = text; (at = strstr(at, ": starting up libvirt")) != NULL; at++)
		last = at;
	return last;
}

void log_lines_judge(const struct log_text *log, const char *domain, struct findings *findings)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct finding *finding;

		if (!stands_in_one_line(log->text, lines[i].line, lines[i].also))
			continue;
		finding = findings_add(findings, "log", domain,
			log->is_past ? VERDICT_WARNING : VERDICT_CONTRAINDICATED,
			"%s%s (\"%s\" in %s)", log->is_past ? "before its last start, " : "",
			lines[i].cause, lines[i].line, log->place);
		finding_mend(finding, "%s", lines[i].remedy);
	}
}
