/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/credential.h"

#include <string.h>

#include "core/base64.h"
#include "core/buf.h"
#include "core/reader.h"

#define ID_SIZE  16U
#define PART_MAX (16U << 10) /* as systemd bounds each part of the header */
#define ALIGN    8U

/* How it is encrypted, and what its header has by that. */
static const struct kind {
	uint8_t id[ID_SIZE];
	bool has_tpm, has_signer, has_srk;
} kinds[] = {
	{"\x0c\x7c\xc0\x7b\x11\x76\x45\x91\x9c\x4b\x0b\xea\x08\xbc\x20\xfe", true, false, false},
	{"\xfa\xf7\xeb\x93\x41\xe3\x41\x2c\xa1\xa4\x36\xf9\x5a\x29\x36\x2f", true, true, false},
	{"\x93\xa8\x94\x09\x48\x74\x44\x90\x90\xca\xf2\xfc\x93\xca\xb5\x53", true, false, false},
	{"\xef\x4a\xc1\x36\x79\xa9\x48\x0e\xa7\xdb\x68\x89\x7f\x9f\x16\x5d", true, false, false},
	{"\xaf\x49\x50\xa8\x49\x13\x4e\xb1\xa7\x38\x46\x30\x4f\xf3\x0c\x05", true, true, false},
	{"\xad\xbc\x4c\xa3\xef\xb6\x42\x01\xba\x88\x1b\x6f\x2e\x40\x95\xea", true, true, false},
	/* systemd 262 names the storage key that it is under. */
	{"\xd4\x06\x2d\xfb\x71\xad\x4c\x86\x80\x4b\x40\xef\x11\x80\xf1\xfc", true, false, true},
	{"\x5e\x2d\x5c\x76\x03\x72\x4e\xaf\x84\x3c\x6f\xb5\xf6\x40\x98\xf5", true, true, true},
	{"\x14\x14\x25\x88\x18\xa2\x40\xcd\x90\x0b\xce\x86\x2d\xb5\xc7\xb9", true, false, true},
	{"\x2a\x1f\x87\x7a\x42\x75\x43\x1a\xb3\xf9\xed\x1f\x5d\x8f\x66\x01", true, false, true},
	{"\xaf\xbf\xea\xac\xeb\x6a\x4a\x37\x95\x41\x9d\x13\x5c\x47\xf3\x7b", true, true, true},
	{"\x16\xe4\x92\x94\x9f\x94\x40\x02\x86\x75\x8f\x94\xb7\xc5\x2b\xc7", true, true, true},
	/* By the host's secret alone, by nothing. */
	{"\x5a\x1c\x6a\x86\xdf\x9d\x40\x96\xb1\xd5\xa6\x5e\x08\x62\xf1\x9a", false, false, false},
	{"\x55\xb9\xed\x1d\x38\x59\x4d\x43\xa8\x31\x9d\x2e\xbb\x33\x2a\xc6", false, false, false},
	{"\x05\x84\x69\xda\xf6\xf5\x43\x24\x80\x05\x49\xda\x0f\x8e\xa2\xfb", false, false, false},
};

