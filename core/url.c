/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/url.h"

#include <stdint.h>
#include <string.h>

#include "core/address.h"
#include "core/text.h"

#define DIGITS   "0123456789"
#define LETTERS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PORT_MAX 65535

/* How much of the text is one of these characters. */
static size_t span(const char *text, size_t len, const char *characters)
{
	size_t n = 0;

	while (n < len && text[n] && strchr(characters, text[n]))
		n++;
	return n;
}

/* The length of the host that the text begins with; 0: it begins with none. */
static size_t measure_host(const char *text, size_t len)
{
	size_t n;

	if (!len || *text != '[')
		return span(text, len, LETTERS DIGITS "-._");
	/* The percent sign begins a zone (RFC 6874). */
	n = 1 + span(text + 1, len - 1, LETTERS DIGITS ":.%-_~");
	return n > 1 && n < len && text[n] == ']' ? n + 1 : 0;
}

/* Reads "HOST" or "HOST:PORT", to the end. */
static bool read_authority(const char *text, size_t len, size_t *ret_host_len)
{
	size_t host_len = measure_host(text, len), port_len;
	char port[sizeof("65535")] = "";
	uint64_t number;

	if (!host_len)
		return false;
	*ret_host_len = host_len;
	if (host_len == len)
		return true;
	port_len = len - host_len - 1;
	if (text[host_len] != ':' || port_len >= sizeof(port))
		return false;
	memcpy(port, text + host_len + 1, port_len);
	return text_number(port, 1, PORT_MAX, &number);
}

static bool is_localhost(const char *host, size_t len)
{
	static const char name[] = "localhost";

	for (size_t i = 0; i < len && i < sizeof(name) - 1; i++) {
		if ((host[i] | 0x20) != name[i])
			return false;
	}
	return len == sizeof(name) - 1;
}

/* Four decimal numbers, each written in its one way: "127.1" and "127.0.0.01" are other addresses
 * to some readers. */
static bool read_v4(const char *host, size_t len, uint8_t ret_address[4])
{
	char text[sizeof("255.255.255.255")] = "";
	const char *at = text;
	uint32_t value;

	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	for (unsigned i = 0; i < 4; i++) {
		if ((i && *at++ != '.') || !text_decimal(&at, &value) || value > UINT8_MAX)
			return false;
		ret_address[i] = (uint8_t)value;
	}
	return !*at;
}

/* Whether "HOST" or "HOST:PORT" is this machine: localhost (RFC 6761, 6.3), an IPv4 address of
 * 127.0.0.0/8 as four decimal numbers, or [::1]. Other ways to write these are not accepted. */
static bool is_loopback(const char *authority, size_t len)
{
	static const char v6[] = "[::1]";
	uint8_t address[4];
	size_t host_len;

	if (!read_authority(authority, len, &host_len))
		return false;
	return is_localhost(authority, host_len) ||
	       (read_v4(authority, host_len, address) &&
		       address_is_loopback(address, sizeof(address))) ||
	       (host_len == sizeof(v6) - 1 && !memcmp(authority, v6, host_len));
}

int url_parse(const char *text, struct url *ret_url, struct error *err)
{
	struct url url = {.is_plain = strncmp(text, "http://", 7) == 0};
	const char *user;
	size_t len;

	if (!url.is_plain && strncmp(text, "https://", 8) != 0)
		return error_set(err, ERROR_CONFIG, "begins neither with https:// nor http://");
	for (const char *at = text; *at; at++) {
		/* Some readers take a backslash for a slash. */
		if (*at <= ' ' || *at > '~' || *at == '\\')
			return error_set(err, ERROR_CONFIG,
				"holds a blank, a backslash or what is no printable ASCII");
	}
	url.host = text + (url.is_plain ? 7 : 8);
	len = strcspn(url.host, "/?#");
	url.has_query = strpbrk(url.host + len, "?#") != NULL;
	user = memchr(url.host, '@', len);
	if (user) {
		url.has_user = true;
		len -= (size_t)(user + 1 - url.host);
		url.host = user + 1;
	}
	if (!read_authority(url.host, len, &url.host_len))
		return error_set(err, ERROR_CONFIG,
			"names no host, or not as HOST, HOST:PORT or [IPV6]:PORT");
	url.is_loopback = is_loopback(url.host, len);
	*ret_url = url;
	return 0;
}

int url_parse_collector(const char *text, struct url *ret_url, struct error *err)
{
	struct url url;
	int rc = url_parse(text, &url, err);

	if (rc)
		return rc;
	if (url.has_user || url.has_query)
		return error_set(err, ERROR_CONFIG, "holds a user, a query or a fragment");
	if (url.is_plain && !url.is_loopback)
		return error_set(err, ERROR_CONFIG,
			"plain http:// is for a collector on loopback only; use https://");
	*ret_url = url;
	return 0;
}

void url_append_escaped(struct buf *to, const char *text)
{
	for (; *text; text++) {
		if (strchr(LETTERS DIGITS "-._~", *text))
			buf_append(to, text, 1);
		else
			buf_printf(to, "%%%02X", (unsigned char)*text);
	}
}
