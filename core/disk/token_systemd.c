/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The token of systemd-cryptenroll: systemd's src/shared/tpm2-util.c, tpm2_make_luks2_json(). Its
 * members have "-" in their names up to systemd 251 and "_" from 252 on.
 */
#include "core/disk/token_systemd.h"

#include <string.h>

#include "core/base64.h"
#include "core/reader.h"

#define BLOB_MAX (SEALED_PRIVATE_MAX + SEALED_PUBLIC_MAX + 4)
#define SRK_MAX  1024

static int read_pcrs(const struct json_node *array, uint32_t *ret_pcrs, struct error *err)
{
	uint32_t pcrs = 0;

	if (array->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "PCRs that are no array");
	for (const struct json_node *at = array->first; at; at = at->next) {
		bool is_pcr = at->kind == JSON_NODE_INTEGER && at->integer >= 0 &&
			      at->integer < TCG_PCR_COUNT;

		if (!is_pcr)
			return error_set(err, ERROR_MALFORMED, "a PCR that there is not");
		pcrs |= 1U << at->integer;
	}
	*ret_pcrs = pcrs;
	return 0;
}

static int read_share(const struct json_node *text, struct sealed *sealed, struct error *err)
{
	uint8_t bytes[BLOB_MAX];
	long len;

	if (text->kind != JSON_NODE_STRING)
		return error_set(err, ERROR_MALFORMED, "tpm2-blob: no text");
	len = base64_decode(text->text, text->len, bytes, sizeof(bytes));
	if (len < 0)
		return error_set(
			err, ERROR_MALFORMED, "tpm2-blob: no base64 of at most %d bytes", BLOB_MAX);
	if (sealed->share_count == SEALED_SHARES_MAX)
		return error_set(err, ERROR_UNSUPPORTED, "tpm2-blob: more than %d objects",
			SEALED_SHARES_MAX);
	if (sealed_share_read(bytes, (size_t)len, &sealed->shares[sealed->share_count], err))
		return error_wrap(err, "tpm2-blob");
	sealed->share_count++;
	return 0;
}

/* One, or an array of them from systemd 258 on. */
static int read_blob(const struct json_node *token, struct sealed *sealed, struct error *err)
{
	const struct json_node *blob = json_node_member(token, "tpm2-blob");
	int rc = 0;

	if (!blob)
		return error_set(err, ERROR_MALFORMED, "no tpm2-blob");
	if (blob->kind != JSON_NODE_ARRAY)
		return read_share(blob, sealed, err);
	for (const struct json_node *at = blob->first; !rc && at; at = at->next)
		rc = read_share(at, sealed, err);
	if (!rc && !sealed->share_count)
		rc = error_set(err, ERROR_MALFORMED, "tpm2-blob: empty");
	return rc;
}

/* A handle as ESYS keeps it: the number, the name, and more (tpm2-tss, esys_mu.c). */
static int read_srk(const struct json_node *text, struct sealed_parent *parent, struct error *err)
{
	uint8_t bytes[SRK_MAX];
	long len = text->kind == JSON_NODE_STRING
			   ? base64_decode(text->text, text->len, bytes, sizeof(bytes))
			   : -1;
	struct reader reader = reader_of(bytes, len < 0 ? 0 : (size_t)len);

	parent->handle = reader_u32be(&reader);
	if (reader.failed || parent->handle >> 24 != 0x81)
		return error_set(err, ERROR_MALFORMED, "tpm2_srk: no persistent handle");
	parent->kind = SEALED_UNDER_HANDLE;
	return 0;
}

static int read_parent(
	const struct json_node *token, struct sealed_parent *parent, struct error *err)
{
	const struct json_node *srk = json_node_member(token, "tpm2_srk");
	const char *alg = json_node_text(json_node_member(token, "tpm2-primary-alg"));

	parent->name_alg = TCG_ALG_SHA256;
	parent->is_rsa = alg && strcmp(alg, "rsa") == 0;
	if (srk)
		return read_srk(srk, parent, err);
	/* Without a name it is of a systemd before 250, which knew no other. */
	if (!alg || strcmp(alg, "ecc") == 0)
		parent->kind = SEALED_UNDER_ECC;
	else if (parent->is_rsa)
		parent->kind = SEALED_UNDER_RSA;
	else
		return error_set(err, ERROR_UNSUPPORTED, "tpm2-primary-alg: not known here");
	return 0;
}

/* One that is not read here leaves the policy undecided. */
static void read_signer(const struct json_node *token, struct sealed *sealed)
{
	const struct json_node *key = json_node_member(token, "tpm2_pubkey");
	long len = key && key->kind == JSON_NODE_STRING
			   ? base64_decode(key->text, key->len, (uint8_t *)sealed->signer.text,
				     sizeof(sealed->signer.text))
			   : -1;

	sealed->signer.len =
		len < 0 || json_node_member(token, "tpm2_pubkey_policyref") ? 0 : (size_t)len;
}

/* A handle as ESYS keeps it: the number, and the name. One that is not read here leaves the policy
 * undecided. */
static void read_pcrlock(const struct json_node *token, struct sealed *sealed)
{
	const struct json_node *text = json_node_member(token, "tpm2_pcrlock_nv");
	uint8_t bytes[SRK_MAX];
	long len = text && text->kind == JSON_NODE_STRING
			   ? base64_decode(text->text, text->len, bytes, sizeof(bytes))
			   : -1;
	struct reader reader = reader_of(bytes, len < 0 ? 0 : (size_t)len), name;
	uint32_t index = reader_u32be(&reader);

	sealed->has_pcrlock = json_node_is_true(json_node_member(token, "tpm2_pcrlock"));
	name = reader_part(&reader, reader_u16be(&reader));
	if (reader.failed || !name.left || name.left > sizeof(sealed->pcrlock.name))
		return;
	sealed->pcrlock.index = index;
	sealed->pcrlock.name_len = name.left;
	memcpy(sealed->pcrlock.name, name.at, name.left);
}

static int read_policy(const struct json_node *token, struct sealed *sealed, struct error *err)
{
	const struct json_node *pcrs = json_node_member(token, "tpm2-pcrs");
	const struct json_node *signed_pcrs = json_node_member(token, "tpm2_pubkey_pcrs");
	const char *bank = json_node_text(json_node_member(token, "tpm2-pcr-bank"));
	int rc;

	sealed->bank = bank ? (uint16_t)tcg_alg_parse(bank, TCG_ALG_NULL) : TCG_ALG_SHA256;
	if (!tcg_digest_size(sealed->bank))
		return error_set(err, ERROR_UNSUPPORTED, "tpm2-pcr-bank: not known here");
	if (!pcrs)
		return error_set(err, ERROR_MALFORMED, "no tpm2-pcrs");
	rc = read_pcrs(pcrs, &sealed->pcrs, err);
	if (!rc && signed_pcrs)
		rc = read_pcrs(signed_pcrs, &sealed->signed_pcrs, err);
	sealed->has_pin = json_node_is_true(json_node_member(token, "tpm2-pin"));
	read_pcrlock(token, sealed);
	sealed->is_signed = sealed->signed_pcrs || json_node_member(token, "tpm2_pubkey");
	read_signer(token, sealed);
	return rc;
}

int token_systemd_read(const struct json_node *token, struct sealed *ret_sealed, struct error *err)
{
	struct sealed sealed = {0};
	int rc = read_blob(token, &sealed, err);

	if (!rc)
		rc = read_parent(token, &sealed.parent, err);
	if (!rc)
		rc = read_policy(token, &sealed, err);
	if (!rc)
		*ret_sealed = sealed;
	return rc;
}
