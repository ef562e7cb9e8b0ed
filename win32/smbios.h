/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS types 0 and 1, DSP0134 sections 7.1 and 7.2, out of the table that the firmware left. */
#ifndef WIN32_SMBIOS_H
#define WIN32_SMBIOS_H

#include "win32/api.h"

#include <stddef.h>

#include "core/error.h"
#include "core/evidence/evidence.h"

/* Reads RawSMBIOSData as GetSystemFirmwareTable() gives it. Texts are filled in also where there is
 * no UUID. Errors: NOT_FOUND. */
int smbios_parse(
	const void *bytes, size_t len, struct evidence_smbios *ret_smbios, struct error *err);

#endif
