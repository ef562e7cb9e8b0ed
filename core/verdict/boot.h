/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies behind the PCRs that differ, in words. */
#ifndef CORE_VERDICT_BOOT_H
#define CORE_VERDICT_BOOT_H

#include "core/evidence/evidence.h"
#include "core/measured/boot_difference.h"

/* What is different between the boots of two documents, of the PCRs that differ in them: what a log
 * says of a PCR that is the same in both is not what was measured. */
void boot_changes_find(const struct evidence *then, const struct evidence *now,
	struct boot_difference *ret_difference);

/* Bits of the PCRs that differ; of all where the documents share no bank. */
uint32_t boot_pcrs_differing(const struct evidence *then, const struct evidence *now);

#endif
