/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector copy: a whole history moved from one store to another, and verified there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/commands.h"
#include "collector/config_file.h"
#include "collector/shared_file.h"
#include "collector/store_url.h"
#include "core/text.h"
#include "platform/system.h"

#define FILE_MAX  ((size_t)64 * 1024 * 1024)
#define PAGE      256
/* One that was stopped may still be ending. */
#define SETTLE_US 2000000

struct verifying {
	struct store *store;
	struct buf out;
	uint64_t vms, reports, events, logs, faults;
	char uuids[PAGE][TEXT_UUID_SIZE];
	size_t count;
};

/* --- as `verify` does, but for judging again --- */

static void take(
	struct verifying *verifying, const char *where, const struct store_verification *found)
{
	for (size_t i = 0; i < found->fault_count; i++) {
		buf_printf(&verifying->out, "%s: ", where);
		if (found->faults[i].where)
			buf_printf(&verifying->out, "%" PRIu64 ": ", found->faults[i].where);
		text_escape(&verifying->out, found->faults[i].what, true);
		buf_append_text(&verifying->out, "\n");
	}
	verifying->faults += found->fault_count;
}

static int verify_vm(struct verifying *verifying, const char *uuid, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done) {
		rc = store_verify_history(verifying->store, uuid, &found, err);
		if (!rc)
			take(verifying, uuid, &found);
	}
	verifying->vms++;
	verifying->reports += found.count;
	return rc;
}

static bool keep(const char *uuid, void *context)
{
	struct verifying *verifying = context;

	memcpy(verifying->uuids[verifying->count++], uuid, TEXT_UUID_SIZE);
	return true;
}

static int verify_vms(struct verifying *verifying, struct error *err)
{
	char after[TEXT_UUID_SIZE] = "";
	int rc;

	do {
		verifying->count = 0;
		rc = store_list_uuids(verifying->store, after, PAGE, keep, verifying, err);
		for (size_t i = 0; !rc && i < verifying->count; i++)
			rc = verify_vm(verifying, verifying->uuids[i], err);
		if (verifying->count)
			memcpy(after, verifying->uuids[verifying->count - 1], sizeof(after));
	} while (!rc && verifying->count == PAGE);
	return rc;
}

typedef int verify_function(
	struct store *store, struct store_verification *verification, struct error *err);

static int verify_rest(struct verifying *verifying, verify_function *verify, const char *where,
	uint64_t *ret_count, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done) {
		rc = verify(verifying->store, &found, err);
		if (!rc)
			take(verifying, where, &found);
	}
	*ret_count = found.count;
	return rc;
}

static int verify_tokens(struct verifying *verifying, struct error *err)
{
	struct store_verification found = {0};
	int rc = store_verify_tokens(verifying->store, &found, err);

	take(verifying, "store", &found);
	return rc;
}

static int verify_all(struct verifying *verifying, struct error *err)
{
	uint64_t ignored;
	int rc = verify_vms(verifying, err);

	if (!rc)
		rc = verify_rest(verifying, store_verify_owners, "store", &ignored, err);
	if (!rc)
		rc = verify_rest(
			verifying, store_verify_audit, "audit log", &verifying->events, err);
	if (!rc)
		rc = verify_rest(verifying, store_verify_logs, "store", &verifying->logs, err);
	return rc ? rc : verify_tokens(verifying, err);
}

/* --- what belongs to a store and is none of its tables --- */

/* Stores that are one collector's alone have it in a state directory, which none else uses from
 * here on. It is moved where only one of the two is such a store. */
struct moving {
	const char *state;
	bool has_lock;
	intptr_t lock;
};

