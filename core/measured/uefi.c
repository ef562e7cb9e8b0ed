/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/uefi.h"

#include <stdio.h>
#include <string.h>

#include "core/reader.h"

/* UEFI 2.10 sections 3.3 and 32.6.1. */
static const uint8_t guid_global[UEFI_GUID_SIZE] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
static const uint8_t guid_security[UEFI_GUID_SIZE] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96,
	0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};

void uefi_copy_utf16(char *out, size_t size, const uint8_t *bytes, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < len && used + 1 < size; i += 2) {
		uint16_t unit = (uint16_t)(bytes[i] | bytes[i + 1] << 8);

		if (!unit)
			break;
		out[used++] = (char)(unit >= ' ' && unit <= '~' ? unit : '?');
	}
	if (size)
		out[used] = 0;
}

bool uefi_variable_read(const uint8_t *bytes, size_t len, struct uefi_variable *ret_variable)
{
	struct reader reader = reader_of(bytes, len);
	const uint8_t *guid = reader_bytes(&reader, UEFI_GUID_SIZE);
	uint64_t units = reader_u64le(&reader), data_len = reader_u64le(&reader);
	struct reader name, data;

	if (reader.failed || units > reader.left / 2 || data_len > reader.left)
		return false;
	name = reader_part(&reader, 2 * (size_t)units);
	data = reader_part(&reader, (size_t)data_len);
	if (reader.failed)
		return false;
	*ret_variable = (struct uefi_variable){.guid = guid, .data = data.at, .len = data.left};
	uefi_copy_utf16(ret_variable->name, sizeof(ret_variable->name), name.at, name.left);
	return true;
}

enum uefi_owner uefi_variable_owner(const struct uefi_variable *variable)
{
	if (memcmp(variable->guid, guid_global, UEFI_GUID_SIZE) == 0)
		return UEFI_OWNER_GLOBAL;
	return memcmp(variable->guid, guid_security, UEFI_GUID_SIZE) == 0 ? UEFI_OWNER_SECURITY
									  : UEFI_OWNER_OTHER;
}

void uefi_guid_print(const uint8_t guid[UEFI_GUID_SIZE], char out[37])
{
	struct reader reader = reader_of(guid, 8);
	uint32_t first = reader_u32le(&reader);
	uint16_t second = reader_u16le(&reader), third = reader_u16le(&reader);

	snprintf(out, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", first, second, third,
		guid[8], guid[9], guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
}

/* Types and subtypes of device path nodes, UEFI 2.10 section 10.3. */
#define NODE_HARDWARE   1
#define NODE_PCI        1 /* subtype: {Function, Device} */
#define NODE_MEDIA      4
#define NODE_FILE       4 /* a path, or a piece of one */
#define NODE_FIRMWARE   6 /* a file in a firmware volume: its GUID */
#define NODE_OPTION_ROM 8 /* a range behind a PCI function */
#define NODE_END        0x7f

struct path {
	char file[64]; /* behind the last backslash */
	char guid[37];
	unsigned device, function;
	bool has_pci, is_option_rom;
};

static void read_file_node(struct path *path, struct reader node)
{
	char text[256];
	const char *name = text, *at = text;

	uefi_copy_utf16(text, sizeof(text), node.at, node.left);
	for (; *at; at++) {
		if (*at == '\\' || *at == '/')
			name = at + 1;
	}
	if (*name)
		snprintf(path->file, sizeof(path->file), "%.63s", name);
}

static void read_node(struct path *path, unsigned kind, struct reader node)
{
	const uint8_t *guid;

	switch (kind) {
	case NODE_HARDWARE << 8 | NODE_PCI:
		path->function = reader_u8(&node);
		path->device = reader_u8(&node);
		path->has_pci = true;
		break;
	case NODE_MEDIA << 8 | NODE_FILE:
		read_file_node(path, node);
		break;
	case NODE_MEDIA << 8 | NODE_FIRMWARE:
		guid = reader_bytes(&node, UEFI_GUID_SIZE);
		if (guid)
			uefi_guid_print(guid, path->guid);
		break;
	case NODE_MEDIA << 8 | NODE_OPTION_ROM:
		path->is_option_rom = true;
		break;
	default:
		break;
	}
}

static struct path read_path(struct reader reader)
{
	struct path path = {0};

	while (reader.left >= 4) {
		unsigned type = reader_u8(&reader), subtype = reader_u8(&reader);
		uint16_t len = reader_u16le(&reader);

		if (type == NODE_END || len < 4)
			break;
		read_node(&path, type << 8 | subtype, reader_part(&reader, len - 4U));
		if (reader.failed)
			break;
	}
	return path;
}

void uefi_image_name(char *out, size_t size, const uint8_t *bytes, size_t len)
{
	struct reader reader = reader_of(bytes, len);
	struct path path;
	uint64_t path_len;

	reader_bytes(&reader, 24); /* location, length, link-time address */
	path_len = reader_u64le(&reader);
	if (path_len > reader.left)
		path_len = reader.left;
	path = read_path(reader_part(&reader, (size_t)path_len));
	if (*path.file)
		snprintf(out, size, "%s", path.file);
	else if (*path.guid)
		snprintf(out, size, "firmware file %s", path.guid);
	else if (path.is_option_rom && path.has_pci)
		snprintf(out, size, "option ROM of PCI device %02x.%x", path.device & 0xff,
			path.function & 0xff);
	else
		snprintf(out, size, "%s", path.is_option_rom ? "option ROM" : "");
}

void uefi_load_option_name(char *out, size_t size, const uint8_t *bytes, size_t len)
{
	struct reader reader = reader_of(bytes, len);

	reader_u32le(&reader); /* Attributes */
	reader_u16le(&reader); /* FilePathListLength */
	uefi_copy_utf16(out, size, reader.at, reader.failed ? 0 : reader.left);
}

bool uefi_gpt_read(const uint8_t *bytes, size_t len, char ret_guid[37], uint64_t *ret_partitions)
{
	struct reader reader = reader_of(bytes, len);
	const uint8_t *signature = reader_bytes(&reader, 8), *guid;

	reader_bytes(&reader, 48); /* up to the last usable block */
	guid = reader_bytes(&reader, UEFI_GUID_SIZE);
	reader_bytes(&reader, 20); /* the rest of the header's 92 bytes */
	*ret_partitions = reader_u64le(&reader);
	if (reader.failed || memcmp(signature, "EFI PART", 8) != 0)
		return false;
	uefi_guid_print(guid, ret_guid);
	return true;
}
