/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/logs/lines.h"

#include <stdio.h>
#include <string.h>

#define OLDER_LIBTPMS                                                                              \
	"this host's libtpms is older than the one that wrote the vTPM's state, which is good",    \
		"keep the state file as it is; upgrade libtpms here, or start the VM where it ran"
#define NOT_MADE                                                                                   \
	"no new vTPM could be made",                                                               \
		"the reason stands in the domain's swtpm log before that line; see \"localca\" "   \
		"and \"write\""

struct log_row {
	const char *line, *also; /* both must stand in one line; `also` may be NULL */
	const char *cause, *remedy;
	bool follows;   /* it only follows from another cause, where one is named */
	bool is_locked; /* who holds the lock is to be told */
};

/* As AppArmor, SELinux, swtpm 0.7 to 0.10, libtpms 0.9 and 0.10, QEMU and libvirt print them. What
 * stands first tells more. */
static const struct log_row rows[] = {
	{"DENIED", "swtpm", "AppArmor denies swtpm its files",
		"journalctl -k -g DENIED; add the path to /etc/apparmor.d/local/usr.bin.swtpm",
		false, false},
	{"avc:  denied", "swtpm", "SELinux denies swtpm its files",
		"ausearch -m avc -c swtpm; restorecon -RF the state directory; on NFS: setsebool "
		"-P virt_use_nfs on",
		false, false},
	{"cannot execute binary", "swtpm", "libvirt is not let run swtpm",
		"ls -lZ the program; findmnt -T it (noexec); journalctl -k -g denied", false,
		false},
	{"higher than implementation version", NULL, OLDER_LIBTPMS, false, false},
	{"compatLevel", "higher than supported", OLDER_LIBTPMS, false, false},
	{"bad version identifier", "stateblob", OLDER_LIBTPMS, false, false},
	{"Minimum required version for the blob", NULL,
		"this host's swtpm is older than the one that wrote the vTPM's state, which is "
		"good",
		"keep the state file as it is; upgrade swtpm here, or start the VM where it ran",
		false, false},
	{"Could not lock access to lockfile", NULL, "another swtpm has locked this vTPM's state",
		"", false, true},
	{"does not support migration with shared storage", NULL,
		"swtpm is too old to migrate on a shared directory",
		"upgrade swtpm to 0.8 and libvirt to 8.10 on both hosts; libvirt before 12.0 may "
		"say so wrongly",
		false, false},
	{"TPM secret was not found", NULL, "the secret of the vTPM's encryption is not here",
		"let Nova start the VM, which fetches it: as its owner where the flavor says "
		"\"user\"",
		false, false},
	{"Need read/write rights on", NULL,
		"swtpm's certificate authority does not belong to the swtpm account",
		"chown -R tss: /var/lib/swtpm-localca (or the account of swtpm_user)", false,
		false},
	{"Verification of HMAC failed", NULL,
		"swtpm cannot read its state: wrong secret, or a damaged file",
		"compare the domain's secret with the one it was made with; then restore a copy, "
		"and keep the file that is there",
		false, false},
	{"Wrong decryption key", NULL, "swtpm cannot read its state: wrong secret",
		"compare the domain's secret with the one it was made with", false, false},
	{"Could not find plain data in byte stream", NULL,
		"the vTPM's state is encrypted, and its definition names no secret",
		"virsh edit: <encryption secret='UUID'/> of the secret that it was made with",
		false, false},
	{"Could not find HMAC or encrypted data", NULL,
		"the vTPM's state is not encrypted, though its definition names a secret",
		"virsh edit: take <encryption> out, or find the state that belongs to it", false,
		false},
	{"Profile could not be applied to an existing", NULL,
		"its definition asks for a profile, which a vTPM takes only when it is made",
		"virsh edit: take <profile> out; the state keeps its own", false, false},
	{"Could not set profile", NULL,
		"this host's libtpms does not have the profile of its definition",
		"swtpm socket --tpm2 --print-profiles; upgrade libtpms, or start the VM elsewhere",
		false, false},
	{"Could not open lockfile", NULL, "swtpm may not open its lock beside the state",
		"namei -lo of the state directory; chown -R it to the account of swtpm_user", true,
		false},
	{"cannot access directory", NULL,
		"the swtpm account cannot reach the state's directory: it, or one above, is closed "
		"to it",
		"namei -lo of that path; each directory needs x for the account, the last one "
		"belongs to it",
		true, false},
	{"Invalid magic. Expected", NULL, "the vTPM's state file is damaged",
		"keep the file that is there, and restore a copy", true, false},
	{"Error from SWTPM_NVRAM_CheckHeader", NULL, "the vTPM's state file is damaged",
		"keep the file that is there, and restore a copy", true, false},
	{"Authoring the TPM state failed", NULL, NOT_MADE, true, false},
	{"Could not run", "swtpm_setup", NOT_MADE, true, false},
	{"NvPowerOn", NULL, "swtpm cannot read its state: wrong secret, or a damaged file",
		"compare the domain's secret with the one it was made with; then restore a copy, "
		"and keep the file that is there",
		true, false},
	{"Setting the stateblob", NULL, "the vTPM's state did not load at the destination",
		"the source still has it: let the VM run there; read the domain's swtpm log on "
		"both; vtpm-host preflight --peer",
		true, false},
	{"failure mode", NULL, "swtpm is in failure mode: it could not read or write its state",
		"check the state file's owner, size and file system; then stop and start the VM",
		true, false},
	{"CMD_INIT: 0x", NULL, "swtpm did not start: its state could not be loaded",
		"read the domain's swtpm log; check secret and state file", true, false},
	{"Could not start 'swtpm'", NULL, "swtpm did not start",
		"read the domain's swtpm log, and libvirt's journal", true, false},
};

