/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl, loaded when something is to be reported and not before: with the thirty libraries it
 * brings along it would cost every other command more than the TPM does. Each operating system
 * fills the table its own way. */
#ifndef PLATFORM_CURL_LIBRARY_H
#define PLATFORM_CURL_LIBRARY_H

#include <curl/curl.h>
#include <stddef.h>

#include "core/error.h"

struct curl_library {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
	CURLcode (*easy_perform)(CURL *handle);
	CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
	void (*easy_cleanup)(CURL *handle);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
};

/* Stays loaded. Errors: UNSUPPORTED, naming what to install. */
int curl_library_load(struct curl_library *ret_library, struct error *err);

/* Where a socket's address has the network's: `len` bytes at `at`. */
#define CURL_LIBRARY_FAMILIES 2
struct curl_library_family {
	int family;
	size_t at, len;
};
extern const struct curl_library_family curl_library_families[CURL_LIBRARY_FAMILIES];

/* Opens a socket that no program started later inherits; CURL_SOCKET_BAD: there is none. */
curl_socket_t curl_library_open_socket(const struct curl_sockaddr *address);

#endif
