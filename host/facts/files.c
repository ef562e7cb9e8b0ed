/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/child.h"
#include "host/facts/mount_table.h"

struct look {
	const struct gather_places *places;
	struct facts facts;
};

struct resolution {
	char path[PATH_MAX];
};

struct write_test {
	char directory[256], result[16];
};

static const char *access_of(int number)
{
	switch (number) {
	case 0:
		return FACT_OK;
	case ENOENT:
	case ENOTDIR:
		return FACT_MISSING;
	case EACCES:
	case EPERM:
		return FACT_DENIED;
	case EROFS:
		return FACT_READ_ONLY;
	case ENOSPC:
	case EDQUOT:
		return FACT_FULL;
	default:
		return FACT_ERROR;
	}
}

static void set_access(char access[16], const char *word)
{
	snprintf(access, 16, "%s", word);
}

__attribute__((format(printf, 2, 3))) static void look_at(
	struct facts_file *file, const char *fmt, ...)
{
	char path[1024];
	struct stat status;
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	set_access(file->access, access_of(stat(path, &status) ? errno : 0));
	if (strcmp(file->access, FACT_OK) != 0)
		return;
	file->uid = status.st_uid;
	file->gid = status.st_gid;
	file->mode = status.st_mode & 07777;
	file->size = (uint64_t)status.st_size;
	file->mtime = (uint64_t)status.st_mtime;
}

/* Who has the state's lock (SWTPM_NVRAM_Lock_Dir of swtpm, a POSIX one), which is asked for and not
 * taken: a pid of another host's is negative, one outside of this namespace 0. */
static void look_at_lock(const struct look *look, struct facts_domain *domain)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[256], directory[256];
	int fd;

	facts_domain_directory(&look->facts, domain, directory, sizeof(directory));
	snprintf(path, sizeof(path), "%.249s/.lock", directory);
	if (domain->is_state_file)
		snprintf(path, sizeof(path), "%s", domain->state_source);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
		domain->is_locked = true;
		domain->lock_pid = lock.l_pid > 0 ? (uint32_t)lock.l_pid : 0;
	}
	close(fd);
}

static void look_at_all(void *context)
{
	struct look *look = context;
	struct facts *facts = &look->facts;

	look_at(&facts->directory, "%s", look->places->state);
	for (size_t i = 0; i < facts->domains.count; i++) {
		struct facts_domain *domain = &facts->domains.items[i];
		char path[256];

		if (!domain->has_vtpm)
			continue;
		facts_domain_directory(facts, domain, path, sizeof(path));
		look_at(&domain->directory, "%s", path);
		facts_domain_state(facts, domain, path, sizeof(path));
		look_at(&domain->state, "%s", path);
		if (*domain->nvram)
			look_at(&domain->nvram_file, "%s", domain->nvram);
		look_at_lock(look, domain);
	}
}

static void look_at_localca(void *context)
{
	struct look *look = context;

	look_at(&look->facts.localca, "%s", look->places->localca);
	look_at(&look->facts.localca_lock, "%s/.lock.swtpm-localca", look->places->localca);
}

static void look_at_vms(void *context)
{
	struct look *look = context;

	look_at(&look->facts.vm_directory, "%s", look->places->vm_path);
}

static void resolve(void *context)
{
	struct resolution *resolution = context;
	char *path = realpath(resolution->path, NULL);

	if (path)
		snprintf(resolution->path, sizeof(resolution->path), "%s", path);
	free(path);
}

/* Where a path leads to; where its links cannot be followed, as it stands. */
static void follow(
	const struct gather_places *places, const char *path, struct resolution *ret_resolution)
{
	const struct child_how how = {.timeout_ms = places->timeout_ms};
	struct error ignored;

	snprintf(ret_resolution->path, sizeof(ret_resolution->path), "%s", path);
	child_call(resolve, ret_resolution, sizeof(*ret_resolution), &how, &ignored);
}

/* Mounts below the state directory, each of which holds, or hides, some domain's state; and those
 * of states that are elsewhere. */
static void find_own_mounts(
	const struct gather_places *places, const char *state, struct facts *facts)
{
	bool has_below = mount_table_has_below(places->mountinfo, state);

	for (size_t i = 0; i < facts->domains.count; i++) {
		struct facts_domain *domain = &facts->domains.items[i];
		char path[PATH_MAX + 64];
		struct facts_mount mount;
		bool is_same;

		if (!domain->has_vtpm || (!has_below && !*domain->state_source))
			continue;
		if (*domain->state_source)
			facts_domain_directory(facts, domain, path, sizeof(path));
		else
			snprintf(path, sizeof(path), "%s/%s/tpm2", state, domain->uuid);
		mount_table_find(places->mountinfo, path, &mount);
		is_same = strcmp(mount.point, facts->mount.point) == 0 &&
			  strcmp(mount.hidden, facts->mount.hidden) == 0;
		if (is_same)
			continue;
		snprintf(domain->mount_point, sizeof(domain->mount_point), "%s", mount.point);
		snprintf(domain->mount_type, sizeof(domain->mount_type), "%s", mount.type);
		snprintf(domain->mount_upper, sizeof(domain->mount_upper), "%s", mount.upper);
		snprintf(domain->mount_hidden, sizeof(domain->mount_hidden), "%s", mount.hidden);
	}
}

