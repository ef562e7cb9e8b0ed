/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_checkpoints.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/checkpoint/signature.h"
#include "collector/checkpoint/timestamp.h"
#include "collector/client/client_page.h"
#include "platform/system.h"

#define FILE_MAX ((size_t)256 * 1024 * 1024)
#define PEM_MAX  ((size_t)1024 * 1024)

struct checkpoints {
	const struct options *options;
	const struct client_against *against;
	struct buf key, cas; /* empty: not asked for */
	struct client_checkpoints *to;
};

static int tell(const struct checkpoints *checkpoints, const struct checkpoint_block *block,
	const char *what, struct error *err)
{
	const struct client_against *against = checkpoints->against;

	checkpoints->to->faults++;
	return against->fault(block->checkpoint.time, "", what, against->context, err);
}

/* Only what says that it is wrong is a fault: a file without a key is not. */
static int tell_failure(const struct checkpoints *checkpoints, const struct checkpoint_block *block,
	const char *kind, int rc, struct error *err)
{
	char what[320];

	if (rc != -ERROR_CRYPTO && rc != -ERROR_MALFORMED)
		return rc;
	snprintf(what, sizeof(what), "its %s: %.250s", kind, err->message);
	return tell(checkpoints, block, what, err);
}

static int check_signature(const struct checkpoints *checkpoints,
	const struct checkpoint_block *block, struct error *err)
{
	int rc;

	if (!checkpoints->key.len)
		return 0;
	if (!block->signature.len)
		return tell(checkpoints, block, "it is not signed", err);
	rc = checkpoint_check_signature(&checkpoints->key, &block->line, &block->signature, err);
	if (rc == -ERROR_CONFIG)
		return error_wrap(err, "%s", checkpoints->options->signed_by);
	return rc ? tell_failure(checkpoints, block, "signature", rc, err) : 0;
}

static int check_timestamp(const struct checkpoints *checkpoints,
	const struct checkpoint_block *block, char ret_time[TEXT_TIME_SIZE], struct error *err)
{
	int rc;

	if (!checkpoints->cas.len)
		return 0;
	if (!block->timestamp.len)
		return tell(checkpoints, block, "it has no time stamp", err);
	rc = timestamp_check(&block->stamped, &block->timestamp, &checkpoints->cas, ret_time, err);
	if (rc == -ERROR_CONFIG)
		return error_wrap(err, "%s", checkpoints->options->tsa_ca);
	return rc ? tell_failure(checkpoints, block, "time stamp", rc, err) : 0;
}

struct outcome {
	bool is_there;
	uint64_t expired;
	char stamped[TEXT_TIME_SIZE];
};

static void print_expired(struct buf *to, const struct checkpoint_block *block, uint64_t expired)
{
	if (block->heads.len)
		buf_printf(to,
			"; %" PRIu64
			" VMs whose reports of then have expired or that were forgotten",
			expired);
	else
		buf_printf(to,
			"; reports of %" PRIu64
			" VMs have expired or were forgotten: of their history only a "
			"checkpoint in the long form (--full) tells",
			expired);
}

static int print_outcome(
	const struct checkpoint_block *block, const struct outcome *outcome, struct error *err)
{
	const struct checkpoint *then = &block->checkpoint;
	BUF_SCOPED line = {0};

	if (!outcome->is_there)
		return 0;
	buf_printf(&line,
		"checkpoint %s: %" PRIu64 " VMs, reports up to %" PRIu64
		", audit events up to %" PRIu64,
		then->time, then->vms, then->reports, then->events);
	buf_append_text(&line,
		outcome->expired && !block->heads.len ? ": nothing contradicts it" : ": all there");
	if (outcome->expired)
		print_expired(&line, block, outcome->expired);
	if (*outcome->stamped)
		buf_printf(&line, "; stamped at %s", outcome->stamped);
	buf_append_text(&line, "\n");
	return client_put(&line, err);
}

static json_t *outcome_json(const struct checkpoint_block *block, const struct outcome *outcome)
{
	return json_pack("{s:s, s:b, s:I, s:o}", "time", block->checkpoint.time, "is_there",
		outcome->is_there, "expired", (json_int_t)outcome->expired, "stamped",
		*outcome->stamped ? json_string(outcome->stamped) : json_null());
}

static int check_block(
	struct checkpoints *checkpoints, const struct checkpoint_block *block, struct error *err)
{
	struct client_checkpoints *to = checkpoints->to;
	struct outcome outcome = {.stamped = ""};
	uint64_t before = to->faults;
	int rc = check_signature(checkpoints, block, err);

	if (!rc)
		rc = check_timestamp(checkpoints, block, outcome.stamped, err);
	if (!rc)
		rc = client_against_check(
			checkpoints->against, block, &to->faults, &outcome.expired, err);
	if (rc)
		return rc;
	outcome.is_there = to->faults == before;
	to->unknown += outcome.expired && !block->heads.len;
	json_array_append_new(to->checked, outcome_json(block, &outcome));
	return checkpoints->options->is_json ? 0 : print_outcome(block, &outcome, err);
}

static int check_all(struct checkpoints *checkpoints, const struct buf *text, struct error *err)
{
	struct crypto_bytes at = {text->data, text->len};
	unsigned line_number = 0;
	size_t count = 0;
	int rc;

	for (;;) {
		struct checkpoint_block block;
		bool is_there;

		rc = checkpoint_read(&at, &line_number, &block, &is_there, err);
		if (rc)
			return error_wrap(err, "%s", checkpoints->options->against);
		if (!is_there)
			break;
		count++;
		rc = check_block(checkpoints, &block, err);
		if (rc)
			return rc;
	}
	return count ? 0
		     : error_set(err, ERROR_MALFORMED, "%s has no checkpoint",
			       checkpoints->options->against);
}

static int read_if_named(const char *path, struct buf *to, struct error *err)
{
	return *path ? platform_file_read(path, PEM_MAX, to, err) : 0;
}

int client_checkpoints_check(const struct options *options, const struct client_against *against,
	struct client_checkpoints *ret, struct error *err)
{
	struct checkpoints checkpoints = {.options = options, .against = against, .to = ret};
	BUF_SCOPED text = {0};
	int rc = platform_file_read(options->against, FILE_MAX, &text, err);

	ret->checked = json_array();
	if (!rc)
		rc = read_if_named(options->signed_by, &checkpoints.key, err);
	if (!rc)
		rc = read_if_named(options->tsa_ca, &checkpoints.cas, err);
	if (!rc)
		rc = check_all(&checkpoints, &text, err);
	buf_free(&checkpoints.key);
	buf_free(&checkpoints.cas);
	return rc;
}
