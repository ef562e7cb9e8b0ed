/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_send.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/text.h"

#define CONNECT_S  5L
#define SEND_S     15L
#define ANSWER_MAX 65536 /* bytes: it is not looked at */

struct range {
	uint32_t network;
	unsigned bits;
};

static bool is_public_v4(uint32_t address)
{
	static const struct range taken[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10},
		{0x7f000000, 8}, {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
		{0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
		{0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3}};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if ((address ^ taken[i].network) >> (32 - taken[i].bits) == 0)
			return false;
	}
	return true;
}

static uint32_t read_v4(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool is_public_v6(const uint8_t at[16])
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	/* An IPv4 address inside one of IPv6: by translation, or by 6to4. */
	if (!memcmp(at, nat64, sizeof(nat64)))
		return is_public_v4(read_v4(at + 12));
	if (at[0] == 0x20 && at[1] == 0x02)
		return is_public_v4(read_v4(at + 2));
	/* Teredo, documentation; all else outside of 2000::/3 is mapped, local or multicast. */
	if (at[0] == 0x20 && at[1] == 0x01 && (at[2] < 0x02 || (at[2] == 0x0d && at[3] == 0xb8)))
		return false;
	return at[0] >> 5 == 1;
}

bool webhook_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_public_v4(ntohl(
			((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_public_v6(
			((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return false;
}

/* The address that is connected to, not the one that was looked up before: a name that changes its
 * address in between gains nothing. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	const struct webhook_target *target = context;

	(void)purpose;
	if (!target->allows_private && !webhook_is_public(&address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t drop_answer(char *bytes, size_t size, size_t count, void *context)
{
	size_t *taken = context;

	(void)bytes;
	*taken += size * count;
	return *taken > ANSWER_MAX ? 0 : size * count;
}

static int look_for_end(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&((struct webhook_target *)context)->ends);
}

/* "t=SECONDS,v1=HEX": HMAC-SHA-256 over "SECONDS.BODY". */
static int sign(const struct webhook_target *target, const struct buf *event, char *header,
	size_t size, struct error *err)
{
	BUF_SCOPED text = {0};
	uint8_t digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	long long now = (long long)time(NULL);
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

static void set_up(CURL *curl, struct webhook_target *target, const struct buf *event,
	struct curl_slist *headers, size_t *taken, char *fault)
{
	curl_easy_setopt(curl, CURLOPT_URL, target->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* These and no others: libcurl would look into the system's folder, too. */
	if (*target->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, target->ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	/* A proxy would choose the address for us. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, target);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, SEND_S);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, event->data);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)event->len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, taken);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_for_end);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, target);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fault);
}

int webhook_send(struct webhook_target *target, const struct buf *event, struct error *err)
{
	char signature[160], fault[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	size_t taken = 0;
	long status = 0;
	CURLcode code;
	CURL *curl;
	int rc = sign(target, event, signature, sizeof(signature), err);

	if (rc)
		return rc;
	curl = curl_easy_init();
	headers = curl_slist_append(headers, "Content-Type: application/cloudevents+json");
	headers = curl_slist_append(headers, "Expect:");
	headers = curl_slist_append(headers, signature);
	if (!curl || !headers) {
		curl_slist_free_all(headers);
		curl_easy_cleanup(curl);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a webhook");
	}
	set_up(curl, target, event, headers, &taken, fault);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	if (code)
		return error_set(err, ERROR_IO, "%s", *fault ? fault : curl_easy_strerror(code));
	if (status < 200 || status > 299)
		return error_set(err, ERROR_IO, "the receiver answers with status %ld", status);
	return 0;
}
