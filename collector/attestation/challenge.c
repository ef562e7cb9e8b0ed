/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/challenges: a nonce for one report of one VM, and a secret that only the TPM with this
 * EK and this AK can give back. */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "collector/attestation/attestation.h"
#include "collector/attestation/keys.h"
#include "collector/ek/credential.h"
#include "collector/ek/openssl_error.h"
#include "collector/metrics.h"
#include "core/base64.h"
#include "core/name.h"
#include "core/public_area.h"

#define EXPIRES_S 60

/* A challenge on its way to the store. */
struct asking {
	struct writer_job job;
	struct http_request *request;
	struct store_challenge challenge;
	struct attestation_claim claim;
	uint8_t nonce[REPORT_NONCE_SIZE];
	uint8_t secret[REPORT_SECRET_SIZE];
	struct buf context;
	bool has_credential;
	struct evidence_name ek_name;
	struct credential credential;
	/* Why it is refused, where the error does not say. */
	bool has_unusable_key;
	unsigned retry_s; /* too many at once: after so many seconds */
};

static void asking_free(struct asking *asking)
{
	OPENSSL_cleanse(asking->secret, sizeof(asking->secret));
	buf_free(&asking->context);
	free(asking);
}

/* A TPM2B, as base64. */
static json_t *write_sized(const void *bytes, size_t len)
{
	BUF_SCOPED sized = {0}, text = {0};

	buf_append_u16be(&sized, (uint16_t)len);
	buf_append(&sized, bytes, len);
	base64_encode(&text, sized.data, sized.len);
	return sized.failed || text.failed ? NULL : json_string((const char *)text.data);
}

static json_t *write_credential(const struct asking *asking)
{
	const struct credential *credential = &asking->credential;
	char name[2 * EVIDENCE_NAME_MAX + 1];

	if (!asking->has_credential)
		return json_null();
	text_hex(asking->ek_name.data, asking->ek_name.len, name, sizeof(name));
	return json_pack("{s:s, s:o, s:o}", "ek_name", name, "id_object",
		write_sized(credential->id_object, credential->id_object_len), "encrypted_secret",
		write_sized(credential->encrypted_secret, credential->encrypted_secret_len));
}

static void reply(const struct asking *asking)
{
	BUF_SCOPED nonce = {0};
	char id[2 * STORE_CHALLENGE_SIZE + 1];

	metrics_count_challenge();
	text_hex(asking->challenge.id, STORE_CHALLENGE_SIZE, id, sizeof(id));
	base64_encode(&nonce, asking->nonce, sizeof(asking->nonce));
	http_reply_json(asking->request, 201,
		nonce.failed ? NULL
			     : json_pack("{s:s, s:s, s:i, s:s, s:o, s:s}", "version",
				       REPORT_VERSION, "challenge", id, "expires_in", EXPIRES_S,
				       "nonce", (const char *)nonce.data, "credential",
				       write_credential(asking), "pcr_selection", "all"));
}

static void written(struct writer_job *job, int rc, const struct error *err)
{
	struct asking *asking = (struct asking *)job;

	if (rc)
		attestation_reply_error(asking->request, err);
	else
		reply(asking);
	asking_free(asking);
}

static int make_random(struct asking *asking, struct error *err)
{
	if (RAND_bytes(asking->challenge.id, STORE_CHALLENGE_SIZE) != 1 ||
		RAND_bytes(asking->nonce, sizeof(asking->nonce)) != 1 ||
		RAND_priv_bytes(asking->secret, sizeof(asking->secret)) != 1)
		return openssl_error(err, ERROR_CRYPTO, "random numbers");
	return 0;
}

static int make_credential(struct asking *asking, const struct protocol_ek *ek, struct error *err)
{
	const struct protocol_public *public_area = &ek->public_area;
	struct public_area area;
	int rc = credential_make(public_area->data, public_area->len, &asking->claim.ak_name,
		asking->secret, sizeof(asking->secret), &asking->credential, err);

	if (!rc)
		rc = public_area_read(public_area->data, public_area->len, &area, err);
	if (!rc)
		rc = name_make(area.name_alg,
			&(struct crypto_bytes){public_area->data, public_area->len}, 1,
			&asking->ek_name, err);
	asking->has_credential = rc == 0;
	return rc ? error_wrap(err, "eks") : 0;
}

