/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's verdict as a signed attestation result, and the keys by which it is signed. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/ear/key.h"
#include "collector/ear/result.h"
#include "collector/ear/sign.h"
#include "collector/operators/api_operation.h"
#include "collector/operators/api_result_key.h"
#include "core/json/text.h"
#include "platform/system.h"

/* Numbers of reports go on from a multiple of it where the store is an older copy of what it was.
 */
#define COPY_APART (UINT64_C(1) << 32)

/* Base64url, base64 or hexadecimal: what a relying party makes of random bytes. */
static bool read_nonce(struct http_request *request, const char **ret_nonce)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/-_=";
	const char *nonce = http_query(request, "nonce");
	size_t len = nonce ? strlen(nonce) : 0;

	*ret_nonce = nonce;
	if (!nonce)
		return true;
	if (len >= EAR_NONCE_MIN && len <= EAR_NONCE_MAX && strspn(nonce, alphabet) == len)
		return true;
	api_reply_malformed(
		request, "nonce: not %d to %d characters of base64", EAR_NONCE_MIN, EAR_NONCE_MAX);
	return false;
}

/* Up to which number others may have got later reports of the same VMs, which the store has not. */
static int find_lost(struct api *api, uint64_t *ret_lost, struct error *err)
{
	const uint64_t noted = store_lost_number(api->store);
	struct store_link event;
	uint64_t last = 0, before;
	int rc = store_read_ends(api->store, &last, &event, err);

	if (rc)
		return rc;
	before = last / COPY_APART * COPY_APART;
	before = before ? before - 1 : 0;
	*ret_lost = noted > before ? noted : before;
	return 0;
}

static int answer(struct api *api, const struct store_vm *vm, const char *nonce, struct buf *to,
	struct error *err)
{
	struct ear_question question = {.vm = vm,
		.now_ms = platform_wall_clock_ms(),
		.policy = api->enrolment,
		.nonce = nonce};
	struct store_result_key key = {0};
	json_t *claims;
	int rc = find_lost(api, &question.lost, err);

	if (!rc)
		rc = api_result_key(api, &key, err);
	if (rc)
		return rc;
	claims = ear_claims(&question);
	rc = claims ? ear_sign(&key, claims, to, err)
		    : error_set(err, ERROR_NO_MEMORY, "no memory for an attestation result");
	json_decref(claims);
	explicit_bzero(&key, sizeof(key));
	return rc;
}

void api_read_result(struct http_request *request, void *context)
{
	struct http_response response = {.status = 200, .content_type = EAR_MEDIA_TYPE};
	struct api *api = context;
	char uuid[TEXT_UUID_SIZE];
	const char *nonce;
	struct store_vm vm;
	struct error err;
	int rc;

	if (!api_read_uuid(request, uuid) || !read_nonce(request, &nonce))
		return;
	rc = store_read_vm(api->store, uuid, &vm, &err);
	if (!rc)
		rc = answer(api, &vm, nonce, &response.body, &err);
	if (!rc) {
		http_reply(request, &response);
		return;
	}
	buf_free(&response.body);
	api_reply_error(request, &err);
}
