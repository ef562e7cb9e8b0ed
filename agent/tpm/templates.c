/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/templates.h"

#include <string.h>

#include "core/reader.h"

/* SHA-256("vtpm-agent"). */
#define MARKER                                                                                     \
	{                                                                                          \
		0x4f, 0x49, 0x5f, 0x8c, 0x2d, 0xd2, 0x17, 0x05, 0x96, 0xf9, 0x8f, 0x1d, 0x02,      \
			0x70, 0x27, 0xcf, 0x24, 0x40, 0x45, 0x1a, 0x25, 0x30, 0x0b, 0x6f, 0xbc,    \
			0x49, 0xe3, 0xfe, 0x31, 0x57, 0x66, 0x48                                   \
	}

/* PolicyA_SHA256, TPM2_PolicySecret(TPM_RH_ENDORSEMENT): EK Credential Profile, annex B.6.3. */
#define EK_POLICY                                                                                  \
	{                                                                                          \
		0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46,      \
			0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2,    \
			0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa                                   \
	}

#define FIXED_PRIMARY                                                                              \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN)
#define OURS (FIXED_PRIMARY | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED)
#define EK_ATTRIBUTES                                                                              \
	(FIXED_PRIMARY | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define AES_128_CFB                                                                                \
	{                                                                                          \
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB            \
	}

const TPM2B_PUBLIC template_ak = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = OURS | TPMA_OBJECT_SIGN_ENCRYPT,
			.authPolicy = {.size = 32, .buffer = MARKER},
			.parameters.eccDetail =
				{
					.symmetric.algorithm = TPM2_ALG_NULL,
					.scheme = {.scheme = TPM2_ALG_ECDSA,
						.details.ecdsa.hashAlg = TPM2_ALG_SHA256},
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

const TPM2B_PUBLIC template_srk = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = OURS | TPMA_OBJECT_DECRYPT,
			.authPolicy = {.size = 32, .buffer = MARKER},
			.parameters.eccDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

const TPM2B_PUBLIC template_ek_rsa2048 = {
	.publicArea =
		{
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = {.size = 32, .buffer = EK_POLICY},
			.parameters.rsaDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.keyBits = 2048,
				},
			.unique.rsa.size = 256,
		},
};

const TPM2B_PUBLIC template_ek_ecc_p256 = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = {.size = 32, .buffer = EK_POLICY},
			.parameters.eccDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
			.unique.ecc = {.x.size = 32, .y.size = 32},
		},
};

bool template_is_ours(const struct crypto_bytes *public_area)
{
	static const uint8_t marker[] = MARKER;
	struct reader reader = reader_of(public_area->bytes, public_area->len);
	const uint8_t *policy;

	reader_bytes(&reader, 8); /* type, nameAlg, objectAttributes: Part 2 section 12.2.4 */
	if (reader_u16be(&reader) != sizeof(marker))
		return false;
	policy = reader_bytes(&reader, sizeof(marker));
	return policy && memcmp(policy, marker, sizeof(marker)) == 0;
}
