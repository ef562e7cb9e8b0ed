/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCG's numbers by the TCG's names: TPM 2.0 Library Part 2 (Structures) and the TCG Algorithm
 * Registry. Only what is read here; a number without a name is shown as a number.
 */
#ifndef CORE_TCG_TCG_H
#define CORE_TCG_TCG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TPM_ALG_ID, Part 2 section 6.3. */
enum tcg_alg {
	TCG_ALG_RSA = 0x0001,
	TCG_ALG_SHA1 = 0x0004,
	TCG_ALG_AES = 0x0006,
	TCG_ALG_SHA256 = 0x000b,
	TCG_ALG_SHA384 = 0x000c,
	TCG_ALG_SHA512 = 0x000d,
	TCG_ALG_NULL = 0x0010,
	TCG_ALG_SM3_256 = 0x0012,
	TCG_ALG_ECDSA = 0x0018,
	TCG_ALG_ECC = 0x0023,
	TCG_ALG_CFB = 0x0043,
};

/* TPM_ECC_CURVE, Part 2 section 6.4. */
enum tcg_curve {
	TCG_CURVE_P256 = 0x0003,
	TCG_CURVE_P384 = 0x0004,
	TCG_CURVE_P521 = 0x0005,
	TCG_CURVE_SM2_P256 = 0x0020,
};

/* TPM_RC, Part 2 section 6.6. */
enum tcg_rc {
	TCG_RC_HIERARCHY = 0x085, /* format one: bits 6 and 8 to 11 say of what */
	TCG_RC_INITIALIZE = 0x100,
	TCG_RC_FAILURE = 0x101,
	TCG_RC_NEEDS_TEST = 0x153,
};

/* TPM_PT, Part 2 section 6.13: the properties that are decoded. All of them have names. */
enum tcg_property {
	TCG_PT_FAMILY_INDICATOR = 0x100,
	TCG_PT_LEVEL = 0x101,
	TCG_PT_REVISION = 0x102,
	TCG_PT_DAY_OF_YEAR = 0x103,
	TCG_PT_YEAR = 0x104,
	TCG_PT_MANUFACTURER = 0x105,
	TCG_PT_VENDOR_STRING_1 = 0x106,
	TCG_PT_FIRMWARE_VERSION_1 = 0x10b,
	TCG_PT_FIRMWARE_VERSION_2 = 0x10c,
	TCG_PT_PS_REVISION = 0x125,
	TCG_PT_TOTAL_COMMANDS = 0x129,
	TCG_PT_NV_BUFFER_MAX = 0x12c,
	TCG_PT_PERMANENT = 0x200,
	TCG_PT_STARTUP_CLEAR = 0x201,
	TCG_PT_HR_LOADED_AVAIL = 0x204,
	TCG_PT_HR_TRANSIENT_AVAIL = 0x207,
	TCG_PT_LOCKOUT_COUNTER = 0x20e,
	TCG_PT_MAX_AUTH_FAIL = 0x20f,
	TCG_PT_LOCKOUT_INTERVAL = 0x210,
	TCG_PT_LOCKOUT_RECOVERY = 0x211,
};

/* TPMA_PERMANENT and TPMA_STARTUP_CLEAR, Part 2 sections 8.6 and 8.7. */
enum tcg_permanent {
	TCG_PERMANENT_OWNER_AUTH_SET = 1U << 0,
	TCG_PERMANENT_ENDORSEMENT_AUTH_SET = 1U << 1,
	TCG_PERMANENT_LOCKOUT_AUTH_SET = 1U << 2,
	TCG_PERMANENT_DISABLE_CLEAR = 1U << 8,
	TCG_PERMANENT_IN_LOCKOUT = 1U << 9,
	TCG_PERMANENT_TPM_GENERATED_EPS = 1U << 10,
};
#define TCG_STARTUP_CLEAR_PH_ENABLE    (1U << 0)
#define TCG_STARTUP_CLEAR_SH_ENABLE    (1U << 1)
#define TCG_STARTUP_CLEAR_EH_ENABLE    (1U << 2)
#define TCG_STARTUP_CLEAR_PH_ENABLE_NV (1U << 3)
#define TCG_STARTUP_CLEAR_ORDERLY      (1U << 31)

