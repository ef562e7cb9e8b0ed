/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/signature_list.h"

#include <string.h>

#include "core/measured/uefi.h"
#include "core/reader.h"

#define HEADER_SIZE 28 /* EFI_SIGNATURE_LIST without what follows */

static const uint8_t guid_x509[UEFI_GUID_SIZE] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
	0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};

static bool visit_list(struct reader *reader, signature_visit *visit, void *context)
{
	const uint8_t *type = reader_bytes(reader, UEFI_GUID_SIZE);
	uint32_t list_size = reader_u32le(reader), header = reader_u32le(reader);
	uint32_t size = reader_u32le(reader);
	struct reader list;

	if (reader->failed || list_size < HEADER_SIZE || size <= UEFI_GUID_SIZE)
		return false;
	list = reader_part(reader, list_size - HEADER_SIZE);
	reader_bytes(&list, header);
	if (list.failed || list.left % size)
		return false;
	while (list.left) {
		struct reader signature = reader_part(&list, size);

		reader_bytes(&signature, UEFI_GUID_SIZE); /* its owner */
		visit(memcmp(type, guid_x509, sizeof(guid_x509)) == 0, signature.at, signature.left,
			context);
	}
	return true;
}

bool signature_lists_visit(const uint8_t *bytes, size_t len, signature_visit *visit, void *context)
{
	struct reader reader = reader_of(bytes, len);

	while (reader.left) {
		if (!visit_list(&reader, visit, context))
			return false;
	}
	return true;
}
