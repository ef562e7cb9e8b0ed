/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector checkpoint: the ends of all chains in one line, to be kept somewhere else. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/checkpoint/signature.h"
#include "collector/checkpoint/timestamp.h"
#include "collector/client/client.h"
#include "collector/client/client_heads.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "link/http_client.h"
#include "platform/system.h"

#define KEY_MAX    16384
#define TIMEOUT_MS 30000

static const struct http_client_words tsa_words = {.server = "time-stamping authority",
	.url = "--timestamp",
	.ca = "the system's CAs",
	.certificate = "",
	.proxy = "https_proxy"};

static int sign(const char *path, struct buf *line, struct error *err)
{
	BUF_SCOPED pem = {0};
	int rc = platform_file_read(path, KEY_MAX, &pem, err);

	if (rc)
		return rc;
	rc = checkpoint_sign(&pem, line, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}

static int ask_authority(
	const char *url, const struct buf *query, struct buf *to, struct error *err)
{
	const struct http_client_options options = {.words = &tsa_words};
	const struct http_client_request request = {.url = url,
		.body = query,
		.content_type = "application/timestamp-query",
		.max = TIMESTAMP_MAX,
		.timeout_ms = TIMEOUT_MS};
	struct http_answer answer = {0};
	struct http_client *client = NULL;
	int rc = http_client_open(&options, &client, err);

	if (!rc)
		rc = http_client_send(client, &request, &answer, err);
	if (!rc && answer.status != 200)
		rc = error_set(
			err, ERROR_IO, "the authority answers with status %u", answer.status);
	if (!rc)
		buf_append(to, answer.body.data, answer.body.len);
	buf_free(&answer.body);
	http_client_close(client);
	return rc;
}

/* Appends the line of a stamp of `line`. */
static int stamp(const char *url, const struct buf *line, struct buf *to, struct error *err)
{
	const struct crypto_bytes whole = {line->data, line->len};
	struct timestamp_request *request = NULL;
	BUF_SCOPED query = {0}, answer = {0};
	int rc = timestamp_request_new(&whole, &request, &query, err);

	if (!rc)
		rc = ask_authority(url, &query, &answer, err);
	buf_append_text(to, "timestamp ");
	if (!rc)
		rc = timestamp_read_answer(request, &answer, to, err);
	buf_append_text(to, "\n");
	timestamp_request_free(request);
	return rc ? error_wrap(err, "%s", url) : 0;
}

/* What cannot be read has no end that could be kept. */
static int check_whole(const struct client_heads *heads, struct error *err)
{
	if (!heads->lost.len)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"VM %.36s has no whole history: see vtpm-collector verify",
		(char *)heads->lost.data);
}

static int print(const struct options *options, struct client_heads *heads, struct buf *to,
	struct error *err)
{
	BUF_SCOPED line = {0};
	int rc = check_whole(heads, err);

	if (rc)
		return rc;
	text_time_ms(platform_wall_clock_ms(), heads->checkpoint.time);
	checkpoint_print(&heads->checkpoint, &line);
	if (*options->sign_key)
		rc = sign(options->sign_key, &line, err);
	buf_append(to, line.data, line.len);
	buf_append_text(to, "\n");
	if (!rc && *options->timestamp)
		rc = stamp(options->timestamp, &line, to, err);
	if (options->is_full)
		buf_append(to, heads->lines.data, heads->lines.len);
	return rc;
}

static int check_url(const char *url, struct error *err)
{
	if (!*url || !strncmp(url, "http://", 7) || !strncmp(url, "https://", 8))
		return 0;
	return error_set(err, ERROR_USAGE,
		"--timestamp %.200s: begins with neither https:// nor http://", url);
}

int command_checkpoint(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct client_progress progress = {0};
	struct client_heads heads = {0};
	struct options_client whom;
	struct client *client = NULL;
	BUF_SCOPED text = {0};
	int rc = check_url(options->timestamp, err);

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = client_heads_read(client, &progress, NULL, &heads, err);
	if (!rc)
		rc = print(options, &heads, &text, err);
	if (!rc)
		rc = client_put(&text, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	client_heads_free(&heads);
	client_close(client);
	return rc;
}
