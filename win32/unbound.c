/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "win32/unbound.h"

#include <stdint.h>
#include <string.h>

/* A provider's name is read as a number from left to right, a table's as it lies in memory. */
#define PROVIDER_ACPI 0x41435049 /* 'ACPI' */
#define TABLE_TPM2    0x324d5054 /* "TPM2" */

/* TCG ACPI Specification, table 7: it ends behind the start method where nothing follows. */
#define TPM2_BYTES_MIN 52
#define TPM2_BYTES_MAX 4096

bool unbound_is_shown(void)
{
	uint8_t table[TPM2_BYTES_MAX];
	UINT size = GetSystemFirmwareTable(PROVIDER_ACPI, TABLE_TPM2, table, sizeof(table));

	/* A size beyond the buffer's is what would be needed, and nothing was copied. */
	return size >= TPM2_BYTES_MIN && size <= sizeof(table) && memcmp(table, "TPM2", 4) == 0;
}
