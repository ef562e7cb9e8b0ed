/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host is: account, mount, versions, clock, processes. */
#include "host/gather.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <grp.h>
#include <libmount/libmount.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "agent/platform.h"
#include "host/child.h"

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

void gather_account(const struct gather_places *places, struct facts *facts)
{
	struct facts_account *account = &facts->account;
	struct passwd *user;
	struct group *group;
	struct error err = {0};
	BUF_SCOPED text = {0};

	snprintf(account->user, sizeof(account->user), "tss");
	snprintf(account->group, sizeof(account->group), "tss");
	if (platform_file_read(places->qemu_conf, 1 << 20, &text, &err) == 0 && text.data) {
		read_setting((char *)text.data, "swtpm_user", account->user, sizeof(account->user));
		read_setting(
			(char *)text.data, "swtpm_group", account->group, sizeof(account->group));
	}
	user = getpwnam(account->user);
	group = getgrnam(account->group);
	account->is_known = user && group;
	if (account->is_known) {
		account->uid = user->pw_uid;
		account->gid = group->gr_gid;
	}
}

/* Through the mount table alone: nothing here asks the file system itself. */
void gather_mount(const struct gather_places *places, struct facts *facts)
{
	struct libmnt_table *table = mnt_new_table_from_file(places->mountinfo);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs, *found = NULL;
	size_t longest = 0;

	while (table && iter && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *point = mnt_fs_get_target(fs);
		size_t len = point ? strlen(point) : 0;

		if (!len || strncmp(point, places->state, len) != 0 ||
			(len > 1 && places->state[len] && places->state[len] != '/'))
			continue;
		if (len < longest)
			continue;
		/* A later mount on the same directory covers the earlier one; one further up covers
		 * it as well, but then the earlier is no longer reachable and the kernel lists
		 * both. */
		facts->mount.stacked = found && len == longest ? facts->mount.stacked + 1 : 0;
		longest = len;
		found = fs;
	}
	if (found) {
		struct facts_mount *mount = &facts->mount;
		const char *options = mnt_fs_get_options(found);
		const char *source = mnt_fs_get_source(found), *type = mnt_fs_get_fstype(found);
		char *value;
		size_t len;

		snprintf(mount->point, sizeof(mount->point), "%s", mnt_fs_get_target(found));
		snprintf(mount->source, sizeof(mount->source), "%s", source ? source : "");
		snprintf(mount->type, sizeof(mount->type), "%s", type ? type : "");
		snprintf(mount->options, sizeof(mount->options), "%s", options ? options : "");
		mount->is_read_only =
			options && mnt_optstr_get_option(options, "ro", &value, &len) == 0;
	}
	mnt_free_iter(iter);
	mnt_unref_table(table);
}

static uint64_t read_version(const char *text)
{
	unsigned major = 0, minor = 0, micro = 0;

	while (*text && !isdigit((unsigned char)*text))
		text++;
	return sscanf(text, "%u.%u.%u", &major, &minor, &micro) >= 2
		       ? major * UINT64_C(1000000) + minor * UINT64_C(1000) + micro
		       : 0;
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

void gather_versions(const struct gather_places *places, struct facts *facts)
{
	static const char *const version[] = {"swtpm", "--version", NULL};
	static const char *const capabilities[] = {"swtpm", "socket", "--print-capabilities", NULL};
	struct error err = {0};
	BUF_SCOPED answer = {0};
	BUF_SCOPED can = {0};

	/* "TPM emulator version 0.7.1, …" */
	if (child_run(version, 4096, places->timeout_ms, &answer, &err) == 0 && answer.data)
		facts->swtpm = read_version((char *)answer.data);
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
	facts->iat = platform_wall_clock_s();
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
		domain->is_lock_released =
			memmem(arguments, len, "release-lock-outgoing", 21) != NULL;
	}
}

void gather_processes(struct facts *facts)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)) != NULL) {
		char path[300];
		struct error err = {0};
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

int gather_facts(const struct gather_places *places, virConnectPtr libvirt, struct facts *ret,
	struct error *err)
{
	unsigned long version = 0;
	int rc = gather_domains(libvirt, ret, err);

	if (rc)
		return rc;
	gethostname(ret->host, sizeof(ret->host) - 1);
	snprintf(ret->state_path, sizeof(ret->state_path), "%s", places->state);
	if (virConnectGetLibVersion(libvirt, &version) == 0)
		ret->libvirt = version;
	if (virConnectGetVersion(libvirt, &version) == 0)
		ret->qemu = version;
	gather_clock(ret);
	gather_account(places, ret);
	gather_mount(places, ret);
	gather_versions(places, ret);
	gather_processes(ret);
	gather_files(places, ret);
	return 0;
}
