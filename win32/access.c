/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/access.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>

#include "win32/os_error.h"
#include "win32/wide.h"

static int fail(struct error *err, DWORD number, const char *what, const wchar_t *path)
{
	char *name = wide_to_utf8(path);
	int rc = os_error(err, number, what, name ? name : "");

	free(name);
	return rc;
}

int access_make_directory(const wchar_t *path, const wchar_t *access, struct error *err)
{
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};
	DWORD number = 0;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    access, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		return fail(err, GetLastError(), "make directory", path);
	if (!CreateDirectoryW(path, &attributes))
		number = GetLastError();
	LocalFree(attributes.lpSecurityDescriptor);
	return number && number != ERROR_ALREADY_EXISTS ? fail(err, number, "make directory", path)
							: 0;
}

int access_make_owned(const char *path, const wchar_t *access, struct error *err)
{
	wchar_t owned[256], *wide = wide_from_text(path);
	int rc;

	if (!wide)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	swprintf(owned, 256, L"O:BA%ls", access);
	rc = access_make_directory(wide, owned, err);
	if (!rc)
		rc = access_check_owner(wide, err);
	free(wide);
	return rc;
}

/* This user, or whom what this process makes belongs to. */
static bool is_this_user(PSID sid)
{
	_Alignas(TOKEN_USER) BYTE user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	_Alignas(TOKEN_OWNER) BYTE owner[sizeof(TOKEN_OWNER) + SECURITY_MAX_SID_SIZE];
	DWORD size = 0;
	HANDLE token;
	bool is_same;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	is_same = GetTokenInformation(token, TokenUser, user, sizeof(user), &size) &&
		  EqualSid(sid, ((TOKEN_USER *)user)->User.Sid);
	if (!is_same)
		is_same = GetTokenInformation(token, TokenOwner, owner, sizeof(owner), &size) &&
			  EqualSid(sid, ((TOKEN_OWNER *)owner)->Owner);
	CloseHandle(token);
	return is_same;
}

static bool is_trusted(PSID owner)
{
	return IsWellKnownSid(owner, WinLocalSystemSid) ||
	       IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || is_this_user(owner);
}

bool access_is_owned(HANDLE object)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PSID owner = NULL;
	bool is_owned;

	if (GetSecurityInfo(object, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL,
		    NULL, NULL, &descriptor))
		return false;
	is_owned = owner && is_trusted(owner);
	LocalFree(descriptor);
	return is_owned;
}

int access_check_owner(const wchar_t *path, struct error *err)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	PSID owner = NULL;
	DWORD number = GetNamedSecurityInfoW((wchar_t *)path, SE_FILE_OBJECT,
		OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
	bool is_owned;

	if (number)
		return fail(err, number, "read the owner of", path);
	is_owned = is_trusted(owner);
	LocalFree(descriptor);
	if (!is_owned) {
		char *name = wide_to_utf8(path);

		error_set(err, ERROR_PERMISSION,
			"%s belongs to another user: remove it, so that it is made anew",
			name ? name : "the state directory");
		free(name);
		return -ERROR_PERMISSION;
	}
	return 0;
}
