/* SPDX-License-Identifier: BSD-2-Clause */
/* As clevis-encrypt-tpm2 and clevis-encrypt-sss of clevis 19 write it. */
#include "core/disk/token_clevis.h"

#include <string.h>

#include "core/base64.h"
#include "core/buf.h"
#include "core/text.h"

#define HEADER_MAX (64U << 10) /* a JWE's, with the shares in it */
#define DEPTH_MAX  4           /* shares within shares */
#define NOT_A_TPMS 1

/* RFC 7515, appendix C: base64 without padding, and with two other characters. */
static int decode(const char *text, size_t len, struct buf *ret_bytes, struct error *err)
{
	BUF_SCOPED usual = {0};
	uint8_t *to;
	long size;

	if (len > HEADER_MAX)
		return error_set(
			err, ERROR_TOO_LARGE, "clevis: a JWE of more than %u bytes", HEADER_MAX);
	for (size_t i = 0; i < len; i++)
		buf_append_u8(&usual, text[i] == '-'   ? '+'
				      : text[i] == '_' ? '/'
						       : (uint8_t)text[i]);
	while (usual.len % 4 && !usual.failed)
		buf_append_u8(&usual, '=');
	to = usual.failed ? NULL : buf_reserve(ret_bytes, len + 1);
	if (!to)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a JWE");
	size = base64_decode(usual.len ? (char *)usual.data : "", usual.len, to, len);
	if (size < 0)
		return error_set(err, ERROR_MALFORMED, "clevis: no base64url");
	ret_bytes->len += (size_t)size;
	return 0;
}

static int decode_member(
	const struct json_node *pin, const char *name, struct buf *ret_bytes, struct error *err)
{
	const struct json_node *text = json_node_member(pin, name);

	if (!text || text->kind != JSON_NODE_STRING)
		return error_set(err, ERROR_MALFORMED, "clevis: no %s", name);
	return decode(text->text, text->len, ret_bytes, err);
}

/* "4,7" */
static int read_pcrs(const char *text, uint32_t *ret_pcrs, struct error *err)
{
	uint32_t pcrs = 0, pcr = 0;

	while (*text) {
		if (!text_decimal(&text, &pcr) || pcr >= TCG_PCR_COUNT)
			return error_set(err, ERROR_MALFORMED, "clevis: pcr_ids: no PCRs");
		pcrs |= 1U << pcr;
		if (*text && *text++ != ',')
			return error_set(err, ERROR_MALFORMED, "clevis: pcr_ids: no list");
	}
	*ret_pcrs = pcrs;
	return 0;
}

static int read_algorithms(const struct json_node *pin, struct sealed *sealed, struct error *err)
{
	const char *hash = json_node_text(json_node_member(pin, "hash"));
	const char *key = json_node_text(json_node_member(pin, "key"));
	const char *bank = json_node_text(json_node_member(pin, "pcr_bank"));

	sealed->parent.name_alg =
		hash ? (uint16_t)tcg_alg_parse(hash, TCG_ALG_NULL) : TCG_ALG_SHA256;
	sealed->bank = bank ? (uint16_t)tcg_alg_parse(bank, TCG_ALG_NULL) : TCG_ALG_SHA1;
	if (!tcg_digest_size(sealed->parent.name_alg) || !tcg_digest_size(sealed->bank))
		return error_set(err, ERROR_UNSUPPORTED, "clevis: a hash that is not known here");
	if (!key || strcmp(key, "ecc") == 0)
		sealed->parent.kind = SEALED_UNDER_ECC;
	else if (strcmp(key, "rsa") == 0)
		sealed->parent.kind = SEALED_UNDER_RSA;
	else
		return error_set(err, ERROR_UNSUPPORTED, "clevis: a key that is not known here");
	return 0;
}

