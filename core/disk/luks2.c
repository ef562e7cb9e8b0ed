/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/luks2.h"

#include <stdbool.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/reader.h"
#include "core/tcg/tcg.h"

#define MAGIC        "LUKS\xba\xbe"
#define MAGIC_BACKUP "SKUL\xba\xbe"
#define MAGIC_LEN    6
#define VERSION      2
#define COPY_MIN     0x4000U /* then by powers of two to LUKS2_COPY_MAX: section 2.1 */
#define UUID_LEN     40
#define ALG_LEN      32
#define CHECKSUM_AT  448U

/* The fields that are used, in the order of table 1. */
struct binary {
	uint64_t size, sequence, offset;
	char alg[ALG_LEN + 1];
	char uuid[UUID_LEN + 1];
	const uint8_t *checksum;
};

static bool is_copy_size(uint64_t size)
{
	return size >= COPY_MIN && size <= LUKS2_COPY_MAX && !(size & (size - 1));
}

static bool has_magic(const uint8_t *bytes, size_t len, const char *magic)
{
	struct reader reader = reader_of(bytes, len);
	const uint8_t *at = reader_bytes(&reader, MAGIC_LEN);

	return at && memcmp(at, magic, MAGIC_LEN) == 0 && reader_u16be(&reader) == VERSION;
}

static void read_binary(const uint8_t *bytes, struct binary *ret)
{
	struct reader reader = reader_of(bytes, LUKS2_BINARY_SIZE);

	*ret = (struct binary){0};
	reader_bytes(&reader, MAGIC_LEN + 2);
	ret->size = reader_u64be(&reader);
	ret->sequence = reader_u64be(&reader);
	reader_bytes(&reader, 48); /* label */
	memcpy(ret->alg, reader_bytes(&reader, ALG_LEN), ALG_LEN);
	reader_bytes(&reader, 64); /* salt */
	memcpy(ret->uuid, reader_bytes(&reader, UUID_LEN), UUID_LEN);
	reader_bytes(&reader, 48); /* subsystem */
	ret->offset = reader_u64be(&reader);
	ret->checksum = bytes + CHECKSUM_AT;
}

bool luks2_is_luks1(const uint8_t *bytes, size_t len)
{
	static const uint8_t magic[] = {'L', 'U', 'K', 'S', 0xba, 0xbe, 0, 1};

	return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

size_t luks2_size(const uint8_t *bytes, size_t len)
{
	struct binary binary;

	if (len < LUKS2_BINARY_SIZE || !has_magic(bytes, len, MAGIC))
		return 0;
	read_binary(bytes, &binary);
	return is_copy_size(binary.size) ? 2 * (size_t)binary.size : LUKS2_HEADER_MAX;
}

/* Over the whole copy, with zeros in the checksum's own place. */
static int check_sum(const uint8_t *copy, const struct binary *binary, struct error *err)
{
	static const uint8_t zeros[LUKS2_CHECKSUM_SIZE];
	const struct crypto_bytes parts[] = {{copy, CHECKSUM_AT}, {zeros, LUKS2_CHECKSUM_SIZE},
		{copy + CHECKSUM_AT + LUKS2_CHECKSUM_SIZE,
			(size_t)binary->size - CHECKSUM_AT - LUKS2_CHECKSUM_SIZE}};
	uint16_t alg = (uint16_t)tcg_alg_parse(binary->alg, TCG_ALG_NULL);
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	if (!tcg_digest_size(alg))
		return error_set(err, ERROR_UNSUPPORTED,
			"a LUKS2 header whose checksum's algorithm is not known here");
	rc = crypto_digest(alg, parts, 3, digest, err);
	if (!rc && memcmp(digest, binary->checksum, tcg_digest_size(alg)) != 0)
		return error_set(
			err, ERROR_MALFORMED, "a LUKS2 header whose checksum does not match");
	return rc;
}

/* The copy at `offset`. */
static int read_copy(const uint8_t *bytes, size_t len, size_t offset, const char *magic,
	struct luks2 *ret, uint64_t *ret_sequence, struct error *err)
{
	const uint8_t *copy;
	struct binary binary;
	struct luks2 luks2 = {0};
	int rc;

	if (len < offset || len - offset < LUKS2_BINARY_SIZE)
		return error_set(err, ERROR_MALFORMED, "a LUKS2 header that is cut off");
	copy = bytes + offset;
	if (!has_magic(copy, len - offset, magic))
		return error_set(err, ERROR_MALFORMED, "no LUKS2 header");
	read_binary(copy, &binary);
	if (!is_copy_size(binary.size) || binary.size > len - offset || binary.offset != offset)
		return error_set(err, ERROR_MALFORMED, "a LUKS2 header of a size that none has");
	rc = check_sum(copy, &binary, err);
	if (rc)
		return rc;
	if (!text_uuid(binary.uuid, luks2.uuid))
		return error_set(err, ERROR_MALFORMED, "a LUKS2 header without a UUID");
	luks2.json = (const char *)copy + LUKS2_BINARY_SIZE;
	luks2.json_len = strnlen(luks2.json, (size_t)binary.size - LUKS2_BINARY_SIZE);
	memcpy(luks2.checksum, binary.checksum, sizeof(luks2.checksum));
	*ret = luks2;
	*ret_sequence = binary.sequence;
	return 0;
}

int luks2_read(const uint8_t *bytes, size_t len, struct luks2 *ret_luks2, struct error *err)
{
	struct luks2 first, second;
	uint64_t first_sequence = 0, second_sequence = 0;
	struct error ignored;
	int rc = read_copy(bytes, len, 0, MAGIC, &first, &first_sequence, err);
	int backup = -1;

	/* The second copy stands behind the first, whose size may be among what is damaged. */
	for (size_t at = COPY_MIN; backup && at <= LUKS2_COPY_MAX; at *= 2)
		backup = read_copy(
			bytes, len, at, MAGIC_BACKUP, &second, &second_sequence, &ignored);
	if (rc && backup)
		return rc;
	*ret_luks2 = rc || (!backup && second_sequence > first_sequence) ? second : first;
	return 0;
}
