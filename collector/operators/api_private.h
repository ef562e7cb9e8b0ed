/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of collector/operators/ share, from what all of them need up to the handlers:
 * docs/protocol.md, "Operators' requests". */
#ifndef COLLECTOR_API_PRIVATE_H
#define COLLECTOR_API_PRIVATE_H

#include <pthread.h>

#include "collector/http/http.h"
#include "collector/http/tokens.h"
#include "collector/store/store.h"
#include "collector/trust.h"
#include "collector/writer.h"
#include "core/json/tree.h"

#define API_BODY_MAX        4096
#define API_PAGE_DEFAULT    50
#define API_PAGE_MAX        200
#define API_TOKENS_MAX      200 /* made by one request */
#define API_TOKENS_BODY_MAX 16384
#define API_WAIT_MAX_S      60

struct api {
	struct store *store;
	struct writer *writer;
	struct trust *trust;
	struct sessions *sessions;
	const char *enrolment; /* the policy's name */
	uint32_t retention_days;
	const char *store_name; /* "sqlite", "postgresql" */
	struct api_wait *wait;
	uint64_t started_ms;
	pthread_mutex_t counts_lock;
	struct store_counts counts; /* as they were then: counting looks at every VM */
	uint64_t counted_ms;
};

/* Answers with what went wrong in the store. */
void api_reply_error(struct http_request *request, const struct error *err);
void api_reply_malformed(struct http_request *request, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* These read a part of the request, or answer it as malformed and return false. */
bool api_read_uuid(struct http_request *request, char ret_uuid[TEXT_UUID_SIZE]);
bool api_read_id(struct http_request *request, uint64_t *ret_id);
bool api_query_number(struct http_request *request, const char *name, uint64_t min, uint64_t max,
	uint64_t *ret_value); /* untouched where the parameter is missing */
bool api_read_body(struct http_request *request, struct json_tree *ret_body); /* may be empty */
/* Where the member is missing it is false. */
bool api_read_flag(struct http_request *request, const struct json_tree *body, const char *name,
	bool *ret_value);

/* VMs by status and continuity, at most a second old. */
int api_counts(struct api *api, struct store_counts *ret_counts, struct error *err);

/* Records as docs/protocol.md has them. NULL when memory is short. */
json_t *api_vm_json(const struct store_vm *vm, uint64_t now_ms);
json_t *api_appraisal_json(const struct store_appraisal *appraisal, bool has_verdict);
json_t *api_claim_json(const struct store_claim *claim);
json_t *api_audit_json(const struct store_audit *audit);

/* One line of an export, with its newline: ECS. It says whether its hash is right. */
void api_appraisal_ecs(struct buf *to, const struct store_appraisal *appraisal);
void api_audit_ecs(struct buf *to, const struct store_audit *audit);
void api_claim_ecs(struct buf *to, const struct store_claim *claim); /* it has no hash */

/* A VM's timeline, newest first: reports after number `newer`, from report `from` on where that is
 * not 0. *ret_count: how many. Errors: NOT_FOUND and the store's. */
int api_timeline(struct api *api, const char *uuid, uint64_t from, uint64_t newer, size_t limit,
	json_t **ret_json, size_t *ret_count, struct error *err);

/* Audit events of imported CAs. */
#define API_TRUST_ACTION "trust-ca"

/* Writes the event's detail: which CAs are trusted now, of which `added` are new. */
int api_print_trust(
	struct trust *trust, size_t added, struct store_audit *audit, struct error *err);

/* What is wrong with the trusted CAs by the audit log; empty: nothing. */
int api_compare_trust(struct api *api, char *what, size_t size, struct error *err);

/* Requests that wait for a report. */
int api_wait_open(struct api *api, struct api_wait **ret_wait, struct error *err);
void api_wait_close(struct api_wait *wait);
void api_wait_wake(struct api_wait *wait, const char *uuid);
/* Takes the request over, or returns false: too many of its caller's share wait. */
bool api_wait_add(struct api_wait *wait, struct http_request *request, const char *uuid,
	uint64_t newer, uint64_t seconds);

/* Handlers; the context is the API. */
http_handler api_list_vms, api_read_vm, api_list_appraisals, api_list_claims, api_read_boot;
http_handler api_read_appraisal, api_read_evidence, api_read_event_log;
http_handler api_list_heads, api_verify_vms, api_verify_history, api_verify_owners, api_verify_logs,
	api_verify_audit;
http_handler api_announce, api_accept, api_list_cas, api_add_ca;
http_handler api_export_vm, api_forget;
http_handler api_make_tokens, api_list_tokens, api_revoke_token;
http_handler api_read_result, api_list_result_keys, api_rotate_result_key;
http_handler api_make_code, api_begin_session, api_end_session;
http_handler api_export, api_export_audit, api_export_claims, api_list_audit, api_status,
	api_metrics;
http_handler api_describe, api_read_schema;

#endif
