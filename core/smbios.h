/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of an SMBIOS table, DSP0134 section 6.1. */
#ifndef CORE_SMBIOS_H
#define CORE_SMBIOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/reader.h"

struct smbios_structure {
	uint8_t type;
	const uint8_t *fixed; /* from its header on */
	size_t fixed_len;
	const char *strings; /* each with its NUL, and one more NUL */
	size_t strings_len;
};

/* False at the end of the table, or where it is not as it should be. What is returned points into
 * the table. */
bool smbios_next(struct reader *table, struct smbios_structure *ret);

/* The string whose number stands at this offset, with what is not printable ASCII replaced; empty
 * where there is none. */
void smbios_string_at(const struct smbios_structure *from, size_t offset, char *out, size_t size);

/* Appends what follows `prefix` in each OEM string, section 7.12, that begins so, with its NUL:
 * for a table without a header. */
void smbios_oem_strings(const void *table, size_t len, const char *prefix, struct buf *to);

#endif
