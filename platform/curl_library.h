/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl, loaded when something is to be reported and not before: with the thirty libraries it
 * brings along it would cost every other command more than the TPM does. Each operating system
 * fills the table its own way. */
#ifndef PLATFORM_CURL_LIBRARY_H
#define PLATFORM_CURL_LIBRARY_H

#include <curl/curl.h>

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

/* A CURLOPT_OPENSOCKETFUNCTION that refuses what address_is_public() does not know as public. It
 * judges the address that is connected to, not one that was looked up before: a name that changes
 * its address in between gains nothing. */
curl_socket_t curl_library_open_public(
	void *context, curlsocktype purpose, struct curl_sockaddr *address);

#endif
