/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector forget: the end of a VM, after its reports are in a file where that is asked. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/text.h"

#define HASH_SIZE    65  /* in hexadecimal */
#define TRIES        8   /* reports may come in between */
#define COMMENT_MAX  199 /* bytes: what the collector takes */
#define NEWER_REPORT "newer-report"

struct exporting {
	struct client *client;
	const char *uuid, *path;
	int file;
	int64_t newest;         /* report; 0: there is none */
	int64_t last;           /* the one that was written last, */
	int64_t previous;       /* and the one before that */
	char linked[HASH_SIZE]; /* whose hash that is; empty: not known */
};

static int fail(const struct exporting *exporting, struct error *err)
{
	return error_set(err, ERROR_IO, "%s: %s", exporting->path, strerror(errno));
}

static int write_all(const struct exporting *exporting, const struct buf *lines, struct error *err)
{
	size_t done = 0;

	while (done < lines->len) {
		ssize_t count = write(exporting->file, lines->data + done, lines->len - done);

		if (count < 0 && errno != EINTR)
			return fail(exporting, err);
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

/* The newest comes first: each line is the report that the one before links to. */
static int take_line(struct exporting *exporting, const char *text, size_t len, struct error *err)
{
	struct error ignored;
	JSON_TREE_SCOPED line = {0};
	const struct json_node *vtpm;
	const char *hash;
	bool is_right;
	int64_t id;

	json_tree_parse(text, len, len, &line, &ignored);
	vtpm = json_node_member(line.root, "vtpm");
	id = client_number(vtpm, "report");
	hash = client_text(vtpm, "hash");
	is_right = json_node_is_true(json_node_member(vtpm, "is_intact"));
	if (id < 1)
		return error_set(
			err, ERROR_MALFORMED, "the collector's export has a line without a number");
	if (*exporting->linked)
		is_right = is_right && !strcmp(hash, exporting->linked);
	if (!is_right)
		return error_set(err, ERROR_MALFORMED,
			"report %" PRId64 " is not what was written: nothing is forgotten; "
			"`vtpm-collector verify %s` tells more",
			id, exporting->uuid);
	if (!exporting->newest)
		exporting->newest = id;
	exporting->last = id;
	exporting->previous = client_number(vtpm, "previous");
	snprintf(exporting->linked, sizeof(exporting->linked), "%s",
		client_text(vtpm, "previous_hash"));
	return 0;
}

static int take_lines(struct exporting *exporting, const struct buf *lines, struct error *err)
{
	const char *at = (const char *)lines->data, *end = at + lines->len;
	int rc = 0;

	while (!rc && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		rc = take_line(exporting, at, len, err);
		at += len + 1;
	}
	return rc ? rc : write_all(exporting, lines, err);
}

/* *ret_is_empty: nothing is kept from there on. */
static int export_page(
	struct exporting *exporting, int64_t from, bool *ret_is_empty, struct error *err)
{
	BUF_SCOPED lines = {0};
	char path[96];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s/export", exporting->uuid);
	if (from)
		snprintf(path, sizeof(path), "/v1/vms/%s/export?from=%" PRId64, exporting->uuid,
			from);
	rc = client_get_bytes(exporting->client, path, &lines, err);
	*ret_is_empty = !lines.len;
	return rc ? rc : take_lines(exporting, &lines, err);
}

/* A baseline that retention went past is linked no more. */
static int export_baseline(struct exporting *exporting, struct error *err)
{
	JSON_TREE_SCOPED vm = {0};
	bool ignored;
	int64_t baseline;
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s", exporting->uuid);
	rc = client_get(exporting->client, path, CLIENT_TIMEOUT_S, &vm, err);
	baseline = rc ? 0 : client_number(vm.root, "baseline");
	*exporting->linked = 0;
	if (!baseline || baseline >= exporting->last)
		return rc;
	return export_page(exporting, baseline, &ignored, err);
}

static int export_all(struct exporting *exporting, struct error *err)
{
	bool is_empty = false;
	int rc = 0;

	exporting->newest = exporting->last = exporting->previous = 0;
	*exporting->linked = 0;
	do
		rc = export_page(exporting, exporting->previous, &is_empty, err);
	while (!rc && !is_empty && exporting->previous);
	if (!rc)
		rc = export_baseline(exporting, err);
	if (!rc && fsync(exporting->file))
		rc = fail(exporting, err);
	return rc;
}

static int sync_directory(const struct exporting *exporting, struct error *err)
{
	char path[4096];
	int directory, rc = 0;

	if (snprintf(path, sizeof(path), "%s", exporting->path) >= (int)sizeof(path))
		return error_set(err, ERROR_TOO_LARGE, "the path is too long");
	directory = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems know no such thing of a directory. */
	if (directory < 0 || (fsync(directory) && errno != EINVAL))
		rc = fail(exporting, err);
	if (directory >= 0)
		close(directory);
	return rc;
}

/* On stable storage before anything is forgotten. */
static int export_to(struct exporting *exporting, int flags, struct error *err)
{
	int rc;

	exporting->file = open(exporting->path, O_WRONLY | O_CLOEXEC | flags, 0600);
	if (exporting->file < 0)
		return fail(exporting, err);
	rc = export_all(exporting, err);
	if (close(exporting->file) && !rc)
		rc = fail(exporting, err);
	if (!rc)
		rc = sync_directory(exporting, err);
	if (rc)
		unlink(exporting->path);
	return rc;
}

static int forget(struct client *client, const struct options *options, const char *uuid,
	int64_t newest, struct json_tree *ret_answer, struct error *err)
{
	json_t *body = json_object();
	char path[96];

	snprintf(path, sizeof(path), "/v1/vms/%s/removal", uuid);
	if (newest)
		json_object_set_new(body, "report", json_integer((json_int_t)newest));
	if (*options->comment)
		json_object_set_new(body, "comment", json_string(options->comment));
	return client_post(client, path, body, ret_answer, err);
}

/* A refusal that leaves no doubt. A VM that is not there any more may have gone by this request, if
 * its answer was lost and it was sent again. */
static bool is_refused(int rc)
{
	return rc == -ERROR_UNSUPPORTED || rc == -ERROR_PERMISSION;
}

/* The answer may be lost behind the commit: then the file is all that is left. */
static void tell_unknown(const struct exporting *exporting, struct error *err)
{
	const struct error why = *err;

	error_set(err, why.code,
		"%.300s; whether it was forgotten is not known; %.160s has the reports",
		why.message, exporting->path);
}

/* What comes while it is written is in the file, too, or nothing is forgotten. */
static int forget_with_export(struct client *client, const struct options *options,
	const char *uuid, struct json_tree *ret_answer, struct error *err)
{
	struct exporting exporting = {.client = client, .uuid = uuid, .path = options->export_file};
	bool is_newer = true;
	int rc = 0;

	for (int i = 0; is_newer && i < TRIES; i++) {
		rc = export_to(&exporting, i ? O_TRUNC : O_CREAT | O_EXCL, err);
		if (rc)
			return rc;
		rc = forget(client, options, uuid, exporting.newest, ret_answer, err);
		is_newer = rc && !strcmp(client_refusal(client), NEWER_REPORT);
	}
	if (is_refused(rc))
		unlink(exporting.path);
	else if (rc)
		tell_unknown(&exporting, err);
	return rc;
}

static void print_count(
	struct buf *to, const struct json_node *answer, const char *member, const char *noun)
{
	int64_t count = client_number(answer, member);

	buf_printf(to, ", %" PRId64 " %s%s", count, noun, count == 1 ? "" : "s");
}

static int print_answer(
	const struct options *options, const struct json_tree *answer, struct error *err)
{
	const struct json_node *root = answer->root;
	int64_t reports = client_number(root, "reports"), newest = client_number(root, "report");
	BUF_SCOPED result = {0};

	if (options->is_json) {
		client_print_answer(&result, answer);
		return client_put(&result, err);
	}
	buf_printf(&result, "%s is forgotten: %" PRId64 " report%s", client_text(root, "uuid"),
		reports, reports == 1 ? "" : "s");
	if (newest)
		buf_printf(&result, " up to #%" PRId64, newest);
	print_count(&result, root, "event_logs", "event log");
	print_count(&result, root, "claims", "claim");
	print_count(&result, root, "tokens", "token");
	if (*options->export_file)
		buf_printf(&result, "; its reports are in %s", options->export_file);
	buf_append_text(&result, "\n");
	return client_put(&result, err);
}

int command_forget(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	char uuid[TEXT_UUID_SIZE];
	JSON_TREE_SCOPED answer = {0};
	struct client *client = NULL;
	int rc = options_uuid(&options->line, uuid, err);

	if (!rc && strlen(options->comment) > COMMENT_MAX)
		rc = error_set(err, ERROR_USAGE, "--comment: longer than %d bytes", COMMENT_MAX);
	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = *options->export_file ? forget_with_export(client, options, uuid, &answer, err)
					   : forget(client, options, uuid, 0, &answer, err);
	if (!rc)
		rc = print_answer(options, &answer, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