#define ROWS       (sizeof(rows) / sizeof(rows[0]))
#define QUOTED_MAX 80
#define LOGS_MAX   8

/* SELinux tells of what it would deny where it only watches. */
static bool is_harmless(const char *from, const char *end)
{
	const char *found = strstr(from, "permissive=1");

	return found && found < end;
}

/* Where a row's line stands last in a text; NULL: nowhere. */
static const char *find_line(const char *text, const struct log_row *row)
{
	const char *last = NULL;

	for (const char *at = text; (at = strstr(at, row->line)) != NULL; at++) {
		const char *from = at, *end = at + strcspn(at, "\n"), *found;

		while (from > text && from[-1] != '\n')
			from--;
		found = row->also ? strstr(from, row->also) : at;
		if (found && found < end && !is_harmless(from, end))
			last = at;
	}
	return last;
}

/* The cause that a log names last: swtpm's has every start since it was made, and what failed then
 * is over. */
static const struct log_row *find_cause(const char *text, const char **ret_found)
{
	const struct log_row *last = NULL;

	*ret_found = NULL;
	for (size_t i = 0; i < ROWS; i++) {
		const char *found = rows[i].follows ? NULL : find_line(text, &rows[i]);

		if (!found || (*ret_found && found < *ret_found))
			continue;
		*ret_found = found;
		last = &rows[i];
	}
	return last;
}

const char *log_lines_last_start(const char *text)
{
	const char *last = text;

	for (const char *at = text; (at = strstr(at, ": starting up libvirt")) != NULL; at++)
		last = at;
	return last;
}

/* Of a lock that nobody here holds: one host does not see another's where locks are local. */
static void mend_lock(const struct facts_domain *domain, struct finding *finding)
{
	if (domain->lock_pid)
		finding_mend(finding,
			"process %u here holds it: ps -fp %u; stop the VM that it belongs to",
			(unsigned)domain->lock_pid, (unsigned)domain->lock_pid);
	else
		finding_mend(finding,
			"nobody here holds it now: look on every other host for a swtpm with %s, "
			"and stop one VM of the two",
			domain->uuid);
}

static void tell(const struct log_row *row, const struct log_text *log, const char *found,
	const struct facts_domain *domain, struct findings *findings)
{
	size_t len = strcspn(found, "\r\n");
	struct finding *finding = findings_add(findings, "log", domain->name,
		log->is_past ? VERDICT_WARNING : VERDICT_CONTRAINDICATED, "%s%s (\"%.*s\" in %s)",
		log->is_past ? "before its last start, " : "", row->cause,
		(int)(len < QUOTED_MAX ? len : QUOTED_MAX), found, log->place);

	if (row->is_locked)
		mend_lock(domain, finding);
	else
		finding_mend(finding, "%s", row->remedy);
}

/* Each log's cause; one that several name, once. Returns whether there is any. */
static bool tell_causes(const struct log_text logs[], size_t count, bool is_past,
	const struct facts_domain *domain, const char *told[], struct findings *findings)
{
	bool has_cause = false;

	for (size_t i = 0; i < count; i++) {
		const char *found;
		const struct log_row *row =
			logs[i].is_past == is_past ? find_cause(logs[i].text, &found) : NULL;
		bool is_told = false;

		for (size_t at = 0; row && at < LOGS_MAX; at++)
			is_told |= told[at] && strcmp(told[at], row->cause) == 0;
		if (!row || is_told)
			continue;
		told[i] = row->cause;
		tell(row, &logs[i], found, domain, findings);
		has_cause = true;
	}
	return has_cause;
}

/* The most telling of what only follows from some cause. */
static void tell_consequence(const struct log_text logs[], size_t count, bool is_past,
	const struct facts_domain *domain, struct findings *findings)
{
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t at = 0; rows[i].follows && at < count; at++) {
			const char *found = logs[at].is_past == is_past
						    ? find_line(logs[at].text, &rows[i])
						    : NULL;

			if (!found)
				continue;
			tell(&rows[i], &logs[at], found, domain, findings);
			return;
		}
	}
}

void log_lines_judge(const struct log_text logs[], size_t count, const struct facts_domain *domain,
	struct findings *findings)
{
	const char *told[LOGS_MAX] = {NULL};

	if (count > LOGS_MAX)
		count = LOGS_MAX;
	for (int is_past = 0; is_past < 2; is_past++) {
		if (!tell_causes(logs, count, is_past, domain, told, findings))
			tell_consequence(logs, count, is_past, domain, findings);
	}
}
