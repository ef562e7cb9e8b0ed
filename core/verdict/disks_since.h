/* SPDX-License-Identifier: BSD-2-Clause */
/* What a baseline adds to what is known of the disks. */
#ifndef CORE_VERDICT_DISKS_SINCE_H
#define CORE_VERDICT_DISKS_SINCE_H

#include <stdbool.h>

#include "core/evidence/evidence.h"

/* Settles each slot of the volume, which is one of `now`, whose sealed object nobody has seen
 * (UNLOCK_UNSEEN): it was sealed by the vTPM of the baseline `then`, to what PCRs held there. What
 * was sealed anew since then is not known here, so a difference may be over. That it opens is said
 * only where the baseline is of another boot, in which the volume had the same protector, and the
 * owner seeds are known to be the same. */
void disks_volume_since(
	const struct evidence *then, const struct evidence *now, struct unlock_volume *volume);

/* The same of all volumes of `now`; `then` may be NULL, and settles nothing. */
void disks_since(
	const struct evidence *then, const struct evidence *now, struct unlock_facts *ret_facts);

/* Writes into `now` which of these slots do not open, so that a baseline that moves to it still
 * knows. Until the protection was seen suspended, or the baseline is begun anew, they stay so. That
 * one opens is never written. `then` may be NULL. */
void disks_mark(const struct evidence *then, struct evidence *now);

/* Whether a baseline that moves from `then`, which may be NULL, to `now` would forget such a slot,
 * since nobody could look at its volume this time. */
bool disks_would_forget(const struct evidence *then, const struct evidence *now);

#endif
