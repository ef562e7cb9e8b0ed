/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a contraindicated verdict at the next evidence. It ends by evidence that could
 * have shown it, or by a person: a TPM that was set back looks right again as soon as its clock has
 * caught up. Whoever keeps a baseline keeps the last verdict beside it, and asks here before either
 * is replaced.
 */
#ifndef CORE_VERDICT_CARRY_H
#define CORE_VERDICT_CARRY_H

#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

/* `verdict` is what `evidence` came to beside `baseline` (NULL: none), `kept` what was kept before
 * (NULL: nothing). Where that was contraindicated and does not end now, `verdict` becomes
 * contraindicated for the kept reason, followed by `unresolved` and by its own reasons. The
 * baseline then stays where it is: ask continuity_moves_baseline() afterwards. Where what was kept
 * left a baseline behind and there is none, that is a warning, `baseline-lost`. */
void verdict_carry(const struct verdict *kept, const struct evidence *baseline,
	const struct evidence *evidence, struct verdict *verdict);

#endif
