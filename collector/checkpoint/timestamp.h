/* SPDX-License-Identifier: BSD-2-Clause */
/* Time stamps of checkpoints as RFC 3161 has them: a third party says when it saw the line. */
#ifndef COLLECTOR_CHECKPOINT_TIMESTAMP_H
#define COLLECTOR_CHECKPOINT_TIMESTAMP_H

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/text.h"

#define TIMESTAMP_MAX 65536 /* bytes of an answer */

/* A request for a stamp of `line`, DER; its nonce is kept with it until the answer came. */
struct timestamp_request;

int timestamp_request_new(const struct crypto_bytes *line, struct timestamp_request **ret_request,
	struct buf *to, struct error *err);
void timestamp_request_free(struct timestamp_request *request);

/* Appends the token of the answer `der` in base64. Looks whether it answers this request, not who
 * signed it. Errors: UNSUPPORTED (the authority refuses, and says why), MALFORMED, CRYPTO,
 * NO_MEMORY. */
int timestamp_read_answer(const struct timestamp_request *request, const struct buf *der,
	struct buf *to, struct error *err);

/* Whether `token` (base64) is a stamp of `line` by an authority of the CAs in `pem`, and when it
 * was made. Errors: CONFIG (no CA in PEM), MALFORMED, CRYPTO (it is not), NO_MEMORY. */
int timestamp_check(const struct crypto_bytes *line, const struct crypto_bytes *token,
	const struct buf *pem, char ret_time[TEXT_TIME_SIZE], struct error *err);

#endif
