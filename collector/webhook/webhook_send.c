/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_send.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "core/text.h"
#include "link/http_client.h"
#include "platform/system.h"

#define SEND_MS    15000
#define ANSWER_MAX 65536 /* bytes: it is not looked at */

static const struct http_client_words words = {
	.server = "receiver", .url = "[webhook] url", .ca = "[webhook] ca"};

static bool has_ended(void *context)
{
	return atomic_load(&((struct webhook_target *)context)->ends);
}

/* "t=SECONDS,v1=HEX": HMAC-SHA-256 over "SECONDS.BODY". */
static int sign(const struct webhook_target *target, const struct buf *event, char *header,
	size_t size, struct error *err)
{
	BUF_SCOPED text = {0};
	uint8_t digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	long long now = (long long)(platform_wall_clock_ms() / 1000);
	unsigned len = 0;

	buf_printf(&text, "%lld.", now);
	buf_append(&text, event->data, event->len);
	if (text.failed || !HMAC(EVP_sha256(), target->secret.data, (int)target->secret.len,
				   text.data, text.len, digest, &len))
		return error_set(err, ERROR_NO_MEMORY, "no memory to sign an event");
	text_hex(digest, len, hex, sizeof(hex));
	snprintf(header, size, "Webhook-Signature: t=%lld,v1=%s", now, hex);
	return 0;
}

int webhook_send(struct webhook_target *target, const struct buf *event, struct error *err)
{
	const struct http_client_options options = {.words = &words,
		.ca = target->ca,
		.is_direct = true,
		.is_public_only = !target->allows_private,
		.is_cancelled = has_ended,
		.context = target};
	struct http_client_request request = {.url = target->url,
		.body = event,
		.content_type = "application/cloudevents+json",
		.max = ANSWER_MAX,
		.timeout_ms = SEND_MS};
	struct http_answer answer = {0};
	struct http_client *client = NULL;
	char signature[192];
	int rc = sign(target, event, signature, sizeof(signature), err);

	/* Opened for each event: a CA's file may be another one now. */
	if (!rc)
		rc = http_client_open(&options, &client, err);
	if (rc)
		return rc;
	request.header = signature;
	rc = http_client_send(client, &request, &answer, err);
	http_client_close(client);
	buf_free(&answer.body);
	if (!rc && (answer.status < 200 || answer.status > 299))
		rc = error_set(err, ERROR_IO, "the receiver answers with status %u", answer.status);
	return rc;
}
