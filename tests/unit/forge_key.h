/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys on P-256 that a test signs with, by number: the same number is the same key for as long as
 * the program runs. By libcrypto, or on Windows by CNG. */
#ifndef TESTS_UNIT_FORGE_KEY_H
#define TESTS_UNIT_FORGE_KEY_H

#include <stdint.h>

#define FORGE_NUMBER_SIZE 32

/* The public point. */
void forge_key_point(
	unsigned seed, uint8_t ret_x[FORGE_NUMBER_SIZE], uint8_t ret_y[FORGE_NUMBER_SIZE]);

/* Signs a SHA-256 digest by ECDSA. */
void forge_key_sign(unsigned seed, const uint8_t digest[FORGE_NUMBER_SIZE],
	uint8_t ret_r[FORGE_NUMBER_SIZE], uint8_t ret_s[FORGE_NUMBER_SIZE]);

#endif