static int read_tpm2(const struct json_node *pin, struct sealed *ret_sealed, struct error *err)
{
	const char *pcrs = json_node_text(json_node_member(pin, "pcr_ids"));
	struct sealed sealed = {.share_count = 1};
	BUF_SCOPED areas = {0};
	int rc = read_algorithms(pin, &sealed, err);

	if (!rc && pcrs)
		rc = read_pcrs(pcrs, &sealed.pcrs, err);
	/* clevis 19 unseals in a session of SHA-256, whatever it was told when it sealed. */
	if (!rc && sealed.pcrs && sealed.parent.name_alg != TCG_ALG_SHA256)
		rc = error_set(err, ERROR_MALFORMED,
			"clevis does not open what it sealed to PCRs with another hash than "
			"sha256");
	if (!rc)
		rc = decode_member(pin, "jwk_priv", &areas, err);
	if (!rc)
		rc = decode_member(pin, "jwk_pub", &areas, err);
	if (!rc)
		rc = sealed_share_read(areas.data, areas.len, &sealed.shares[0], err);
	if (!rc)
		*ret_sealed = sealed;
	return rc;
}

/* A header as it stands in a JWE. */
struct header {
	const char *text;
	size_t len;
};

static int read_header(
	const struct header *header, unsigned depth, struct sealed *ret_sealed, struct error *err);

/* How many of `count` shares are needed, and what the first one of a TPM is. */
static int read_sss(
	const struct json_node *pin, unsigned depth, struct sealed *ret_sealed, struct error *err)
{
	const struct json_node *shares = json_node_member(pin, "jwe");
	int64_t needed = json_node_integer(json_node_member(pin, "t"));
	int rc = NOT_A_TPMS;

	if (!shares || shares->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "clevis: sss without shares");
	if (needed < 1 || needed > (int64_t)shares->len)
		return error_set(err, ERROR_MALFORMED, "clevis: sss without enough shares");
	for (const struct json_node *at = shares->first; rc == NOT_A_TPMS && at; at = at->next) {
		struct header header;

		if (at->kind != JSON_NODE_STRING)
			return error_set(err, ERROR_MALFORMED, "clevis: a share that is no JWE");
		header = (struct header){at->text, strcspn(at->text, ".")};
		rc = read_header(&header, depth + 1, ret_sealed, err);
	}
	if (rc)
		return rc;
	ret_sealed->others_needed += (uint32_t)(needed - 1);
	ret_sealed->is_dispensable = ret_sealed->is_dispensable || needed < (int64_t)shares->len;
	return 0;
}

static int read_header(
	const struct header *header, unsigned depth, struct sealed *ret_sealed, struct error *err)
{
	BUF_SCOPED text = {0};
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *clevis;
	const char *pin;
	int rc;

	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_UNSUPPORTED, "clevis: shares within shares");
	rc = decode(header->text, header->len, &text, err);
	if (rc)
		return rc;
	rc = json_tree_parse(text.len ? (char *)text.data : "", text.len, HEADER_MAX, &tree, err);
	/* jansson's words quote the disk, and would go into evidence. */
	if (rc == -ERROR_MALFORMED)
		return error_set(err, ERROR_MALFORMED, "clevis: a JWE whose header is not JSON");
	if (rc)
		return rc;
	clevis = json_node_member(tree.root, "clevis");
	pin = json_node_text(json_node_member(clevis, "pin"));
	if (pin && strcmp(pin, "tpm2") == 0)
		return read_tpm2(json_node_member(clevis, "tpm2"), ret_sealed, err);
	if (pin && strcmp(pin, "sss") == 0)
		return read_sss(json_node_member(clevis, "sss"), depth, ret_sealed, err);
	return pin ? NOT_A_TPMS : error_set(err, ERROR_MALFORMED, "clevis: no pin");
}

int token_clevis_read(const struct json_node *token, struct sealed *ret_sealed, struct error *err)
{
	const struct json_node *header =
		json_node_member(json_node_member(token, "jwe"), "protected");

	if (!header || header->kind != JSON_NODE_STRING)
		return error_set(err, ERROR_MALFORMED, "clevis: no JWE");
	return read_header(&(struct header){header->text, header->len}, 0, ret_sealed, err);
}
