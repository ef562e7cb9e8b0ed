/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tcg/tcg.h"

#include <stdio.h>
#include <string.h>

struct named {
	uint32_t value;
	const char *name;
};

static const struct named algs[] = {
	{0x0001, "rsa"},
	{0x0003, "tdes"},
	{0x0004, "sha1"},
	{0x0005, "hmac"},
	{0x0006, "aes"},
	{0x0007, "mgf1"},
	{0x0008, "keyedhash"},
	{0x000a, "xor"},
	{0x000b, "sha256"},
	{0x000c, "sha384"},
	{0x000d, "sha512"},
	{0x0010, "null"},
	{0x0012, "sm3_256"},
	{0x0013, "sm4"},
	{0x0014, "rsassa"},
	{0x0015, "rsaes"},
	{0x0016, "rsapss"},
	{0x0017, "oaep"},
	{0x0018, "ecdsa"},
	{0x0019, "ecdh"},
	{0x001a, "ecdaa"},
	{0x001b, "sm2"},
	{0x001c, "ecschnorr"},
	{0x001d, "ecmqv"},
	{0x0020, "kdf1_sp800_56a"},
	{0x0021, "kdf2"},
	{0x0022, "kdf1_sp800_108"},
	{0x0023, "ecc"},
	{0x0025, "symcipher"},
	{0x0026, "camellia"},
	{0x0027, "sha3_256"},
	{0x0028, "sha3_384"},
	{0x0029, "sha3_512"},
	{0x003f, "cmac"},
	{0x0040, "ctr"},
	{0x0041, "ofb"},
	{0x0042, "cbc"},
	{0x0043, "cfb"},
	{0x0044, "ecb"},
};

static const struct named curves[] = {
	{0x0001, "P-192"},
	{0x0002, "P-224"},
	{0x0003, "P-256"},
	{0x0004, "P-384"},
	{0x0005, "P-521"},
	{0x0010, "BN_P256"},
	{0x0011, "BN_P638"},
	{0x0020, "SM2_P256"},
};

static const struct named properties[] = {
	{0x100, "TPM2_PT_FAMILY_INDICATOR"},
	{0x101, "TPM2_PT_LEVEL"},
	{0x102, "TPM2_PT_REVISION"},
	{0x103, "TPM2_PT_DAY_OF_YEAR"},
	{0x104, "TPM2_PT_YEAR"},
	{0x105, "TPM2_PT_MANUFACTURER"},
	{0x106, "TPM2_PT_VENDOR_STRING_1"},
	{0x107, "TPM2_PT_VENDOR_STRING_2"},
	{0x108, "TPM2_PT_VENDOR_STRING_3"},
	{0x109, "TPM2_PT_VENDOR_STRING_4"},
	{0x10a, "TPM2_PT_VENDOR_TPM_TYPE"},
	{0x10b, "TPM2_PT_FIRMWARE_VERSION_1"},
	{0x10c, "TPM2_PT_FIRMWARE_VERSION_2"},
	{0x10d, "TPM2_PT_INPUT_BUFFER"},
	{0x10e, "TPM2_PT_HR_TRANSIENT_MIN"},
	{0x10f, "TPM2_PT_HR_PERSISTENT_MIN"},
	{0x110, "TPM2_PT_HR_LOADED_MIN"},
	{0x111, "TPM2_PT_ACTIVE_SESSIONS_MAX"},
	{0x112, "TPM2_PT_PCR_COUNT"},
	{0x113, "TPM2_PT_PCR_SELECT_MIN"},
	{0x114, "TPM2_PT_CONTEXT_GAP_MAX"},
	{0x116, "TPM2_PT_NV_COUNTERS_MAX"},
	{0x117, "TPM2_PT_NV_INDEX_MAX"},
	{0x118, "TPM2_PT_MEMORY"},
	{0x119, "TPM2_PT_CLOCK_UPDATE"},
	{0x11a, "TPM2_PT_CONTEXT_HASH"},
	{0x11b, "TPM2_PT_CONTEXT_SYM"},
	{0x11c, "TPM2_PT_CONTEXT_SYM_SIZE"},
	{0x11d, "TPM2_PT_ORDERLY_COUNT"},
	{0x11e, "TPM2_PT_MAX_COMMAND_SIZE"},
	{0x11f, "TPM2_PT_MAX_RESPONSE_SIZE"},
	{0x120, "TPM2_PT_MAX_DIGEST"},
	{0x121, "TPM2_PT_MAX_OBJECT_CONTEXT"},
	{0x122, "TPM2_PT_MAX_SESSION_CONTEXT"},
	{0x123, "TPM2_PT_PS_FAMILY_INDICATOR"},
	{0x124, "TPM2_PT_PS_LEVEL"},
	{0x125, "TPM2_PT_PS_REVISION"},
	{0x126, "TPM2_PT_PS_DAY_OF_YEAR"},
	{0x127, "TPM2_PT_PS_YEAR"},
	{0x128, "TPM2_PT_SPLIT_MAX"},
	{0x129, "TPM2_PT_TOTAL_COMMANDS"},
	{0x12a, "TPM2_PT_LIBRARY_COMMANDS"},
	{0x12b, "TPM2_PT_VENDOR_COMMANDS"},
	{0x12c, "TPM2_PT_NV_BUFFER_MAX"},
	{0x12d, "TPM2_PT_MODES"},
	{0x12e, "TPM2_PT_MAX_CAP_BUFFER"},
	{0x200, "TPM2_PT_PERMANENT"},
	{0x201, "TPM2_PT_STARTUP_CLEAR"},
	{0x202, "TPM2_PT_HR_NV_INDEX"},
	{0x203, "TPM2_PT_HR_LOADED"},
	{0x204, "TPM2_PT_HR_LOADED_AVAIL"},
	{0x205, "TPM2_PT_HR_ACTIVE"},
	{0x206, "TPM2_PT_HR_ACTIVE_AVAIL"},
	{0x207, "TPM2_PT_HR_TRANSIENT_AVAIL"},
	{0x208, "TPM2_PT_HR_PERSISTENT"},
	{0x209, "TPM2_PT_HR_PERSISTENT_AVAIL"},
	{0x20a, "TPM2_PT_NV_COUNTERS"},
	{0x20b, "TPM2_PT_NV_COUNTERS_AVAIL"},
	{0x20c, "TPM2_PT_ALGORITHM_SET"},
	{0x20d, "TPM2_PT_LOADED_CURVES"},
	{0x20e, "TPM2_PT_LOCKOUT_COUNTER"},
	{0x20f, "TPM2_PT_MAX_AUTH_FAIL"},
	{0x210, "TPM2_PT_LOCKOUT_INTERVAL"},
	{0x211, "TPM2_PT_LOCKOUT_RECOVERY"},
	{0x212, "TPM2_PT_NV_WRITE_RECOVERY"},
	{0x213, "TPM2_PT_AUDIT_COUNTER_0"},
	{0x214, "TPM2_PT_AUDIT_COUNTER_1"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *name_of(const struct named *table, size_t count, uint32_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].value == value)
			return table[i].name;
	}
	return NULL;
}

