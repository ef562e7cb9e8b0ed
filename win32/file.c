/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/system.h"

#include <shlobj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "win32/access.h"
#include "win32/os_error.h"
#include "win32/wide.h"

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
}

/* What is read without being asked for, configuration and published verdict, must not be another
 * user's: its directory says whose it is. */
static int check_config(const char *path, struct error *err)
{
	const bool is_ours = strcmp(path, platform_config_path()) == 0 ||
			     strcmp(path, platform_public_path(true)) == 0;
	wchar_t *wide = is_ours ? wide_from_text(path) : NULL;
	wchar_t *name = wide ? wcsrchr(wide, L'\\') : NULL;
	int rc = 0;

	if (name) {
		*name = 0;
		if (GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES)
			rc = access_check_owner(wide, err);
	}
	free(wide);
	return rc;
}

int platform_file_read(const char *path, size_t max, struct buf *to, struct error *err)
{
	int rc = check_config(path, err);
	wchar_t *wide = rc ? NULL : wide_from_text(path);
	size_t begin = to->len;
	DWORD got = 1, number = 0;
	HANDLE file;

	if (!wide)
		return rc ? rc : no_memory(err);
	file = CreateFileW(wide, GENERIC_READ,
		FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
		FILE_ATTRIBUTE_NORMAL, NULL);
	number = GetLastError();
	free(wide);
	if (file == INVALID_HANDLE_VALUE)
		return os_error(err, number, "open", path);
	number = 0;
	while (!number && got && to->len - begin <= max) {
		uint8_t *at = buf_reserve(to, 4096);

		if (!at)
			number = ERROR_NOT_ENOUGH_MEMORY;
		else if (!ReadFile(file, at, 4096, &got, NULL))
			number = GetLastError() == ERROR_BROKEN_PIPE ? 0 : GetLastError();
		if (!number)
			to->len += got;
	}
	CloseHandle(file);
	if (number)
		return os_error(err, number, "read", path);
	if (to->len - begin > max)
		return error_set(err, ERROR_TOO_LARGE, "%s: more than %zu bytes", path, max);
	return 0;
}

/* 0, or the error's number. */
static DWORD write_all(HANDLE file, const uint8_t *bytes, size_t len)
{
	while (len) {
		DWORD put = 0;

		if (!WriteFile(file, bytes, (DWORD)(len < 65536 ? len : 65536), &put, NULL))
			return GetLastError();
		bytes += put;
		len -= put;
	}
	return 0;
}

/* NUL, CON and the like cannot be replaced, only written to. */
static bool write_special(const wchar_t *path, const void *bytes, size_t len, DWORD *ret_number)
{
	HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
		OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
	bool is_special = file != INVALID_HANDLE_VALUE && GetFileType(file) != FILE_TYPE_DISK;

	if (is_special)
		*ret_number = write_all(file, bytes, len);
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	return is_special;
}

/* Beside the file, so that the move stays on one volume. */
static DWORD replace(const wchar_t *path, const void *bytes, size_t len)
{
	const DWORD how = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
	size_t size = wcslen(path) + 16;
	wchar_t *temporary = calloc(size, sizeof(*temporary));
	uint32_t random = 0;
	struct error ignored;
	DWORD number = 0;
	HANDLE file;

	if (!temporary)
		return ERROR_NOT_ENOUGH_MEMORY;
	platform_random(&random, sizeof(random), &ignored);
	swprintf(temporary, size, L"%ls.%08x", path, (unsigned)random);
	file = CreateFileW(
		temporary, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file == INVALID_HANDLE_VALUE) {
		number = GetLastError();
		free(temporary);
		return number;
	}
	number = write_all(file, bytes, len);
	if (!number && !FlushFileBuffers(file))
		number = GetLastError();
	CloseHandle(file);
	if (!number && !MoveFileExW(temporary, path, how))
		number = GetLastError();
	if (number)
		DeleteFileW(temporary);
	free(temporary);
	return number;
}

/* Other reparse points than links, such as a cloud's files, are files. */
static bool is_link(const wchar_t *path)
{
	WIN32_FIND_DATAW found;
	HANDLE search = FindFirstFileW(path, &found);

	if (search == INVALID_HANDLE_VALUE)
		return false;
	FindClose(search);
	return found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
	       found.dwReserved0 == IO_REPARSE_TAG_SYMLINK;
}

int platform_file_replace(const char *path, const void *bytes, size_t len, struct error *err)
{
	wchar_t *wide = wide_from_text(path);
	DWORD number = 0;

	if (!wide)
		return no_memory(err);
	if (is_link(wide)) {
		free(wide);
		return error_set(err, ERROR_UNSUPPORTED,
			"write %s: it is a symbolic link; name the file itself", path);
	}
	if (!write_special(wide, bytes, len, &number))
		number = replace(wide, bytes, len);
	free(wide);
	return number ? os_error(err, number, "write", path) : 0;
}

/* The directory's owner is checked, and only administrators and the system can write there. */
int platform_file_keep(const char *path, const void *bytes, size_t len, struct error *err)
{
	return platform_file_replace(path, bytes, len, err);
}

/* Who may read it, the directory says: platform_public_path()'s is everybody's to read. */
int platform_file_publish(const char *path, const void *bytes, size_t len, struct error *err)
{
	return platform_file_replace(path, bytes, len, err);
}

void platform_file_give(const char *path)
{
	(void)path; /* its directory's access holds for it */
}

bool platform_file_is_there(const char *path)
{
	wchar_t *wide = wide_from_text(path);
	WIN32_FILE_ATTRIBUTE_DATA of;
	bool is_there = wide && GetFileAttributesExW(wide, GetFileExInfoStandard, &of) &&
			!(of.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) &&
			(of.nFileSizeLow || of.nFileSizeHigh);

	free(wide);
	return is_there;
}

int platform_file_remove(const char *path, struct error *err)
{
	wchar_t *wide = wide_from_text(path);
	DWORD number = 0;

	if (!wide)
		return no_memory(err);
	if (!DeleteFileW(wide))
		number = GetLastError();
	free(wide);
	return number ? os_error(err, number, "remove", path) : 0;
}

/* "ProgramData\vtpm-agent" and what stands in it, asked of Windows and not of the environment. */
static const char *program_data(const char *name, char *to, size_t size)
{
	wchar_t *wide = NULL;
	char *folder = NULL;

	if (!*to) {
		HRESULT result =
			SHGetKnownFolderPath(&FOLDERID_ProgramData, KF_FLAG_DEFAULT, NULL, &wide);

		if (result == S_OK)
			folder = wide_to_text(wide);
		snprintf(to, size, "%s\\vtpm-agent\\%s", folder ? folder : "C:\\ProgramData", name);
		free(folder);
		CoTaskMemFree(wide);
	}
	return to;
}

const char *platform_config_path(void)
{
	static char path[MAX_PATH + 32];

	return program_data("vtpm-agent.conf", path, sizeof(path));
}

const char *platform_state_path(void)
{
	static char path[MAX_PATH + 32];

	return program_data("state", path, sizeof(path));
}

const char *platform_public_path(bool is_usual)
{
	static char path[MAX_PATH + 32];

	return is_usual ? program_data("verdict.json", path, sizeof(path)) : NULL;
}