/* Keys that cannot be used are the client's fault, whatever makes them so. */
static bool is_key_fault(const struct error *err)
{
	return err->code == ERROR_UNSUPPORTED || err->code == ERROR_MALFORMED ||
	       err->code == ERROR_CRYPTO || err->code == ERROR_TOO_LARGE;
}

static int prepare_keys(const struct attestation *attestation, struct asking *asking,
	const struct protocol_challenge *asked, const struct store_vm *vm, struct error *err)
{
	bool is_proven = false;
	size_t ek = 0;
	int rc = keys_choose(attestation, asked, vm, &asking->claim, &ek, &is_proven, err);

	return rc || is_proven ? rc : make_credential(asking, &asked->eks.items[ek], err);
}

static int prepare(struct asking *asking, const struct protocol_challenge *asked, struct error *err)
{
	struct store_challenge *challenge = &asking->challenge;
	int rc = attestation_write_claim(&asking->claim, &asking->context, err);

	if (rc)
		return rc;
	memcpy(challenge->uuid, asked->uuid, sizeof(challenge->uuid));
	challenge->expires_ms = attestation_now_ms() + EXPIRES_S * 1000UL;
	challenge->nonce = (struct crypto_bytes){asking->nonce, sizeof(asking->nonce)};
	if (asking->has_credential)
		challenge->secret = (struct crypto_bytes){asking->secret, sizeof(asking->secret)};
	challenge->context = (struct crypto_bytes){asking->context.data, asking->context.len};
	asking->job.challenge = challenge;
	asking->job.done = written;
	return 0;
}

static int find_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = store_read_vm(store, uuid, ret_vm, err);

	if (rc != -ERROR_NOT_FOUND)
		return rc;
	*err = (struct error){0};
	*ret_vm = (struct store_vm){0};
	return 0;
}

/* Whoever is not known costs a credential, and in the end a record. */
static bool may_enrol(
	struct attestation *attestation, const struct store_vm *vm, struct asking *asking)
{
	return vm->revision ||
	       rate_take(&attestation->enrolments, http_caller(asking->request)->address,
		       attestation_elapsed_ms(), &asking->retry_s);
}

static int make_challenge(struct attestation *attestation, struct asking *asking,
	const struct protocol_challenge *asked, struct error *err)
{
	struct store_vm vm;
	int rc = find_vm(attestation->store, asked->uuid, &vm, err);

	if (!rc && !may_enrol(attestation, &vm, asking))
		rc = error_set(
			err, ERROR_TIMEOUT, "too many VMs that are not known yet ask at once");
	if (!rc)
		rc = make_random(asking, err);
	if (!rc) {
		asking->claim.event = (uint16_t)asked->event;
		rc = prepare_keys(attestation, asking, asked, &vm, err);
		asking->has_unusable_key = rc && is_key_fault(err);
	}
	return rc ? rc : prepare(asking, asked, err);
}

static void refuse(struct asking *asking, const struct error *err)
{
	struct http_request *request = asking->request;

	if (asking->retry_s)
		http_reply_problem(request, 429, "too-many", asking->retry_s, err->message);
	else if (asking->has_unusable_key)
		http_reply_problem(request, 422, "unusable-key", 0, err->message);
	else if (err->code)
		attestation_reply_error(request, err);
	else
		http_reply_problem(request, 503, "busy", 2, "too many requests are waiting");
	asking_free(asking);
}

void challenge_answer(struct http_request *request, void *context)
{
	struct attestation *attestation = context;
	const struct crypto_bytes body = http_body(request);
	struct asking *asking = calloc(1, sizeof(*asking));
	struct protocol_challenge *asked = NULL;
	struct error err = {0};
	int rc;

	if (!asking) {
		http_reply_json(request, 201, NULL);
		return;
	}
	asking->request = request;
	rc = protocol_read_challenge(&body, &asked, &err);
	if (!rc)
		rc = make_challenge(attestation, asking, asked, &err);
	free(asked);
	if (rc || !writer_submit(attestation->writer, &asking->job))
		refuse(asking, &err);
}
