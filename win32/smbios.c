/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/smbios.h"

#include <stdio.h>
#include <string.h>

#include "core/reader.h"
#include "core/text.h"
#include "platform/guest.h"

#define PROVIDER_RSMB 0x52534d42 /* 'RSMB' */
#define TABLE_MAX     1048576

struct structure {
	uint8_t type;
	const uint8_t *fixed; /* from its header on */
	size_t fixed_len;
	const char *strings; /* each with its NUL, and one more NUL */
	size_t strings_len;
};

/* False at the end of the table, or where it is not as it should be. */
static bool next_structure(struct reader *table, struct structure *ret)
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
static void copy_string(const struct structure *from, size_t offset, char *out, size_t size)
{
	const char *at = from->strings, *end = from->strings + from->strings_len;
	unsigned number = offset < from->fixed_len ? from->fixed[offset] : 0;

	for (unsigned i = 1; i < number && at < end; i++)
		at += strnlen(at, (size_t)(end - at)) + 1;
	if (number && at < end)
		text_copy_ascii(out, size, at, (size_t)(end - at));
}

/* Its first three fields are little-endian: section 7.2.1. */
static void copy_uuid(const uint8_t *b, char out[TEXT_UUID_SIZE])
{
	char text[TEXT_UUID_SIZE];

	snprintf(text, sizeof(text),
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2],
		b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	text_uuid(text, out);
}

int smbios_find_system(
	const void *bytes, size_t len, struct evidence_smbios *ret_smbios, struct error *err)
{
	struct reader table = reader_of(bytes, len);
	struct structure structure;
	char uuid[TEXT_UUID_SIZE];

	/* RawSMBIOSData: four bytes of versions and a length, then the table. */
	reader_bytes(&table, 8);
	while (next_structure(&table, &structure)) {
		if (structure.type != 1)
			continue;
		copy_string(
			&structure, 4, ret_smbios->manufacturer, sizeof(ret_smbios->manufacturer));
		copy_string(&structure, 5, ret_smbios->product, sizeof(ret_smbios->product));
		if (structure.fixed_len < 24)
			return error_set(err, ERROR_NOT_FOUND, "SMBIOS: no UUID");
		copy_uuid(structure.fixed + 8, uuid);
		if (text_uuid_is_placeholder(uuid))
			return error_set(err, ERROR_NOT_FOUND,
				"SMBIOS: UUID %s is a placeholder, which many machines have", uuid);
		memcpy(ret_smbios->uuid, uuid, sizeof(uuid));
		return 0;
	}
	return error_set(err, ERROR_NOT_FOUND, "SMBIOS: no system information");
}

int platform_smbios_read(struct evidence_smbios *ret_smbios, struct error *err)
{
	UINT size = GetSystemFirmwareTable(PROVIDER_RSMB, 0, NULL, 0);
	BUF_SCOPED raw = {0};
	uint8_t *at;

	if (!size)
		return error_set(err, ERROR_NOT_FOUND, "the machine has no SMBIOS");
	if (size > TABLE_MAX)
		return error_set(err, ERROR_TOO_LARGE, "SMBIOS: %u bytes", size);
	at = buf_reserve(&raw, size);
	if (!at)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the SMBIOS table");
	if (GetSystemFirmwareTable(PROVIDER_RSMB, 0, at, size) != size)
		return error_set(err, ERROR_IO, "SMBIOS: the table changed while it was read");
	return smbios_find_system(at, size, ret_smbios, err);
}
