/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host is: accounts, programs, processes, clock. */
#include "host/facts/gather.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "host/child.h"
#include "host/facts/files.h"
#include "host/facts/libvirt.h"
#include "platform/system.h"

/* The value of `key = "value"` in qemu.conf, where it is set. */
static void read_setting(const char *text, const char *key, char *out, size_t size)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *at, *end;

		line += strspn(line, "\n \t");
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		at = line + strlen(key);
		at += strspn(at, " \t=");
		end = *at == '"' ? strpbrk(at + 1, "\"\n") : NULL;
		if (end && *end == '"' && (size_t)(end - at) <= size)
			snprintf(out, size, "%.*s", (int)(end - at - 1), at + 1);
	}
}

static void find_account(struct facts_account *account)
{
	struct passwd *user = getpwnam(account->user);
	struct group *group = getgrnam(account->group);

	account->is_known = user && group;
	if (account->is_known) {
		account->uid = user->pw_uid;
		account->gid = group->gr_gid;
	}
}

/* Whether `shared_filesystems = [ "/path", … ]` of qemu.conf has the directory, or one above it. */
static bool is_declared_shared(const char *text, const char *directory)
{
	const char *at = strstr(text, "\nshared_filesystems"), *end;

	at = at ? strchr(at, '[') : NULL;
	end = at ? strchr(at, ']') : NULL;
	while (end && (at = strchr(at, '"')) != NULL && at < end) {
		size_t len = strcspn(++at, "\"");

		while (len > 1 && at[len - 1] == '/')
			len--;
		if (strncmp(at, directory, len) == 0 && (directory[len] == '/' || !directory[len]))
			return true;
		at += strcspn(at, "\"") + 1;
	}
	return false;
}

static void note_accounts(const struct gather_places *places, struct facts *facts)
{
	struct facts_account *account = &facts->account, *ha = &facts->ha;
	struct error err;
	BUF_SCOPED text = {0};

	snprintf(account->user, sizeof(account->user), "tss");
	snprintf(account->group, sizeof(account->group), "tss");
	if (platform_file_read(places->qemu_conf, 1 << 20, &text, &err) == 0 && text.data) {
		read_setting((char *)text.data, "swtpm_user", account->user, sizeof(account->user));
		read_setting(
			(char *)text.data, "swtpm_group", account->group, sizeof(account->group));
		facts->is_declared_shared = is_declared_shared((char *)text.data, places->state);
	}
	find_account(account);
	if (!places->ha_user || !places->ha_group)
		return;
	snprintf(ha->user, sizeof(ha->user), "%s", places->ha_user);
	snprintf(ha->group, sizeof(ha->group), "%s", places->ha_group);
	find_account(ha);
}

static uint64_t ask_libtpms(void)
{
	void *library = dlopen("libtpms.so.0", RTLD_LAZY | RTLD_LOCAL);
	uint32_t (*get_version)(void) = NULL;
	uint32_t version;

	if (library)
		*(void **)&get_version = dlsym(library, "TPMLIB_GetVersion");
	version = get_version ? get_version() : 0;
	if (library)
		dlclose(library);
	return (version >> 16) * UINT64_C(1000000) + (version >> 8 & 0xff) * UINT64_C(1000) +
	       (version & 0xff);
}

static void note_programs(const struct gather_places *places, struct facts *facts)
{
	static const char *const version[] = {"swtpm", "--version", NULL};
	static const char *const capabilities[] = {"swtpm", "socket", "--print-capabilities", NULL};
	struct error err;
	BUF_SCOPED answer = {0};
	BUF_SCOPED can = {0};

	/* "TPM emulator version 0.7.1, …" */
	if (child_run(version, 4096, places->timeout_ms, &answer, &err) == 0 && answer.data)
		facts->swtpm = facts_version((char *)answer.data);
	if (child_run(capabilities, 65536, places->timeout_ms, &can, &err) == 0 && can.data)
		facts->has_migration_option =
			strstr((char *)can.data, "\"cmdarg-migration\"") != NULL;
	facts->libtpms = ask_libtpms();
}

static void gather_clock(struct facts *facts)
{
	struct timex clock = {0};
	int state = adjtimex(&clock);

	facts->is_clock_synchronised = state >= 0 && state != TIME_ERROR;
	facts->clock_error_us = clock.maxerror > 0 ? (uint64_t)clock.maxerror : 0;
	facts->iat = platform_wall_clock_ms() / 1000;
}

/* When a process started, seconds since 1970: field 22 of its stat, in ticks since boot, on top of
 * the boot's time (proc(5)). */
static uint64_t read_start(uint32_t pid)
{
	char path[64], *at;
	uint64_t ticks = 0, boot = 0;
	long frequency = sysconf(_SC_CLK_TCK);
	struct error err;
	BUF_SCOPED own = {0}, all = {0};

	snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	if (frequency <= 0 || platform_file_read(path, 4096, &own, &err) || !own.data)
		return 0;
	if (platform_file_read("/proc/stat", 1 << 20, &all, &err) || !all.data)
		return 0;
	at = strrchr((char *)own.data, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at)
		ticks = strtoull(at, NULL, 10);
	at = strstr((char *)all.data, "\nbtime ");
	if (at)
		boot = strtoull(at + 7, NULL, 10);
	return boot && ticks ? boot + ticks / (uint64_t)frequency : 0;
}

static void match_process(uint32_t pid, const char *arguments, size_t len, struct facts *facts)
{
	const char *program = strrchr(arguments, '/');

	if (strcmp(program ? program + 1 : arguments, "swtpm") != 0)
		return;
	for (size_t i = 0; i < facts->domains.count; i++) {
		struct facts_domain *domain = &facts->domains.items[i];

		if (!memmem(arguments, len, domain->uuid, strlen(domain->uuid)))
			continue;
		domain->swtpm_pid = pid;
		domain->swtpm_started = read_start(pid);
		domain->is_lock_released =
			memmem(arguments, len, "release-lock-outgoing", 21) != NULL;
	}
}

static void note_processes(struct facts *facts)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)) != NULL) {
		char path[300];
		struct error err;
		BUF_SCOPED arguments = {0};

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		if (platform_file_read(path, 1 << 17, &arguments, &err) == 0 && arguments.len)
			match_process((uint32_t)strtoul(entry->d_name, NULL, 10),
				(char *)arguments.data, arguments.len, facts);
	}
	if (proc)
		closedir(proc);
}

int gather_facts(const struct gather_places *places, struct facts *ret, struct error *err)
{
	int rc = gather_libvirt(places, ret, err);

	if (rc)
		return rc;
	gethostname(ret->host, sizeof(ret->host) - 1);
	snprintf(ret->state_path, sizeof(ret->state_path), "%s", places->state);
	snprintf(ret->vm_path, sizeof(ret->vm_path), "%s", places->vm_path ? places->vm_path : "");
	note_accounts(places, ret);
	note_programs(places, ret);
	note_processes(ret);
	gather_files(places, ret);
	gather_clock(ret); /* last: a peer compares it with when it got the answer */
	return 0;
}