static const struct kind *find_kind(const uint8_t *id)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (memcmp(kinds[i].id, id, ID_SIZE) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* The text without its line breaks. */
static void join_lines(const char *text, size_t len, struct buf *to)
{
	for (size_t i = 0; i < len && !to->failed; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			buf_append_u8(to, (uint8_t)text[i]);
	}
}

bool credential_is(const char *text, size_t len)
{
	uint8_t id[ID_SIZE + 2];

	/* 24 characters of base64 are 18 bytes, the identifier first. */
	return len >= 24 && base64_decode(text, 24, id, sizeof(id)) == (long)sizeof(id) &&
	       find_kind(id);
}

static int decode(const char *text, size_t len, struct buf *ret_bytes, struct error *err)
{
	BUF_SCOPED joined = {0};
	uint8_t *to;
	long size;

	join_lines(text, len, &joined);
	to = joined.failed || !joined.len ? NULL : buf_reserve(ret_bytes, joined.len);
	if (!to)
		return joined.len ? error_set(err, ERROR_NO_MEMORY, "no memory for a credential")
				  : error_set(err, ERROR_MALFORMED, "an empty credential");
	size = base64_decode((char *)joined.data, joined.len, to, joined.len);
	if (size < 0)
		return error_set(err, ERROR_MALFORMED, "a credential that is not base64");
	ret_bytes->len += (size_t)size;
	return 0;
}

/* The header, part by part: each begins at a multiple of eight bytes from the beginning. */
struct header {
	struct reader reader;
	size_t len;
};

static void align(struct header *header)
{
	size_t used = header->len - header->reader.left;

	reader_bytes(&header->reader, (ALIGN - used % ALIGN) % ALIGN);
}

static struct reader read_sized(struct header *header, uint32_t size)
{
	if (size > PART_MAX)
		header->reader.failed = true;
	return reader_part(&header->reader, size);
}

static bool is_pcrs(uint64_t mask)
{
	return mask >> TCG_PCR_COUNT == 0;
}

static int read_sealed(struct header *header, struct sealed *sealed, struct error *err)
{
	struct reader *reader = &header->reader, blob;
	uint64_t pcrs = reader_u64le(reader);
	uint16_t primary;
	uint32_t blob_size, hash_size;

	sealed->bank = reader_u16le(reader);
	primary = reader_u16le(reader);
	blob_size = reader_u32le(reader);
	hash_size = reader_u32le(reader);
	blob = read_sized(header, blob_size);
	read_sized(header, hash_size);
	align(header);
	/* Without PCRs systemd 252 names no bank, and no systemd decrypts that. */
	if (reader->failed || !is_pcrs(pcrs) || !tcg_digest_size(sealed->bank))
		return error_set(err, ERROR_MALFORMED, "a credential whose TPM header is none");
	if (primary != TCG_ALG_ECC && primary != TCG_ALG_RSA)
		return error_set(err, ERROR_UNSUPPORTED, "a storage key that is not known here");
	sealed->pcrs = (uint32_t)pcrs;
	sealed->parent.name_alg = TCG_ALG_SHA256;
	sealed->parent.is_rsa = primary == TCG_ALG_RSA;
	sealed->parent.kind = sealed->parent.is_rsa ? SEALED_UNDER_RSA : SEALED_UNDER_ECC;
	sealed->share_count = 1;
	return sealed_share_read(blob.at, blob.left, &sealed->shares[0], err);
}

static int read_signer(struct header *header, struct sealed *sealed, struct error *err)
{
	uint64_t pcrs = reader_u64le(&header->reader);
	struct reader key = read_sized(header, reader_u32le(&header->reader));

	align(header);
	if (header->reader.failed || !is_pcrs(pcrs))
		return error_set(err, ERROR_MALFORMED, "a credential whose public key is none");
	sealed->is_signed = true;
	sealed->signed_pcrs = (uint32_t)pcrs;
	if (key.left && key.left <= sizeof(sealed->signer.text)) {
		memcpy(sealed->signer.text, key.at, key.left);
		sealed->signer.len = key.left;
	}
	return 0;
}

/* As ESYS keeps a handle: the number comes first. */
static int read_srk(struct header *header, struct sealed *sealed, struct error *err)
{
	struct reader srk = read_sized(header, reader_u32le(&header->reader));
	uint32_t handle = reader_u32be(&srk);

	if (header->reader.failed || srk.failed || handle >> 24 != 0x81)
		return error_set(err, ERROR_MALFORMED, "a credential whose storage key is none");
	sealed->parent.kind = SEALED_UNDER_HANDLE;
	sealed->parent.handle = handle;
	return 0;
}

static int read_header(const struct kind *kind, const uint8_t *bytes, size_t len,
	struct sealed *ret_sealed, struct error *err)
{
	struct header header = {reader_of(bytes, len), len};
	struct sealed sealed = {0};
	uint32_t iv_size;
	int rc;

	reader_bytes(&header.reader, ID_SIZE + 8); /* and the sizes of key and block */
	iv_size = reader_u32le(&header.reader);
	reader_u32le(&header.reader); /* of the tag */
	read_sized(&header, iv_size);
	align(&header);
	rc = read_sealed(&header, &sealed, err);
	if (!rc && kind->has_signer)
		rc = read_signer(&header, &sealed, err);
	if (!rc && kind->has_srk)
		rc = read_srk(&header, &sealed, err);
	if (!rc)
		*ret_sealed = sealed;
	return rc;
}

static int read_bytes(const uint8_t *bytes, size_t len, struct disk_token *token)
{
	const struct kind *kind = len >= ID_SIZE ? find_kind(bytes) : NULL;

	if (!kind)
		return error_set(&token->error, ERROR_UNSUPPORTED,
			"a credential of a kind that is not known here");
	token->is_sealed = kind->has_tpm;
	return kind->has_tpm ? read_header(kind, bytes, len, &token->sealed, &token->error) : 0;
}

int credential_read(const char *text, size_t len, struct disk_token *ret_token, struct error *err)
{
	BUF_SCOPED bytes = {0};
	int rc;

	if (len > CREDENTIAL_MAX)
		return error_set(
			err, ERROR_TOO_LARGE, "a credential of more than %u bytes", CREDENTIAL_MAX);
	*ret_token = (struct disk_token){.type = "systemd-creds", .is_sealed = true};
	rc = decode(text, len, &bytes, &ret_token->error);
	if (rc == -ERROR_NO_MEMORY)
		return error_copy(err, &ret_token->error);
	if (!rc)
		rc = read_bytes(bytes.data, bytes.len, ret_token);
	ret_token->is_read = !rc && ret_token->is_sealed;
	return 0;
}
