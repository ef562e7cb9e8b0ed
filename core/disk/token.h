/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tokens of a LUKS2 volume: the objects under `tokens` of its metadata (LUKS2 On-Disk Format
 * Specification 1.1, section 3.5). Each kind has a reader of its own; one that is not known here is
 * named and no error.
 */
#ifndef CORE_DISK_TOKEN_H
#define CORE_DISK_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/disk/sealed.h"
#include "core/error.h"
#include "core/tcg/unlock_facts.h"

#define DISK_TOKENS_MAX 32 /* of one volume: LUKS2_TOKENS_MAX of libcryptsetup */

struct disk_token {
	uint16_t number;
	char type[UNLOCK_TYPE_MAX]; /* printable ASCII */
	bool is_sealed;             /* of a kind that a TPM opens */
	bool is_read;               /* its content is below; else why it is not */
	uint32_t key_slots;         /* by bits; those over 23 are left out */
	bool is_told;               /* key and PCRs are what somebody says, who may be wrong */
	struct sealed sealed;
	struct error error;
};

/* Shown one token, borrowed for as long as the call lasts. A failure ends the reading. */
typedef int disk_token_visit(const struct disk_token *token, void *context, struct error *err);

/* Shows each token of the metadata in the order of their text. Errors: TOO_LARGE (over
 * 256 KiB), MALFORMED (no JSON object, more tokens than there can be, numbers that are none),
 * NO_MEMORY; those of `visit`. */
int disk_tokens_read(
	const char *json, size_t len, disk_token_visit *visit, void *context, struct error *err);

#endif
