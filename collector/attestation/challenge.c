/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/challenges: a nonce for one report of one VM, and a secret that only the TPM with this
 * EK and this AK can give back. */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "collector/attestation/keys.h"
#include "collector/attestation/private.h"
#include "collector/attestation/receipt.h"
#include "collector/attestation/sender.h"
#include "collector/ek/credential.h"
#include "collector/ek/openssl_error.h"
#include "collector/metrics.h"
#include "core/base64.h"
#include "core/signed/name.h"
#include "core/signed/public_area.h"
#include "platform/system.h"

#define EXPIRES_S ((int)(STORE_CHALLENGE_MS / 1000))

/* A challenge on its way to its client. */
struct asking {
	struct http_request *request;
	struct challenge challenge;
	bool has_credential;
	struct evidence_name ek_name;
	struct credential credential;
	struct buf sealed;
	/* Why it is refused, beyond what the error says. */
	bool has_unusable_key;
	bool is_for_another; /* VM than the credential */
	unsigned retry_s;    /* too many at once: after so many seconds */
};

static void asking_end(struct asking *asking)
{
	OPENSSL_cleanse(&asking->challenge, sizeof(asking->challenge));
	buf_free(&asking->sealed);
}

/* A TPM2B, as a member in base64. */
static void print_sized(struct buf *to, const char *name, const void *bytes, size_t len)
{
	BUF_SCOPED sized = {0};

	buf_append_u16be(&sized, (uint16_t)len);
	buf_append(&sized, bytes, len);
	buf_printf(to, ",\"%s\":\"", name);
	base64_encode(to, sized.data, sized.len);
	buf_append_text(to, "\"");
	to->failed |= sized.failed;
}

static void print_credential(struct buf *to, const struct asking *asking)
{
	const struct credential *credential = &asking->credential;
	char name[2 * EVIDENCE_NAME_MAX + 1];

	if (!asking->has_credential) {
		buf_append_text(to, "null");
		return;
	}
	text_hex(asking->ek_name.data, asking->ek_name.len, name, sizeof(name));
	buf_printf(to, "{\"ek_name\":\"%s\"", name);
	print_sized(to, "id_object", credential->id_object, credential->id_object_len);
	print_sized(to, "encrypted_secret", credential->encrypted_secret,
		credential->encrypted_secret_len);
	buf_append_text(to, "}");
}

/* Numbers, hexadecimal and base64: nothing has to be escaped. */
static void reply(const struct asking *asking)
{
	struct http_response response = {.status = 201, .content_type = "application/json"};
	struct buf *body = &response.body;

	metrics_count_challenge();
	buf_append_text(body, "{\"version\":\"" PROTOCOL_VERSION "\",\"challenge\":\"");
	base64_encode(body, asking->sealed.data, asking->sealed.len);
	buf_printf(body, "\",\"expires_in\":%d,\"nonce\":\"", EXPIRES_S);
	base64_encode(body, asking->challenge.nonce, sizeof(asking->challenge.nonce));
	buf_append_text(body, "\",\"credential\":");
	print_credential(body, asking);
	buf_append_text(body, ",\"pcr_selection\":\"all\"}");
	http_reply(asking->request, &response);
}

static int make_random(struct challenge *challenge, struct error *err)
{
	uint8_t *id = challenge->spending.id, *nonce = challenge->nonce;
	int is_good = RAND_bytes(id, sizeof(challenge->spending.id));

	if (is_good != 1 || RAND_bytes(nonce, sizeof(challenge->nonce)) != 1)
		return openssl_error(err, ERROR_INTERNAL, "random numbers");
	return 0;
}

