/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of systemd-pcrlock: pcrlock.json says which values each PCR may have, and an NV index
 * of the TPM has the policy's digest (tpm2_calculate_policy_super_pcr() of systemd's tpm2-util.c).
 */
#ifndef CORE_DISK_PCRLOCK_H
#define CORE_DISK_PCRLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "core/disk/policy.h"
#include "core/error.h"
#include "core/tcg/tcg.h"

#define PCRLOCK_MAX        (256U << 10) /* of the file */
#define PCRLOCK_VALUES_MAX 8            /* of one PCR: what one TPM2_PolicyOR takes */

struct pcrlock {
	uint16_t bank;
	uint32_t pcrs; /* by bits */
	struct {
		size_t count;
		uint8_t values[PCRLOCK_VALUES_MAX][TCG_DIGEST_MAX];
	} allowed[TCG_PCR_COUNT];
};

/* Reads pcrlock.json. Errors: TOO_LARGE (more values than one policy takes), MALFORMED, UNSUPPORTED
 * (a bank that is not known), NO_MEMORY. */
int pcrlock_read(const char *json, size_t len, struct pcrlock *ret_pcrlock, struct error *err);

/* The digest, by SHA-256, of the policy that the NV index has. Errors: those of crypto_digest(). */
int pcrlock_digest(const struct pcrlock *pcrlock, struct policy *ret_policy, struct error *err);

/* By bits, the PCRs that hold none of the values they may have. */
uint32_t pcrlock_misfits(const struct pcrlock *pcrlock, const struct tcg_pcr_bank *bank);

#endif
