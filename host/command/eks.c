/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which EKs the vTPMs of this host's guests have, for a collector's allowlist: where certificates
 * name no VM, the host alone knows which vTPM is whose. They come from what the guests showed this
 * host, through their agents. That a vTPM has the EK it shows, it proves to the collector.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/json/text.h"
#include "core/log.h"
#include "core/signed/quote.h"
#include "core/tcg/tcg.h"
#include "core/text.h"
#include "host/command/commands.h"
#include "host/config.h"
#include "host/confirm/relay_check.h"
#include "host/output.h"
#include "host/watch/own_baseline.h"
#include "link/evidence_file.h"

#define PRINT_SIZE 32

struct output {
	struct buf lines;
	json_t *guests; /* NULL: lines */
	size_t count, left_out;
};

static int digest_key(
	const struct evidence_key *key, char ret_hex[2 * PRINT_SIZE + 1], struct error *err)
{
	const struct crypto_bytes bytes = {key->public_area.data, key->public_area.len};
	uint8_t print[TCG_DIGEST_MAX];
	int rc = crypto_digest(TCG_ALG_SHA256, &bytes, 1, print, err);

	if (!rc)
		text_hex(print, PRINT_SIZE, ret_hex, 2 * PRINT_SIZE + 1);
	return rc;
}

static void add_line(
	struct buf *lines, const char *uuid, const struct evidence_key *key, const char *print)
{
	buf_printf(lines, "%s %s # %s\n", uuid, print, key->bits ? "RSA" : "ECC");
}

static int add_json(json_t *guests, const char *uuid, const struct evidence_key *key,
	const char *print, struct error *err)
{
	json_t *one = json_pack(
		"{s:s, s:s, s:s}", "uuid", uuid, "ek", print, "type", key->bits ? "rsa" : "ecc");

	return json_array_append_new(guests, one) ? error_set(err, ERROR_NO_MEMORY, "out of memory")
						  : 0;
}

static int add_guest(
	struct output *output, const char *uuid, const struct evidence *evidence, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < evidence->eks.keys.count; i++) {
		const struct evidence_key *key = &evidence->eks.keys.items[i];
		char print[2 * PRINT_SIZE + 1];

		if (!key->public_area.len)
			continue;
		rc = digest_key(key, print, err);
		if (!rc && output->guests)
			rc = add_json(output->guests, uuid, key, print, err);
		else if (!rc)
			add_line(&output->lines, uuid, key, print);
		output->count += !rc;
	}
	return rc;
}

static int read_one(
	const char *directory, const char *uuid, struct evidence **ret_evidence, struct error *err)
{
	char path[BASELINE_PATH_SIZE];
	struct attest_quote quote;
	EVIDENCE_SCOPED *evidence = NULL;
	int rc = baseline_file_name(directory, uuid, "", path, err);

	if (!rc)
		rc = evidence_file_read(path, &evidence, err);
	if (rc)
		return rc;
	rc = relay_check_evidence(evidence->smbios.uuid, uuid, err);
	if (!rc)
		rc = quote_verify(evidence, NULL, 0, &quote, err);
	if (rc) {
		error_wrap(err, "%s", path);
		return rc;
	}
	*ret_evidence = evidence;
	evidence = NULL;
	return 0;
}

/* What cannot be believed is told of, and left out. */
static int add_file(
	struct output *output, const char *directory, const char *uuid, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;

	if (!read_one(directory, uuid, &evidence, err))
		return add_guest(output, uuid, evidence, err);
	log_write(LOG_LEVEL_WARNING, "%s", err->message);
	output->left_out++;
	return 0;
}

static int add_all(struct output *output, const char *directory, struct error *err)
{
	DIR *files = opendir(directory);
	struct dirent *entry;
	int rc = 0;

	if (!files)
		return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_PERMISSION,
			"open %s: %s", directory, strerror(errno));
	while (!rc && (entry = readdir(files))) {
		char uuid[TEXT_UUID_SIZE];

		if (baseline_file_is_of(entry->d_name, uuid))
			rc = add_file(output, directory, uuid, err);
	}
	closedir(files);
	if (!rc && !output->count)
		rc = error_set(err, ERROR_NOT_FOUND, "no vTPM with an EK in %s", directory);
	return rc;
}

static int show(struct output *output, struct error *err)
{
	json_t *guests = output->guests;

	output->guests = NULL;
	return guests ? host_output_json(
				json_pack("{s:s, s:o}", "format", "vtpm-host-eks/1", "eks", guests),
				err)
		      : host_output_text(&output->lines, err);
}

int command_eks(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	char directory[BASELINE_PATH_SIZE];
	struct output output = {0};
	struct host_options all;
	int rc = config_read(options, &all, err);

	if (rc)
		return rc;
	own_baseline_directory(all.watch.state, directory);
	output.guests = all.is_json ? json_array() : NULL;
	rc = add_all(&output, all.domain ? all.domain : directory, err);
	if (!rc)
		rc = show(&output, err);
	if (!rc)
		*ret_code = output.left_out ? EXIT_CODE_UNKNOWN : EXIT_CODE_HEALTHY;
	json_decref(output.guests);
	buf_free(&output.lines);
	return rc;
}
