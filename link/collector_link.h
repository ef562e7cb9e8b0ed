/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a collector: its address, the credential, and requests that have one good answer.
 * Where several addresses are given, they are of collectors that share one store. They are asked in
 * their order, until one answers; requests go on to that one, and to the first again after a while.
 */
#ifndef LINK_COLLECTOR_LINK_H
#define LINK_COLLECTOR_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/text_list.h"

#define COLLECTOR_LINK_URLS_MAX 8

struct collector_link;

/* Where the collector is, and how to reach it; empty: not set. */
struct collector_link_options {
	struct text_list urls;
	char ca[512];         /* PEM file: these CAs and no others */
	char token_file[512]; /* its one line is the credential */
	char certificate[512], key[512];
	char proxy[512]; /* URL; empty: as the environment says */
};

/* `to` is borrowed until collector_link_close(). `is_cancelled` is asked while the network is
 * waited for, and may be NULL. Errors: CONFIG (URL, token file), UNSUPPORTED (no libcurl),
 * NO_MEMORY. */
int collector_link_open(const struct collector_link_options *to,
	bool (*is_cancelled)(void *context), void *context, struct collector_link **ret_link,
	struct error *err);
void collector_link_close(struct collector_link *link);

/* An exchange begins: now the first collector may be gone back to, which is never done between a
 * challenge and its answer. */
void collector_link_begin(struct collector_link *link);

/* The URL that the last request went to. It lives as long as the options. */
const char *collector_link_url(const struct collector_link *link);

/* Posts `request` to a route such as "/v1/reports"; ret_body is the answer's when its status is
 * `status`, and the caller frees it. Goes on to the next collector where one does not answer, or
 * cannot, each in its share of the time, and to none twice in an exchange. ret_retry_after_s, where
 * it fails, is what the collector asked to wait, the longest time where several did; or 0. Errors:
 * those of http_client_send() and message_refuse(), of the last one; of several that did not
 * answer, one that may pass, if there is. */
int collector_link_post(struct collector_link *link, const char *route, const struct buf *request,
	unsigned status, uint64_t deadline_us, struct buf *ret_body, uint32_t *ret_retry_after_s,
	struct error *err);

/* To the same collector bytes that are no JSON: any status from 200 to 299 is good, and its answer
 * says nothing more. ret_status is set in any case; 0: there was no answer. */
int collector_link_upload(struct collector_link *link, const char *route, const struct buf *bytes,
	uint64_t deadline_us, unsigned *ret_status, struct error *err);

/* What is left until the deadline; 0 when it has passed. */
uint64_t collector_link_left_ms(uint64_t deadline_us);

#endif
