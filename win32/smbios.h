/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS type 1, DSP0134 section 7.2, out of the table that the firmware left. */
#ifndef WIN32_SMBIOS_H
#define WIN32_SMBIOS_H

#include "win32/api.h"

#include <stddef.h>

#include "core/error.h"
#include "core/evidence/evidence.h"

/* Reads RawSMBIOSData as GetSystemFirmwareTable() gives it. What stands before the UUID is filled
 * in also where there is none. Errors: NOT_FOUND. */
int smbios_find_system(
	const void *bytes, size_t len, struct evidence_smbios *ret_smbios, struct error *err);

#endif
