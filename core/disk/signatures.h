/* SPDX-License-Identifier: BSD-2-Clause */
/* What the holders of keys have signed about PCRs: tpm2-pcr-signature.json, systemd-measure(1). */
#ifndef CORE_DISK_SIGNATURES_H
#define CORE_DISK_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/disk/policy.h"
#include "core/disk/signer.h"
#include "core/error.h"

#define SIGNATURES_MAX (1U << 20)

/* Whether there is a signature by this key for this policy, which is TPM2_PolicyPCR of the bank
 * alone. That the signature itself is right is left to the TPM. Errors: those of json_tree_parse().
 */
int signatures_allow(const char *json, size_t len, const struct signer *signer, uint16_t bank,
	const struct policy *policy, bool *ret_has, struct error *err);

#endif