static void find_mounts(const struct gather_places *places, struct facts *facts)
{
	struct resolution resolution;

	follow(places, places->state, &resolution);
	mount_table_find(places->mountinfo, resolution.path, &facts->mount);
	find_own_mounts(places, resolution.path, facts);
	if (!places->vm_path)
		return;
	follow(places, places->vm_path, &resolution);
	mount_table_find(places->mountinfo, resolution.path, &facts->vm_mount);
}

/* A block as well, since a full file system may still make an empty file. */
static int try_write(const char *directory)
{
	static const char block[4096];
	char from[320], to[340];
	int fd, number = 0;

	snprintf(from, sizeof(from), "%s/.vtpm-host-%ld", directory, (long)getpid());
	snprintf(to, sizeof(to), "%s.renamed", from);
	fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block) || fsync(fd))
		number = errno ? errno : ENOSPC;
	if (close(fd) && !number)
		number = errno;
	if (!number && rename(from, to))
		number = errno;
	unlink(from);
	unlink(to);
	return number;
}

static void test_write(void *context)
{
	struct write_test *test = context;

	set_access(test->result, access_of(try_write(test->directory)));
}

/* Whether to rather write to this domain's directory than to another's: the one asked for, then one
 * that is swtpm's already. */
static int rank(const struct gather_places *places, const struct facts *facts,
	const struct facts_domain *domain)
{
	bool is_asked_for = places->domain && facts_domain_is(domain, places->domain);

	if (strcmp(domain->directory.access, FACT_OK) != 0)
		return 0;
	return is_asked_for ? 3 : domain->directory.uid == facts->account.uid ? 2 : 1;
}

/* swtpm writes in a domain's directory. Where there is none yet, libvirt must be able to make one:
 * then the state directory is tried as its owner. */
static void choose_write_test(const struct gather_places *places, struct facts *facts)
{
	int best = 0;

	snprintf(facts->write_path, sizeof(facts->write_path), "%s", places->state);
	facts->write_uid = facts->directory.uid;
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (rank(places, facts, domain) <= best)
			continue;
		best = rank(places, facts, domain);
		facts_domain_directory(facts, domain, facts->write_path, sizeof(facts->write_path));
		facts->write_uid = facts->account.uid;
	}
}

static const char *word_for(const struct error *err)
{
	if (err->code == ERROR_TIMEOUT)
		return FACT_TIMEOUT;
	return FACT_ERROR;
}

static void try_to_write(const struct gather_places *places, struct facts *facts)
{
	struct write_test test = {0};
	struct child_user user;
	/* Whatever it made, it must live to remove. */
	const struct child_how how = {
		.user = &user, .timeout_ms = places->timeout_ms, .cleans_up = true};
	struct error err;

	choose_write_test(places, facts);
	snprintf(test.directory, sizeof(test.directory), "%s", facts->write_path);
	user.uid = facts->write_uid;
	user.gid = user.uid == facts->account.uid ? facts->account.gid : facts->directory.gid;
	if (child_call(test_write, &test, sizeof(test), &how, &err))
		set_access(test.result, word_for(&err));
	set_access(facts->write, test.result);
}

void gather_files(const struct gather_places *places, struct facts *facts)
{
	static struct look look; /* too large for a stack */
	const struct child_how how = {.timeout_ms = places->timeout_ms};
	struct error err;

	find_mounts(places, facts);
	look = (struct look){.places = places, .facts = *facts};
	if (places->vm_path && child_call(look_at_vms, &look, sizeof(look), &how, &err))
		set_access(look.facts.vm_directory.access, word_for(&err));
	if (child_call(look_at_localca, &look, sizeof(look), &how, &err))
		set_access(look.facts.localca.access, word_for(&err));
	if (child_call(look_at_all, &look, sizeof(look), &how, &err)) {
		set_access(look.facts.directory.access, word_for(&err));
		set_access(look.facts.write, word_for(&err));
		for (size_t i = 0; i < facts->domains.count; i++)
			set_access(look.facts.domains.items[i].state.access, word_for(&err));
	}
	*facts = look.facts;
	if (facts->account.is_known && strcmp(facts->write, FACT_TIMEOUT) != 0)
		try_to_write(places, facts);
}

struct presence {
	char path[512];
	struct facts_file file;
};

static void look_for(void *context)
{
	struct presence *presence = context;

	look_at(&presence->file, "%s", presence->path);
}

bool gather_is_there(const char *path, uint32_t timeout_ms)
{
	const struct child_how how = {.timeout_ms = timeout_ms};
	struct presence presence = {0};
	struct error ignored;

	snprintf(presence.path, sizeof(presence.path), "%s", path);
	return child_call(look_for, &presence, sizeof(presence), &how, &ignored) == 0 &&
	       strcmp(presence.file.access, FACT_OK) == 0;
}
