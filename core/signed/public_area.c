/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/public_area.h"

#include <string.h>

#include "core/reader.h"

#define ALG_RSAES 0x0015
#define ALG_ECDAA 0x001a

#define DEFAULT_EXPONENT 65537 /* TPMS_RSA_PARMS, section 12.2.3.5 */

/* TPMT_SYM_DEF_OBJECT, section 11.1.7. */
static void read_symmetric(struct reader *reader, struct public_area *area)
{
	area->symmetric = reader_u16be(reader);
	if (area->symmetric == TCG_ALG_NULL)
		return;
	area->symmetric_bits = reader_u16be(reader);
	area->symmetric_mode = reader_u16be(reader);
}

/* TPMT_RSA_SCHEME, TPMT_ECC_SCHEME and TPMT_KDF_SCHEME: sections 11.2.4.2, 11.2.5.6, 11.2.3.3. */
static void read_scheme(struct reader *reader, uint16_t *ret_scheme, uint16_t *ret_hash)
{
	*ret_scheme = reader_u16be(reader);
	*ret_hash = TCG_ALG_NULL;
	if (*ret_scheme == TCG_ALG_NULL || *ret_scheme == ALG_RSAES)
		return;
	*ret_hash = reader_u16be(reader);
	if (*ret_scheme == ALG_ECDAA)
		reader_u16be(reader); /* count */
}

/* A TPM2B with a number, written right-aligned to `size` bytes: leading zeros may be left out. */
static void read_number(struct reader *reader, uint8_t *to, size_t size)
{
	size_t len = reader_u16be(reader);
	const uint8_t *bytes = reader_bytes(reader, len);

	if (!bytes || len > size) {
		reader->failed = true;
		return;
	}
	memset(to, 0, size - len);
	memcpy(to + size - len, bytes, len);
}

static size_t field_size(uint16_t curve)
{
	switch (curve) {
	case TCG_CURVE_P256:
	case TCG_CURVE_SM2_P256:
		return 32;
	case TCG_CURVE_P384:
		return 48;
	case TCG_CURVE_P521:
		return 66;
	default:
		return 0;
	}
}

static void read_rsa(struct reader *reader, struct public_area *area)
{
	read_symmetric(reader, area);
	read_scheme(reader, &area->scheme, &area->scheme_hash);
	area->key.bits = reader_u16be(reader);
	area->exponent = reader_u32be(reader);
	if (!area->exponent)
		area->exponent = DEFAULT_EXPONENT;
	area->key.unique_len = area->key.bits / 8;
	if (!area->key.bits || area->key.bits % 8 || area->key.unique_len > CRYPTO_UNIQUE_MAX)
		reader->failed = true;
	else
		read_number(reader, area->key.unique, area->key.unique_len);
}

static void read_ecc(struct reader *reader, struct public_area *area)
{
	uint16_t kdf, kdf_hash;
	size_t size;

	read_symmetric(reader, area);
	read_scheme(reader, &area->scheme, &area->scheme_hash);
	area->key.curve = reader_u16be(reader);
	read_scheme(reader, &kdf, &kdf_hash);
	size = field_size(area->key.curve);
	area->key.unique_len = 2 * size;
	if (!size)
		reader->failed = true;
	else
		read_number(reader, area->key.unique, size);
	if (!reader->failed)
		read_number(reader, area->key.unique + size, size);
}

int public_area_read(const void *bytes, size_t len, struct public_area *ret_area, struct error *err)
{
	struct reader reader = reader_of(bytes, len);
	struct public_area area = {.key.alg = reader_u16be(&reader)};

	if (!reader.failed && area.key.alg != TCG_ALG_RSA && area.key.alg != TCG_ALG_ECC)
		return error_set(err, ERROR_UNSUPPORTED, "public area: neither RSA nor ECC");
	area.name_alg = reader_u16be(&reader);
	area.attributes = reader_u32be(&reader);
	reader_bytes(&reader, reader_u16be(&reader)); /* authPolicy */
	if (area.key.alg == TCG_ALG_RSA)
		read_rsa(&reader, &area);
	else
		read_ecc(&reader, &area);
	if (!reader_is_done(&reader))
		return error_set(
			err, ERROR_MALFORMED, "public area: not a complete RSA or ECC key");
	*ret_area = area;
	return 0;
}

bool public_area_same_key(const struct crypto_public *a, const struct crypto_public *b)
{
	return a->alg && a->alg == b->alg && a->bits == b->bits && a->curve == b->curve &&
	       a->unique_len == b->unique_len && memcmp(a->unique, b->unique, a->unique_len) == 0;
}
