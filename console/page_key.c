/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/page_key.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text.h"

const char *page_shorten(const uint8_t *bytes, size_t len, char out[40])
{
	text_hex(bytes, len < 12 ? len : 12, out, 40);
	if (len > 12)
		strncat(out, "...", 4);
	return out;
}

void page_shorten_ek(const struct evidence_key *ek, char out[40])
{
	const struct crypto_bytes area = {ek->public_area.data, ek->public_area.len};
	uint8_t digest[TCG_DIGEST_MAX];
	struct error ignored;

	if (crypto_digest(TCG_ALG_SHA256, &area, 1, digest, &ignored))
		snprintf(out, 40, "-");
	else
		page_shorten(digest, tcg_digest_size(TCG_ALG_SHA256), out);
}

void page_add_key(struct page *page, const char *label, const struct evidence_key *key,
	const char *digits, const char *note)
{
	const char *curve = tcg_curve_name(key->curve);
	char kind[24];

	if (key->type == TCG_ALG_RSA)
		snprintf(kind, sizeof(kind), "RSA %u", key->bits);
	else
		snprintf(kind, sizeof(kind), "ECC %s", curve ? curve : "?");
	page_add_row(page, PAGE_PLAIN, label, "%-9s %s%s%s", kind, digits, *note ? "  " : "", note);
}
