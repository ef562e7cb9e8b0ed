/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/mount_table.h"

#include <libmount/libmount.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Bounds the walk where a table makes no sense; real ones are as deep as a path has parts. */
#define DEPTH_MAX 256

/* Whether `point` is `path`, or above it. */
static bool is_on_the_way(const char *point, const char *path)
{
	size_t len = strlen(point);

	if (len == 1 && *point == '/')
		return *path == '/';
	return len && strncmp(point, path, len) == 0 && (!path[len] || path[len] == '/');
}

/* The mounted file system that the walk enters next from `from`, or, where that is NULL, that it
 * begins with: any of those stacked on "/", since the walk goes on to the last. The first to be met
 * on the way is the one furthest up: one that is deeper was made earlier, and is covered now. */
static struct libmnt_fs *find_next(
	struct libmnt_table *table, struct libmnt_fs *from, const char *path)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs, *found = NULL;
	size_t shortest = 0;

	while (iter && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *point = mnt_fs_get_target(fs);
		bool is_child;

		if (!point || !is_on_the_way(point, path) || fs == from)
			continue;
		if (from)
			is_child = mnt_fs_get_parent_id(fs) == mnt_fs_get_id(from);
		else
			is_child = strcmp(point, "/") == 0;
		if (is_child && (!found || strlen(point) <= shortest)) {
			found = fs;
			shortest = strlen(point);
		}
	}
	mnt_free_iter(iter);
	return found;
}

/* A mount that is nearer to the path than the one in use, and so out of reach. */
static void find_hidden(struct libmnt_table *table, const char *path, struct facts_mount *mount)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	size_t longest = strlen(mount->point);

	while (iter && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *point = mnt_fs_get_target(fs);

		if (!point || !is_on_the_way(point, path) || strlen(point) <= longest)
			continue;
		longest = strlen(point);
		snprintf(mount->hidden, sizeof(mount->hidden), "%s", point);
	}
	mnt_free_iter(iter);
}

/* The file system in use at `path`; how many it covers there. */
static struct libmnt_fs *walk(struct libmnt_table *table, const char *path, uint32_t *ret_stacked)
{
	struct libmnt_fs *fs = table ? find_next(table, NULL, path) : NULL, *next;

	*ret_stacked = 0;
	for (size_t depth = 0; fs && depth < DEPTH_MAX; depth++) {
		next = find_next(table, fs, path);
		if (!next)
			break;
		/* An initramfs leaves more than one root behind. */
		*ret_stacked = strcmp(mnt_fs_get_target(next), mnt_fs_get_target(fs)) == 0 &&
					       strcmp(mnt_fs_get_target(fs), "/") != 0
				       ? *ret_stacked + 1
				       : 0;
		fs = next;
	}
	return fs;
}

/* An overlay lives as long as the directory that it writes to. */
static void find_upper(
	struct libmnt_table *table, struct libmnt_fs *overlay, struct facts_mount *mount)
{
	const char *options = mnt_fs_get_options(overlay);
	char path[PATH_MAX], *value = NULL;
	struct libmnt_fs *fs;
	const char *type;
	uint32_t ignored;
	size_t len = 0;

	if (strcmp(mount->type, "overlay") != 0 || !options)
		return;
	if (mnt_optstr_get_option(options, "upperdir", &value, &len))
		return;
	if (!value || len >= sizeof(path))
		return;
	snprintf(path, sizeof(path), "%.*s", (int)len, value);
	fs = walk(table, path, &ignored);
	type = fs && fs != overlay ? mnt_fs_get_fstype(fs) : NULL;
	snprintf(mount->upper, sizeof(mount->upper), "%s", type ? type : "");
}

static void describe(struct libmnt_fs *fs, struct facts_mount *mount)
{
	const char *options = mnt_fs_get_options(fs), *source = mnt_fs_get_source(fs);
	const char *type = mnt_fs_get_fstype(fs);
	char *value;
	size_t len;

	snprintf(mount->point, sizeof(mount->point), "%s", mnt_fs_get_target(fs));
	snprintf(mount->source, sizeof(mount->source), "%s", source ? source : "");
	snprintf(mount->type, sizeof(mount->type), "%s", type ? type : "");
	snprintf(mount->options, sizeof(mount->options), "%s", options ? options : "");
	mount->is_read_only = options && mnt_optstr_get_option(options, "ro", &value, &len) == 0;
}

void mount_table_find(const char *mountinfo, const char *path, struct facts_mount *ret_mount)
{
	struct libmnt_table *table = mnt_new_table_from_file(mountinfo);
	struct facts_mount mount = {0};
	struct libmnt_fs *fs = walk(table, path, &mount.stacked);

	if (fs) {
		describe(fs, &mount);
		find_hidden(table, path, &mount);
		find_upper(table, fs, &mount);
	}
	mnt_unref_table(table);
	*ret_mount = mount;
}

bool mount_table_has_below(const char *mountinfo, const char *path)
{
	struct libmnt_table *table = mnt_new_table_from_file(mountinfo);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	bool is_found = false;

	while (table && iter && !is_found && mnt_table_next_fs(table, iter, &fs) == 0) {
		const char *point = mnt_fs_get_target(fs);

		is_found = point && strcmp(point, path) != 0 && is_on_the_way(path, point);
	}
	mnt_free_iter(iter);
	mnt_unref_table(table);
	return is_found;
}