/* TPMA_NV, Part 2 section 13.4. */
#define TCG_NV_WRITELOCKED   (1U << 11)
#define TCG_NV_OWNERREAD     (1U << 17)
#define TCG_NV_AUTHREAD      (1U << 18)
#define TCG_NV_NO_DA         (1U << 25)
#define TCG_NV_ORDERLY       (1U << 26)
#define TCG_NV_CLEAR_STCLEAR (1U << 27)
#define TCG_NV_READLOCKED    (1U << 28)
#define TCG_NV_WRITTEN       (1U << 29)

/* Handles with a meaning: TCG TPM v2.0 Provisioning Guidance, sections 7.8 and 7.9, and TCG EK
 * Credential Profile 2.x, section 2.2.1.4. */
#define TCG_HANDLE_SRK            0x81000001U
#define TCG_HANDLE_EK_FIRST       0x81010001U
#define TCG_HANDLE_EK_LAST        0x810100ffU
#define TCG_NV_EK_CERT_FIRST      0x01c00002U
#define TCG_NV_EK_CERT_LAST       0x01c07fffU
#define TCG_NV_EK_CHAIN_FIRST     0x01c00100U
#define TCG_NV_EK_CHAIN_LAST      0x01c001ffU
#define TCG_NV_EK_CERT_RSA2048    0x01c00002U
#define TCG_NV_EK_CERT_ECC_P256   0x01c0000aU
#define TCG_NV_EK_CERT_HIGH_FIRST 0x01c00012U

#define TCG_DIGEST_MAX 64
#define TCG_PCR_COUNT  24 /* PCRs of a PC Client TPM: PC Client PTP section 4.6 */

/* The first ones, PCR 0 to 7, are the firmware's: PC Client PFP section 3.3.4. */
#define TCG_BOOT_PCR_COUNT 8

/* Values of some PCRs of one bank, by number. */
struct tcg_pcr_bank {
	uint16_t alg;
	uint32_t pcrs; /* bit i: values[i] is there, tcg_digest_size(alg) bytes of it */
	uint8_t values[TCG_PCR_COUNT][TCG_DIGEST_MAX];
};

/* An NV index for an EK's certificate, or for one of the chain above it: the second range lies
 * within the first. */
bool tcg_is_ek_certificate(uint32_t index);
bool tcg_is_ek_chain(uint32_t index);

/* Bytes of a digest of this hash algorithm; 0 when it is not one that is known. */
size_t tcg_digest_size(uint16_t alg);

/* The bank of this algorithm among `count`, or NULL. */
const struct tcg_pcr_bank *tcg_find_bank(
	const struct tcg_pcr_bank *banks, size_t count, uint16_t alg);

/* A response code of the TPM by itself: without the layer that passed it on and, of format one,
 * without the handle, parameter or session that is meant (Part 2 section 6.6.2). */
uint32_t tcg_rc_base(uint32_t rc);

/* Prints the numbers of the PCRs whose bits are set, "0, 2, 7"; cut to what fits into `size`. */
void tcg_pcrs_print(uint32_t pcrs, char *out, size_t size);

/* The registry's name in lower case ("rsa", "sha256"), or NULL. */
const char *tcg_alg_name(uint32_t alg);

/* NIST's or the registry's name ("P-256", "BN_P256"), or NULL. */
const char *tcg_curve_name(uint32_t curve);

/* "TPM2_PT_MANUFACTURER" and so on, or NULL. */
const char *tcg_property_name(uint32_t property);

/* The number of a name, or `unknown`. */
uint32_t tcg_alg_parse(const char *name, uint32_t unknown);
uint32_t tcg_curve_parse(const char *name, uint32_t unknown);
uint32_t tcg_property_parse(const char *name, uint32_t unknown);

#endif
