/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/smbios.h"

#include <string.h>

#include "core/text.h"

#define TYPE_OEM_STRINGS 11
#define STRING_BYTES     512

bool smbios_next(struct reader *table, struct smbios_structure *ret)
{
	const uint8_t *header = table->at;
	size_t left;

	ret->type = reader_u8(table);
	ret->fixed_len = reader_u8(table);
	if (table->failed || ret->fixed_len < 4 || !reader_bytes(table, ret->fixed_len - 2))
		return false;
	ret->fixed = header;
	ret->strings = (const char *)table->at;
	left = table->left;
	for (size_t i = 0; i + 1 < left; i++) {
		if (!table->at[i] && !table->at[i + 1]) {
			ret->strings_len = i + 2;
			reader_bytes(table, i + 2);
			return true;
		}
	}
	return false;
}

/* Strings count from 1; 0 is none. */
static void copy_string(
	const struct smbios_structure *from, unsigned number, char *out, size_t size)
{
	const char *at = from->strings, *end = from->strings + from->strings_len;

	*out = 0;
	for (unsigned i = 1; i < number && at < end; i++)
		at += strnlen(at, (size_t)(end - at)) + 1;
	if (number && at < end)
		text_copy_ascii(out, size, at, (size_t)(end - at));
}

void smbios_string_at(const struct smbios_structure *from, size_t offset, char *out, size_t size)
{
	copy_string(from, offset < from->fixed_len ? from->fixed[offset] : 0, out, size);
}

void smbios_oem_strings(const void *bytes, size_t len, const char *prefix, struct buf *to)
{
	struct reader table = reader_of(bytes, len);
	struct smbios_structure structure;
	size_t prefix_len = strlen(prefix);

	while (smbios_next(&table, &structure)) {
		unsigned count = structure.type == TYPE_OEM_STRINGS && structure.fixed_len > 4
					 ? structure.fixed[4]
					 : 0;

		for (unsigned i = 1; i <= count; i++) {
			char text[STRING_BYTES];

			copy_string(&structure, i, text, sizeof(text));
			if (strncmp(text, prefix, prefix_len) == 0)
				buf_append(to, text + prefix_len, strlen(text + prefix_len) + 1);
		}
	}
}
