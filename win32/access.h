/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may read what the agent keeps. */
#ifndef WIN32_ACCESS_H
#define WIN32_ACCESS_H

#include "win32/api.h"

#include <stdbool.h>

#include "core/error.h"

/* What a directory is made with: nothing inherited; SYSTEM, administrators and its owner alone, or
 * everybody to read. */
#define ACCESS_PRIVATE L"D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"
#define ACCESS_PUBLIC  L"D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)(A;OICI;0x1200a9;;;BU)"

/* Makes one directory with that access; one that is there is left as it is. */
int access_make_directory(const wchar_t *path, const wchar_t *access, struct error *err);

/* Makes a directory with that access for the administrators, who own it from then on; in one that
 * is there nothing is changed, but its owner is checked. */
int access_make_owned(const char *path, const wchar_t *access, struct error *err);

/* Whether this kernel object is owned by who may rule this program anyway: SYSTEM, the
 * administrators or this user. The handle needs READ_CONTROL. */
bool access_is_owned(HANDLE object);

/* In ProgramData any user may make a directory first, and would then own what is kept there.
 * Errors: PERMISSION unless SYSTEM, the administrators or this user own it. */
int access_check_owner(const wchar_t *path, struct error *err);

#endif