static int keep_state(const struct options *options, struct moving *moving, struct error *err)
{
	int rc;

	if (store_url_kind(options->copy_from) == store_url_kind(options->copy_to))
		return 0;
	rc = platform_lock_take(
		moving->state, platform_monotonic_us() + SETTLE_US, &moving->lock, err);
	moving->has_lock = rc == 0;
	if (rc == -ERROR_TIMEOUT)
		return error_set(err, ERROR_USAGE,
			"%s: a collector serves with it; stop it first, or name the --state of the "
			"store that is copied",
			moving->state);
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

static int copy_document(
	const struct shared_file *from, const struct shared_file *to, struct error *err)
{
	char place[SHARED_FILE_TEXT_SIZE];
	BUF_SCOPED content = {0}, there = {0};
	int rc = shared_file_read(from, FILE_MAX, &content, err);

	if (rc == -ERROR_NOT_FOUND)
		return 0;
	if (!rc)
		rc = shared_file_read(to, FILE_MAX, &there, err);
	if (rc == -ERROR_NOT_FOUND)
		return shared_file_replace(to, content.data, content.len, err);
	if (rc || (there.len == content.len && !memcmp(there.data, content.data, there.len)))
		return rc;
	shared_file_show(to, place);
	return error_set(err, ERROR_USAGE,
		"%s is there, and says something else than the copied store's: move it away, and "
		"repeat this",
		place);
}

static int copy_documents(
	const struct options *options, struct store *to, const char *state, struct error *err)
{
	static const char *const names[] = {"trust-cas.pem", "webhook-cursor"};
	const bool is_shared = store_url_kind(options->copy_from) == STORE_KIND_POSTGRESQL;
	struct store *from = NULL;
	int rc = 0;

	if (!is_shared && !store_is_shared(to))
		return 0;
	if (is_shared)
		rc = store_url_open(options->copy_from, 0, &from, err);
	for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++) {
		const struct shared_file source = {from, state, names[i]};
		const struct shared_file target = {to, state, names[i]};

		rc = copy_document(&source, &target, err);
	}
	store_close(from);
	return rc;
}

/* --- */

static int print_result(struct verifying *verifying, struct error *err)
{
	struct buf *out = &verifying->out;

	buf_printf(out,
		"copied and verified: VMs: %" PRIu64 ", reports: %" PRIu64 ", event logs: %" PRIu64
		", audit events: %" PRIu64 ", faults: %" PRIu64 "\n",
		verifying->vms, verifying->reports, verifying->logs, verifying->events,
		verifying->faults);
	if (out->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (fwrite(out->data, 1, out->len, stdout) != out->len || fflush(stdout))
		return error_set(err, ERROR_IO, "standard output: nothing more can be written");
	return 0;
}

/* The mark goes last: what takes it for done may serve from it at once. */
static int work(const struct options *options, const char *state, struct verifying *verifying,
	struct error *err)
{
	struct store_copy copy;
	int rc = store_url_copy_begin(options->copy_from, options->copy_to, &copy, err);

	if (!rc)
		rc = store_copy_rows(&copy, err);
	if (!rc)
		rc = store_url_copy_read(options->copy_to, &verifying->store, err);
	if (!rc && !copy.was_finished)
		rc = copy_documents(options, verifying->store, state, err);
	if (!rc)
		rc = verify_all(verifying, err);
	store_close(verifying->store);
	if (!rc)
		rc = store_copy_finish(&copy, err);
	store_url_copy_end(&copy);
	return rc ? rc : print_result(verifying, err);
}

static int refuse_options(const struct options *options, struct error *err)
{
	if (!*options->copy_from || !*options->copy_to)
		return error_set(err, ERROR_USAGE, "copy needs --from URL and --to URL");
	if (store_url_has_password(options->copy_from) || store_url_has_password(options->copy_to))
		return error_set(err, ERROR_USAGE,
			"a password in a URL stands in the list of processes: keep it in a file "
			"that PGPASSFILE names");
	return 0;
}

int command_copy(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct verifying verifying = {0};
	struct moving moving = {0};
	struct config config;
	int rc = refuse_options(options, err);

	/* What is made is readable by this account alone, as the service's. */
	umask(077);
	if (!rc)
		rc = config_read(options, &config, err);
	moving.state = config.state;
	if (!rc)
		rc = keep_state(options, &moving, err);
	if (!rc)
		rc = work(options, config.state, &verifying, err);
	if (moving.has_lock)
		platform_lock_end(moving.lock);
	buf_free(&verifying.out);
	if (!rc)
		*ret_code = verifying.faults ? EXIT_CODE_BROKEN : EXIT_CODE_HEALTHY;
	return rc;
}
