/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/templates.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "core/reader.h"
#include "core/tcg/tcg.h"

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

/* PolicyB, PolicyA or an authorization in NV: annex B.6.5. */
#define EK_POLICY_B_SHA256                                                                         \
	{                                                                                          \
		0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14,      \
			0xef, 0xcf, 0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89,    \
			0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0                                   \
	}
#define EK_POLICY_B_SHA384                                                                         \
	{                                                                                          \
		0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5,      \
			0xfd, 0x3a, 0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb,    \
			0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca, 0xcb, 0x47, 0xba, 0x09, 0x69,    \
			0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12           \
	}

#define FIXED_PRIMARY                                                                              \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN)
#define OURS (FIXED_PRIMARY | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED)
#define STORAGE_ATTRIBUTES                                                                         \
	(FIXED_PRIMARY | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_ATTRIBUTES                                                                              \
	(FIXED_PRIMARY | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_HIGH_ATTRIBUTES (EK_ATTRIBUTES | TPMA_OBJECT_USERWITHAUTH)
#define AES_256_CFB                                                                                \
	{                                                                                          \
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 256, .mode.aes = TPM2_ALG_CFB            \
	}
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

const TPM2B_PUBLIC template_storage_ecc = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = STORAGE_ATTRIBUTES,
			.parameters.eccDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

const TPM2B_PUBLIC template_storage_rsa = {
	.publicArea =
		{
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = STORAGE_ATTRIBUTES,
			.parameters.rsaDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.keyBits = 2048,
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

static const TPM2B_PUBLIC ek_high_rsa2048 = {
	.publicArea =
		{
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_HIGH_ATTRIBUTES,
			.authPolicy = {.size = 32, .buffer = EK_POLICY_B_SHA256},
			.parameters.rsaDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.keyBits = 2048,
				},
		},
};

static const TPM2B_PUBLIC ek_high_ecc_p256 = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_HIGH_ATTRIBUTES,
			.authPolicy = {.size = 32, .buffer = EK_POLICY_B_SHA256},
			.parameters.eccDetail =
				{
					.symmetric = AES_128_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P256,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

static const TPM2B_PUBLIC ek_high_ecc_p384 = {
	.publicArea =
		{
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA384,
			.objectAttributes = EK_HIGH_ATTRIBUTES,
			.authPolicy = {.size = 48, .buffer = EK_POLICY_B_SHA384},
			.parameters.eccDetail =
				{
					.symmetric = AES_256_CFB,
					.scheme.scheme = TPM2_ALG_NULL,
					.curveID = TPM2_ECC_NIST_P384,
					.kdf.scheme = TPM2_ALG_NULL,
				},
		},
};

const TPM2B_PUBLIC *template_of_ek(uint32_t certificate)
{
	static const struct {
		uint32_t certificate;
		const TPM2B_PUBLIC *template;
	} eks[] = {
		{TCG_NV_EK_CERT_RSA2048, &template_ek_rsa2048},
		{TCG_NV_EK_CERT_ECC_P256, &template_ek_ecc_p256},
		{0x01c00012, &ek_high_rsa2048},
		{0x01c00014, &ek_high_ecc_p256},
		{0x01c00016, &ek_high_ecc_p384},
	};

	for (size_t i = 0; i < sizeof(eks) / sizeof(eks[0]); i++) {
		if (eks[i].certificate == certificate)
			return eks[i].template;
	}
	return NULL;
}

bool template_has_made(const TPM2B_PUBLIC *template, const struct crypto_bytes *public_area)
{
	TPMT_PUBLIC fields = template->publicArea;
	uint8_t bytes[sizeof(fields)];
	size_t len = 0;

	/* `unique`, the last field, becomes one or two empty TPM2B: Part 2 section 12.2.3.2. */
	memset(&fields.unique, 0, sizeof(fields.unique));
	if (Tss2_MU_TPMT_PUBLIC_Marshal(&fields, bytes, sizeof(bytes), &len))
		return false;
	len -= fields.type == TPM2_ALG_ECC ? 4 : 2;
	return public_area->len > len && memcmp(public_area->bytes, bytes, len) == 0;
}

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
