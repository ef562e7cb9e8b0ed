/* SPDX-License-Identifier: BSD-2-Clause */
/* A sealed object as it is kept outside of the TPM: Part 2 sections 12.2.4 and 12.3.7. */
#ifndef CORE_DISK_SEALED_H
#define CORE_DISK_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/tcg/tcg.h"

#define SEALED_PRIVATE_MAX 1024
#define SEALED_PUBLIC_MAX  512
#define SEALED_SHARES_MAX  2
#define SEALED_PEM_MAX     2048
#define SEALED_NAME_MAX    (TCG_DIGEST_MAX + 2)

/* The storage key that it is sealed under. */
enum sealed_parent_kind {
	SEALED_UNDER_ECC = 0, /* a primary key of the owner hierarchy, P-256 */
	SEALED_UNDER_RSA,     /* likewise, RSA 2048 */
	SEALED_UNDER_HANDLE,  /* the persistent key `handle` */
};

struct sealed_parent {
	enum sealed_parent_kind kind;
	uint16_t name_alg; /* of a primary key */
	uint32_t handle;
	bool is_rsa; /* the persistent key */
};

struct sealed_share {
	struct {
		size_t len;
		uint8_t data[SEALED_PRIVATE_MAX];
	} private_area; /* what a TPM2B_PRIVATE holds */
	struct {
		size_t len;
		uint8_t data[SEALED_PUBLIC_MAX];
	} public_area; /* a TPMT_PUBLIC */
	uint16_t name_alg;
	struct {
		size_t len;
		uint8_t data[TCG_DIGEST_MAX];
	} policy; /* what the TPM asks for; empty: nothing */
};

/* What opens a slot: all shares, each loaded under the parent. */
struct sealed {
	struct sealed_parent parent;
	size_t share_count;
	struct sealed_share shares[SEALED_SHARES_MAX];
	uint16_t bank;
	uint32_t pcrs; /* literal ones, by bits */
	bool has_pin;
	bool has_pcrlock; /* the last share asks for what this NV index has */
	struct {
		uint32_t index;
		size_t name_len; /* 0: not known */
		uint8_t name[SEALED_NAME_MAX];
	} pcrlock;
	uint32_t others_needed; /* shares of a secret beside this one */
	bool is_dispensable;    /* others may do without it */
	bool is_signed;         /* whatever the holder of a key signs, about signed_pcrs */
	uint32_t signed_pcrs;
	struct {
		size_t len;
		char text[SEALED_PEM_MAX];
	} signer; /* its key as PEM; empty: not known, or of a form that is not */
};

/* Reads a TPM2B_PRIVATE and, behind it, a TPM2B_PUBLIC, and nothing more.
 * Errors: MALFORMED, TOO_LARGE, UNSUPPORTED (bytes behind: an object that must be imported). */
int sealed_share_read(
	const uint8_t *bytes, size_t len, struct sealed_share *ret_share, struct error *err);

#endif