/* Documents have their names in a table's order: each search goes on where this thread's last one
 * ended. */
static uint32_t value_of(
	const struct named *table, size_t count, const char *name, uint32_t unknown)
{
	static _Thread_local size_t next;

	for (size_t i = 0; i < count; i++) {
		size_t at = (next + i) % count;

		if (strcmp(table[at].name, name) == 0) {
			next = at + 1;
			return table[at].value;
		}
	}
	return unknown;
}

size_t tcg_digest_size(uint16_t alg)
{
	switch (alg) {
	case TCG_ALG_SHA1:
		return 20;
	case TCG_ALG_SHA256:
	case TCG_ALG_SM3_256:
		return 32;
	case TCG_ALG_SHA384:
		return 48;
	case TCG_ALG_SHA512:
		return 64;
	default:
		return 0;
	}
}

const struct tcg_pcr_bank *tcg_find_bank(
	const struct tcg_pcr_bank *banks, size_t count, uint16_t alg)
{
	for (size_t i = 0; i < count; i++) {
		if (banks[i].alg == alg)
			return &banks[i];
	}
	return NULL;
}

uint32_t tcg_rc_base(uint32_t rc)
{
	return rc & 0x80 ? rc & 0xbf : rc & 0xfff;
}

void tcg_pcrs_print(uint32_t pcrs, char *out, size_t size)
{
	size_t used = 0;

	out[0] = 0;
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT && used < size; pcr++) {
		if (pcrs & 1U << pcr)
			used += (size_t)snprintf(
				out + used, size - used, "%s%u", used ? ", " : "", pcr);
	}
}

const char *tcg_alg_name(uint32_t alg)
{
	return name_of(algs, COUNT(algs), alg);
}

uint32_t tcg_alg_parse(const char *name, uint32_t unknown)
{
	return value_of(algs, COUNT(algs), name, unknown);
}

const char *tcg_curve_name(uint32_t curve)
{
	return name_of(curves, COUNT(curves), curve);
}

uint32_t tcg_curve_parse(const char *name, uint32_t unknown)
{
	return value_of(curves, COUNT(curves), name, unknown);
}

const char *tcg_property_name(uint32_t property)
{
	return name_of(properties, COUNT(properties), property);
}

uint32_t tcg_property_parse(const char *name, uint32_t unknown)
{
	return value_of(properties, COUNT(properties), name, unknown);
}

bool tcg_is_ek_chain(uint32_t index)
{
	return index >= TCG_NV_EK_CHAIN_FIRST && index <= TCG_NV_EK_CHAIN_LAST;
}

bool tcg_is_ek_certificate(uint32_t index)
{
	return index >= TCG_NV_EK_CERT_FIRST && index <= TCG_NV_EK_CERT_LAST &&
	       !tcg_is_ek_chain(index);
}
