/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fuzz target defines, once a program. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Feeds `size` bytes to the parser under test. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the parser that holds for every input: the target stops where it does not. */
#define FUZZ_ASSERT(promise)                                                                       \
	do {                                                                                       \
		if (!(promise))                                                                    \
			abort();                                                                   \
	} while (0)

#endif
