/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/system.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "linux/os_error.h"

int platform_directory_make(const char *path, struct error *err)
{
	char *copy = strdup(path);
	int rc = 0;

	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	for (char *at = copy + 1; !rc && *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		if (mkdir(copy, 0755) && errno != EEXIST)
			rc = os_error_file(err, errno, "make directory", copy);
		*at = '/';
	}
	if (!rc && mkdir(copy, 0700) && errno != EEXIST)
		rc = os_error_file(err, errno, "make directory", copy);
	free(copy);
	return rc;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);

	return name[0] != '.' && len >= end && strcmp(name + len - end, ending) == 0;
}

int platform_directory_list(
	const char *directory, const char *ending, struct buf *to, struct error *err)
{
	struct dirent **names = NULL;
	int count = scandir(directory, &names, NULL, by_bytes);

	if (count < 0)
		return os_error_file(err, errno, "open", directory);
	for (int i = 0; i < count; i++) {
		if (has_ending(names[i]->d_name, ending))
			buf_append(to, names[i]->d_name, strlen(names[i]->d_name) + 1);
		free(names[i]);
	}
	free(names);
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "no memory for a list of files") : 0;
}