static int make_credential(struct asking *asking, const struct protocol_ek *ek, struct error *err)
{
	const struct protocol_public *public_area = &ek->public_area;
	struct challenge *challenge = &asking->challenge;
	struct public_area area;
	int rc;

	if (RAND_priv_bytes(challenge->secret.data, sizeof(challenge->secret.data)) != 1)
		return openssl_error(err, ERROR_INTERNAL, "random numbers");
	challenge->secret.len = sizeof(challenge->secret.data);
	rc = credential_make(public_area->data, public_area->len, &challenge->claim.ak_name,
		challenge->secret.data, challenge->secret.len, &asking->credential, err);
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
	int rc =
		keys_choose(attestation, asked, vm, &asking->challenge.claim, &ek, &is_proven, err);

	return rc || is_proven ? rc : make_credential(asking, &asked->eks.items[ek], err);
}

static int find_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = store_read_vm(store, uuid, ret_vm, err);

	if (rc != -ERROR_NOT_FOUND)
		return rc;
	*ret_vm = (struct store_vm){0};
	return 0;
}

/* A VM that nobody has accepted costs a credential and, in the end, a record; keys that are not a
 * VM's cost a claim, and the verification of their certificates. */
static bool may_enrol(struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct asking *asking)
{
	const struct http_caller *caller = http_caller(asking->request);
	bool is_known = vm->enrolment == STORE_ENROLMENT_ACCEPTED && keys_are_known(asked, vm);
	struct rate *rate = sender_speaks_for(caller, asked->uuid) ? &attestation->vouched
								   : &attestation->enrolments;

	return is_known ||
	       rate_take(rate, caller->address, platform_monotonic_ms(), &asking->retry_s);
}

static int make_challenge(struct attestation *attestation, struct asking *asking,
	const struct protocol_challenge *asked, struct error *err)
{
	struct challenge *challenge = &asking->challenge;
	struct store_vm vm;
	int rc;

	asking->is_for_another = !sender_may(http_caller(asking->request), asked->uuid);
	if (asking->is_for_another)
		return error_set(err, ERROR_PERMISSION, SENDER_REFUSAL);
	rc = find_vm(attestation->store, asked->uuid, &vm, err);
	if (!rc)
		receipt_take(attestation, asked, &vm, &challenge->shown);
	if (!rc && !may_enrol(attestation, asked, &vm, asking))
		rc = error_set(
			err, ERROR_TIMEOUT, "too many VMs that are not known yet ask at once");
	if (!rc)
		rc = make_random(challenge, err);
	if (!rc) {
		memcpy(challenge->uuid, asked->uuid, sizeof(challenge->uuid));
		challenge->head = vm.head.id;
		challenge->announcement_ms = vm.announced_until_ms;
		challenge->spending.expires_ms =
			store_clock_ms(attestation->store) + STORE_CHALLENGE_MS;
		challenge->claim.event = (uint16_t)asked->event;
		rc = prepare_keys(attestation, asking, asked, &vm, err);
		asking->has_unusable_key = rc && is_key_fault(err);
	}
	return rc ? rc : seal_close(attestation->seal, challenge, &asking->sealed, err);
}

static void refuse(const struct asking *asking, const struct error *err)
{
	struct http_request *request = asking->request;

	if (asking->retry_s)
		http_reply_limit(request, LIMIT_ENROLMENT_RATE, asking->retry_s, err->message);
	else if (asking->is_for_another)
		http_reply_problem(request, PROBLEM_FORBIDDEN, 0, err->message);
	else if (asking->has_unusable_key)
		http_reply_problem(request, PROBLEM_UNUSABLE_KEY, 0, err->message);
	else
		attestation_reply_error(request, err);
}

void challenge_answer(struct http_request *request, void *context)
{
	struct attestation *attestation = context;
	const struct crypto_bytes body = http_body(request);
	struct asking asking = {.request = request};
	struct protocol_challenge *asked = NULL;
	struct error err;
	int rc = protocol_read_challenge(&body, &asked, &err);

	if (!rc)
		rc = make_challenge(attestation, &asking, asked, &err);
	if (rc)
		refuse(&asking, &err);
	else
		reply(&asking);
	free(asked);
	asking_end(&asking);
}
