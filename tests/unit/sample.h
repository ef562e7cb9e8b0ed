/* SPDX-License-Identifier: BSD-2-Clause */
/* A healthy guest's evidence for tests to break, every part read and every field in use. */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include "core/evidence/evidence.h"

#define SAMPLE_UUID "0f0e0d0c-1111-2222-3333-444455556666"

/* The caller frees it; never NULL. */
struct evidence *sample_evidence(void);

/* tests/data/evidence/swtpm.json, read: a real TPM's, with a real quote. The caller frees it; never
 * NULL. */
struct evidence *sample_real(void);

/* As full as the format allows: every list to its end, every text at its longest. */
struct evidence *sample_largest(void);

/* Where the evidence has this property; a test fails that asks for one that is not there. */
uint32_t *sample_property(struct evidence *evidence, uint32_t property);

/* Sets a part to failed, its content gone. `part_size` is that of the whole part. */
void sample_fail(
	struct record_part *part, size_t part_size, enum error_code code, const char *message);

#define SAMPLE_FAIL(which, code, message)                                                          \
	sample_fail(&(which)->part, sizeof(*(which)), code, message)

#endif
