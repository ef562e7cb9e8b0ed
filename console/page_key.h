/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's keys on a page. */
#ifndef CONSOLE_PAGE_KEY_H
#define CONSOLE_PAGE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "console/page.h"
#include "core/evidence/evidence.h"

/* In `out`, the first bytes of a name or digest in hexadecimal: enough to compare by eye. */
const char *page_shorten(const uint8_t *bytes, size_t len, char out[40]);

/* In `out`, an EK by what a collector shows of it, an allowlist has, and two people can compare:
 * the SHA-256 of its public area, or "-" where that cannot be had. */
void page_shorten_ek(const struct evidence_key *ek, char out[40]);

/* Appends the row of a key: "RSA 2048", its digits, and a note. */
void page_add_key(struct page *page, const char *label, const struct evidence_key *key,
	const char *digits, const char *note);

#endif
