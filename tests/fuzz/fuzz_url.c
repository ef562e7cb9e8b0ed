/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs, beside libcurl, which connects: what we take for a host must be the host for it, too. */
#include <curl/curl.h>
#include <string.h>

#include "core/url.h"
#include "tests/fuzz/fuzz.h"

#define URL_MAX 512

/* libcurl's reading of the same text. */
static void compare(const char *text, const struct url *url)
{
	CURLU *curl = curl_url();
	char *host = NULL, *scheme = NULL, *user = NULL;

	FUZZ_ASSERT(curl);
	/* It may refuse what is refused when it connects: an IPv6 address that is none. */
	if (curl_url_set(curl, CURLUPART_URL, text, 0) == CURLUE_OK) {
		size_t len = url->host_len;

		FUZZ_ASSERT(curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK);
		FUZZ_ASSERT(curl_url_get(curl, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
		FUZZ_ASSERT((strcmp(scheme, "http") == 0) == url->is_plain);
		FUZZ_ASSERT((curl_url_get(curl, CURLUPART_USER, &user, 0) == CURLUE_OK) ==
			    url->has_user);
		/* It writes numbers of IPv4 and addresses of IPv6 its own way, and moves a zone. */
		if (*host != '[' && (host[0] < '0' || host[0] > '9'))
			FUZZ_ASSERT(strlen(host) == len && !memcmp(host, url->host, len));
	}
	curl_free(host);
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(curl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[URL_MAX] = "";
	struct error err = {0};
	struct url url = {0};

	memcpy(text, data, size < URL_MAX ? size : URL_MAX - 1);
	if (url_parse(text, &url, &err)) {
		FUZZ_ASSERT(err.code == ERROR_CONFIG && err.message[0]);
		FUZZ_ASSERT(!url.host);
		return 0;
	}
	FUZZ_ASSERT(
		url.host > text && url.host_len && url.host + url.host_len <= text + strlen(text));
	compare(text, &url);
	if (url_parse_collector(text, &url, &err) == 0)
		FUZZ_ASSERT(!url.is_plain || url.is_loopback);
	return 0;
}
