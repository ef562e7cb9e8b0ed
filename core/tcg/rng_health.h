/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the random number generator alive? The continuous health tests of NIST SP 800-90B, sections
 * 4.4.1 and 4.4.2, over bytes of TPM2_GetRandom, and a look for answers that repeat.
 *
 * The standard has them run on the raw noise source. Here they see the output of a DRBG, which
 * passes them even when it is no longer seeded; what they find is a TPM or a path to it that gives
 * constants or counts. A generator that is stuck or was reset under the guest gives the same answer
 * twice, and nothing but the comparison of blocks shows that.
 */
#ifndef CORE_TCG_RNG_HEALTH_H
#define CORE_TCG_RNG_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RNG_HEALTH_SAMPLE    512 /* bytes: one window of 4.4.2 for samples that are not binary */
#define RNG_HEALTH_BLOCK_MIN 16  /* bytes: shorter blocks are equal by chance too often */

/* Cutoffs for H = 8 bits of entropy per byte and alpha = 2^-40. The standard allows 2^-20 to 2^-40;
 * it is the lower end because each alarm accuses a host: of a million samples of 512 bytes, which
 * a fleet takes in some weeks, 30 would fail the repetition test by chance at 2^-20 (cutoff 4), and
 * with a probability of 1 in 2000 a single one at 2^-40.
 *
 * 4.4.1: 1 + ceil(-log2(alpha) / H) = 1 + 40 / 8. */
#define RNG_HEALTH_RUN_CUTOFF        6
/* 4.4.2: 1 + critbinom(512, 2^-H, 1 - alpha), critbinom being the least k for which a binomial
 * variable is over k with a probability of at most alpha: 4.94e-13 for 18, 4.87e-12 for 17, and
 * alpha is 9.09e-13. The unit test adds them up. */
#define RNG_HEALTH_PROPORTION_CUTOFF 19

struct rng_health {
	uint32_t longest_run;       /* of equal bytes; fails at the cutoff */
	uint32_t run_cutoff;        /* RNG_HEALTH_RUN_CUTOFF */
	uint32_t most_frequent;     /* see rng_health_test(); fails at the cutoff */
	uint32_t proportion_cutoff; /* RNG_HEALTH_PROPORTION_CUTOFF */
	bool has_repeated_block;
	bool is_passed;
};

/* Tests `len` bytes that the TPM gave in answers of `block` bytes each (0: not compared; nor are
 * blocks under RNG_HEALTH_BLOCK_MIN, and bytes behind the last whole block).
 *
 * - Repetition count: over all bytes.
 * - Adaptive proportion: over whole windows of RNG_HEALTH_SAMPLE bytes, one after the other; bytes
 *   behind the last are not in any. `most_frequent` is the largest count, of all windows, of the
 *   window's first byte in it, that one included (the standard counts no other value).
 * - Repeated block: every block with every other, the square of their number: meant for samples of
 *   a few windows.
 *
 * `is_passed` needs at least one window: what was not tested did not pass. */
void rng_health_test(
	const uint8_t *sample, size_t len, size_t block, struct rng_health *ret_health);

#endif
