/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/smbios.h"

#include <stdio.h>
#include <string.h>

#include "core/smbios.h"
#include "core/text.h"
#include "platform/guest.h"

#define PROVIDER_RSMB 0x52534d42 /* 'RSMB' */
#define TABLE_MAX     1048576
#define RAW_HEADER    8 /* of RawSMBIOSData: four bytes of versions and a length, then the table */

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

/* Section 7.1. */
static void read_firmware(const struct smbios_structure *structure, struct evidence_smbios *smbios)
{
	smbios_string_at(structure, 4, smbios->firmware_vendor, sizeof(smbios->firmware_vendor));
	smbios_string_at(structure, 5, smbios->firmware_version, sizeof(smbios->firmware_version));
}

/* Section 7.2. */
static int read_system(
	const struct smbios_structure *structure, struct evidence_smbios *smbios, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];

	smbios_string_at(structure, 4, smbios->manufacturer, sizeof(smbios->manufacturer));
	smbios_string_at(structure, 5, smbios->product, sizeof(smbios->product));
	if (structure->fixed_len < 24)
		return error_set(err, ERROR_NOT_FOUND, "SMBIOS: no UUID");
	copy_uuid(structure->fixed + 8, uuid);
	if (text_uuid_is_placeholder(uuid))
		return error_set(err, ERROR_NOT_FOUND,
			"SMBIOS: UUID %s is a placeholder, which many machines have", uuid);
	memcpy(smbios->uuid, uuid, sizeof(uuid));
	return 0;
}

int smbios_parse(
	const void *bytes, size_t len, struct evidence_smbios *ret_smbios, struct error *err)
{
	struct reader table = reader_of(bytes, len);
	struct smbios_structure structure;
	bool has_firmware = false, has_system = false;
	int rc = 0;

	reader_bytes(&table, RAW_HEADER);
	while (!(has_firmware && has_system) && smbios_next(&table, &structure)) {
		if (structure.type == 0 && !has_firmware) {
			read_firmware(&structure, ret_smbios);
			has_firmware = true;
		} else if (structure.type == 1 && !has_system) {
			rc = read_system(&structure, ret_smbios, err);
			has_system = true;
		}
	}
	return has_system ? rc : error_set(err, ERROR_NOT_FOUND, "SMBIOS: no system information");
}

/* RawSMBIOSData. */
static int read_raw(struct buf *raw, struct error *err)
{
	UINT size = GetSystemFirmwareTable(PROVIDER_RSMB, 0, NULL, 0);
	uint8_t *at;

	if (!size)
		return error_set(err, ERROR_NOT_FOUND, "the machine has no SMBIOS");
	if (size > TABLE_MAX)
		return error_set(err, ERROR_TOO_LARGE, "SMBIOS: %u bytes", size);
	at = buf_reserve(raw, size);
	if (!at)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the SMBIOS table");
	if (GetSystemFirmwareTable(PROVIDER_RSMB, 0, at, size) != size)
		return error_set(err, ERROR_IO, "SMBIOS: the table changed while it was read");
	raw->len += size;
	return 0;
}

int platform_smbios_read(struct evidence_smbios *ret_smbios, struct error *err)
{
	BUF_SCOPED raw = {0};
	int rc = read_raw(&raw, err);

	return rc ? rc : smbios_parse(raw.data, raw.len, ret_smbios, err);
}

int platform_oem_strings_read(const char *prefix, struct buf *to, struct error *err)
{
	BUF_SCOPED raw = {0};
	int rc = read_raw(&raw, err);

	if (!rc && raw.len > RAW_HEADER)
		smbios_oem_strings(raw.data + RAW_HEADER, raw.len - RAW_HEADER, prefix, to);
	return rc;
}
