/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/system.h"

#include <stdlib.h>
#include <string.h>

#include "win32/access.h"
#include "win32/os_error.h"
#include "win32/wide.h"

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
}

static bool is_separator(wchar_t c)
{
	return c == L'\\' || c == L'/';
}

int platform_directory_make(const char *path, struct error *err)
{
	wchar_t *wide = wide_from_text(path);
	int rc = 0;

	if (!wide)
		return no_memory(err);
	for (wchar_t *at = wide; !rc && *at; at++) {
		wchar_t separator = *at;

		/* Not the root of a drive or of a server. */
		if (!is_separator(separator) || at == wide)
			continue;
		if (at[-1] == L':' || is_separator(at[-1]))
			continue;
		*at = 0;
		if (GetFileAttributesW(wide) == INVALID_FILE_ATTRIBUTES)
			rc = access_make_directory(wide, ACCESS_PUBLIC, err);
		*at = separator;
	}
	if (!rc)
		rc = access_make_directory(wide, ACCESS_PRIVATE, err);
	if (!rc)
		rc = access_check_owner(wide, err);
	free(wide);
	return rc;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void append_sorted(const struct buf *found, struct buf *to)
{
	size_t count = 0, filled = 0;
	char **names;

	for (size_t i = 0; i < found->len; i++)
		count += !found->data[i];
	names = calloc(count + 1, sizeof(*names));
	for (size_t at = 0; names && at < found->len; at += strlen(names[filled++]) + 1)
		names[filled] = (char *)found->data + at;
	if (names)
		qsort(names, count, sizeof(*names), by_bytes);
	else
		to->failed = true;
	for (size_t i = 0; names && i < count; i++)
		buf_append(to, names[i], strlen(names[i]) + 1);
	free(names);
}

/* By a pattern Windows also finds the short names of files that have long ones. */
static void add_name(const WIN32_FIND_DATAW *entry, const char *ending, struct buf *to)
{
	char *name = wide_to_text(entry->cFileName);
	size_t len = name ? strlen(name) : 0, end = strlen(ending);

	if (!name)
		to->failed = true;
	else if (name[0] != '.' && len >= end && strcmp(name + len - end, ending) == 0)
		buf_append(to, name, len + 1);
	free(name);
}

static int open_list(
	const char *directory, WIN32_FIND_DATAW *ret_first, HANDLE *ret_search, struct error *err)
{
	BUF_SCOPED pattern = {0};
	wchar_t *wide;

	buf_printf(&pattern, "%s\\*", directory);
	wide = pattern.failed ? NULL : wide_from_text((char *)pattern.data);
	if (!wide)
		return no_memory(err);
	*ret_search = FindFirstFileW(wide, ret_first);
	free(wide);
	return *ret_search == INVALID_HANDLE_VALUE
		       ? os_error(err, GetLastError(), "open", directory)
		       : 0;
}

/* What is read from it without being asked for must not be another user's. */
static int check_owner(const char *directory, struct error *err)
{
	wchar_t *wide = wide_from_text(directory);
	int rc = wide ? access_check_owner(wide, err) : no_memory(err);

	free(wide);
	return rc;
}

static int list_all(const char *directory, const char *ending, struct buf *to, struct error *err)
{
	WIN32_FIND_DATAW entry;
	HANDLE search;
	int rc = open_list(directory, &entry, &search, err);

	if (rc)
		return rc;
	do
		add_name(&entry, ending, to);
	while (FindNextFileW(search, &entry));
	FindClose(search);
	return to->failed ? no_memory(err) : check_owner(directory, err);
}

int platform_directory_list(
	const char *directory, const char *ending, struct buf *to, struct error *err)
{
	BUF_SCOPED found = {0};
	int rc = list_all(directory, ending, &found, err);

	if (rc)
		return rc;
	append_sorted(&found, to);
	return to->failed ? no_memory(err) : 0;
}
