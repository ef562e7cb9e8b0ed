/* SPDX-License-Identifier: BSD-2-Clause */
/* When the policy of a sealed object is satisfied. */
#ifndef CORE_DISK_CONDITION_H
#define CORE_DISK_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/disk/moments.h"
#include "core/disk/pcrlock.h"
#include "core/disk/sealed.h"
#include "core/disk/signer.h"
#include "core/error.h"

/* Literal PCRs and a PIN are the slot's; beside them one of these or none. */
struct condition {
	const struct sealed *sealed;
	const struct sealed_share *share;
	const struct signer *signer;   /* who allows PCRs by a signature; NULL: nobody */
	const struct pcrlock *pcrlock; /* what systemd-pcrlock allows; NULL: that is not asked */
};

struct satisfied {
	bool in_initrd, now;                  /* the policy's own */
	bool is_allowed_then, is_allowed_now; /* likewise, by signature or systemd-pcrlock */
	uint32_t misfits; /* by bits, the PCRs that systemd-pcrlock did not allow in the initrd */
};

/* Errors: those of crypto_digest(). */
int condition_find(const struct condition *condition, const struct disk_moments *moments,
	struct satisfied *ret, struct error *err);

/* Whether a log leaves one of these PCRs of the bank unexplained; without a log, none. */
bool condition_is_unexplained(const struct disk_moments *moments, uint16_t bank, uint32_t pcrs);

#endif
