/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a guest and its TPM between two pieces of evidence, as measured with swtpm. */
#ifndef TESTS_UNIT_STORY_H
#define TESTS_UNIT_STORY_H

#include "core/evidence/evidence.h"

/* A minute of work: every clock runs, random bytes and nonce are new. */
void story_later(struct evidence *evidence);

/* The system boots anew with its TPM: after an orderly shutdown, after the TPM lost its power, and
 * after one whose state swtpm >= 0.8 saved. */
void story_reboot(struct evidence *evidence);
void story_crash(struct evidence *evidence);
void story_hard_reset(struct evidence *evidence);

/* The system boots anew, its TPM stays on. */
void story_kexec(struct evidence *evidence);

#endif
