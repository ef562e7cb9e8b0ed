/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/object.h"

#include <string.h>

#include "core/reader.h"
#include "core/text.h"

static const char *parse_parent(const char *text, size_t len, struct sealed_parent *parent)
{
	uint8_t handle[4];

	*parent = (struct sealed_parent){.name_alg = TCG_ALG_SHA256};
	if (len == 3 && memcmp(text, "ecc", 3) == 0) {
		parent->kind = SEALED_UNDER_ECC;
		return NULL;
	}
	if (len == 3 && memcmp(text, "rsa", 3) == 0) {
		parent->kind = SEALED_UNDER_RSA;
		return NULL;
	}
	if (len != 10 || text_unhex(text + 2, 8, handle, sizeof(handle)) != 4 || handle[0] != 0x81)
		return "no storage key: ecc, rsa or a persistent handle such as 0x81000001";
	parent->kind = SEALED_UNDER_HANDLE;
	parent->handle = (uint32_t)handle[0] << 24 | (uint32_t)handle[1] << 16 |
			 (uint32_t)handle[2] << 8 | handle[3];
	return NULL;
}

/* "sha256:7+11" */
static const char *parse_pcrs(const char *text, size_t len, struct object_name *name)
{
	static const char wrong[] = "no PCRs: a bank and numbers, such as sha256:7+11";
	const char *colon = memchr(text, ':', len), *end = text + len;
	char bank[16];
	uint32_t pcr;

	if (!colon || (size_t)(colon - text) >= sizeof(bank))
		return wrong;
	text_copy_ascii(bank, sizeof(bank), text, (size_t)(colon - text));
	name->bank = (uint16_t)tcg_alg_parse(bank, TCG_ALG_NULL);
	if (!tcg_digest_size(name->bank))
		return wrong;
	for (text = colon; text < end; name->pcrs |= 1U << pcr) {
		text++; /* the colon, or a plus */
		if (!text_decimal(&text, &pcr) || pcr >= TCG_PCR_COUNT)
			return wrong;
		if (text < end && *text != '+')
			return wrong;
	}
	return NULL;
}

const char *object_name_parse(const char *text, struct object_name *ret_name)
{
	struct object_name name = {.bank = TCG_ALG_SHA256,
		.parent = {.kind = SEALED_UNDER_HANDLE,
			.name_alg = TCG_ALG_SHA256,
			.handle = TCG_HANDLE_SRK}};
	size_t len = strcspn(text, ",");
	const char *wrong = NULL;

	if (!len || len >= sizeof(name.path))
		return "no file";
	memcpy(name.path, text, len);
	for (text += len; !wrong && *text; text += len) {
		len = strcspn(++text, ",");
		wrong = memchr(text, ':', len) ? parse_pcrs(text, len, &name)
					       : parse_parent(text, len, &name.parent);
	}
	if (!wrong && ret_name)
		*ret_name = name;
	return wrong;
}

/* The other order: each area has its size before it. */
static int read_public_first(
	const uint8_t *bytes, size_t len, struct sealed_share *ret_share, struct error *err)
{
	struct reader reader = reader_of(bytes, len);
	uint8_t turned[OBJECT_MAX];
	size_t first = 2U + reader_u16be(&reader);

	if (reader.failed || len > sizeof(turned) || first > len)
		return error_set(err, ERROR_MALFORMED, "not a TPM2B_PUBLIC and a TPM2B_PRIVATE");
	memcpy(turned, bytes + first, len - first);
	memcpy(turned + len - first, bytes, first);
	return sealed_share_read(turned, len, ret_share, err);
}

void object_read(const struct object_name *name, const uint8_t *bytes, size_t len,
	struct disk_token *ret_token)
{
	struct disk_token token = {.type = "tpm2b", .is_sealed = true, .is_told = true};
	struct sealed *sealed = &token.sealed;

	sealed->parent = name->parent;
	sealed->bank = name->bank;
	sealed->pcrs = name->pcrs;
	sealed->share_count = 1;
	token.is_read = !sealed_share_read(bytes, len, &sealed->shares[0], &token.error) ||
			!read_public_first(bytes, len, &sealed->shares[0], &token.error);
	if (!token.is_read && token.error.code == ERROR_MALFORMED)
		error_set(&token.error, ERROR_MALFORMED,
			"no sealed object: neither a TPM2B_PUBLIC and a TPM2B_PRIVATE, nor of the "
			"two files of tpm2_create the .pub");
	*ret_token = token;
}
