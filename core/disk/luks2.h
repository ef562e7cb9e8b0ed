/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of a LUKS2 volume: LUKS2 On-Disk Format Specification 1.1, chapter 2. Both copies are
 * looked at, and the newer one that is whole counts, as libcryptsetup has it.
 */
#ifndef CORE_DISK_LUKS2_H
#define CORE_DISK_LUKS2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

#define LUKS2_BINARY_SIZE   4096U
#define LUKS2_CHECKSUM_SIZE 64U
#define LUKS2_COPY_MAX      (4U << 20) /* one copy, its JSON area included */
#define LUKS2_HEADER_MAX    (2 * LUKS2_COPY_MAX)

struct luks2 {
	char uuid[TEXT_UUID_SIZE];
	const char *json; /* the metadata: borrowed from the bytes that were read */
	size_t json_len;
	uint8_t checksum[LUKS2_CHECKSUM_SIZE]; /* of the copy that counts, metadata included */
};

/* By the first LUKS2_BINARY_SIZE bytes of a volume: how many bytes both copies of its header take,
 * or LUKS2_HEADER_MAX where the first copy is damaged; 0: this is no LUKS2 volume. */
size_t luks2_size(const uint8_t *bytes, size_t len);

/* By the same bytes: whether it is a volume of the older format, which has no tokens. */
bool luks2_is_luks1(const uint8_t *bytes, size_t len);

/* Reads the first bytes of a volume, as many as luks2_size() says, or fewer where it is shorter.
 * Errors: MALFORMED, UNSUPPORTED (the algorithm of the checksum), CRYPTO, NO_MEMORY. */
int luks2_read(const uint8_t *bytes, size_t len, struct luks2 *ret_luks2, struct error *err);

#endif
