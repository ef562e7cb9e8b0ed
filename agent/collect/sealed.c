/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/sealed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/collect/slots.h"
#include "core/disk/credential.h"
#include "core/disk/object.h"
#include "core/text.h"
#include "platform/guest.h"
#include "platform/system.h"

static void add_object(struct collect_run *run, const char *path, const struct disk_token *token)
{
	struct unlock_volume *volume = collect_new_volume(run, path);
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (!volume)
		return;
	text_copy_ascii(volume->name, sizeof(volume->name), name, strlen(name));
	collect_add_slot(run, volume, token);
}

/* tpm2_create(1) writes two files: what ends in .pub has its other half in .priv. */
static int read_other_half(const char *path, struct buf *bytes, struct error *err)
{
	static const char public_end[] = ".pub";
	const size_t len = strlen(path), end = sizeof(public_end) - 1;
	char other[OBJECT_PATH_SIZE + 1];

	if (len <= end || strcmp(path + len - end, public_end) != 0)
		return 0;
	snprintf(other, sizeof(other), "%.*s.priv", (int)(len - end), path);
	return platform_file_read(other, OBJECT_MAX, bytes, err);
}

static int read_file(const struct object_name *name, struct disk_token *token, struct error *err)
{
	BUF_SCOPED bytes = {0};
	int rc = platform_file_read(name->path, CREDENTIAL_MAX, &bytes, err);

	if (!rc && bytes.len && credential_is((char *)bytes.data, bytes.len))
		return credential_read((char *)bytes.data, bytes.len, token, err);
	if (!rc)
		rc = read_other_half(name->path, &bytes, err);
	if (!rc)
		object_read(name, bytes.data, bytes.len, token);
	return rc;
}

static bool is_no_object(const struct disk_token *token)
{
	return token->is_told && !token->is_read && token->error.code == ERROR_MALFORMED;
}

/* What the configuration names and cannot be read is lost, unless this user is not meant to read
 * it. Who names it on the command line may have mistyped it. */
static int add_file(struct collect_run *run, const struct object_name *name,
	struct disk_token *token, struct error *err)
{
	const bool must_read = run->options->must_read_sealed;
	struct error why;
	int rc = read_file(name, token, &why);

	if (rc == -ERROR_PERMISSION || rc == -ERROR_NO_MEMORY || (rc && must_read))
		return error_copy(err, &why);
	if (must_read && is_no_object(token)) {
		error_copy(err, &token->error);
		return error_wrap(err, "%s", name->path);
	}
	if (rc)
		*token = (struct disk_token){.type = "file", .is_sealed = true, .error = why};
	add_object(run, name->path, token);
	return 0;
}

int collect_find_named(struct collect_run *run, struct error *err)
{
	const struct collect_options *options = run->options;
	const char *text = options->sealed;
	struct disk_token *token = calloc(1, sizeof(*token));
	int rc = token ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a sealed object");

	for (size_t i = 0; !rc && i < options->sealed_count; i++, text += strlen(text) + 1) {
		struct object_name name;

		/* The options were judged by the same rule. */
		if (!object_name_parse(text, &name))
			rc = add_file(run, &name, token, err);
	}
	free(token);
	return rc;
}

static int add_credential(const struct platform_volume *file, void *context, struct error *err)
{
	struct disk_token *token = calloc(1, sizeof(*token));
	int rc = token ? credential_read((const char *)file->header, file->len, token, err)
		       : error_set(err, ERROR_NO_MEMORY, "no memory for a credential");

	/* The directory is everybody's place for such files, and may have others. */
	if (!rc && token->is_sealed && token->error.code != ERROR_UNSUPPORTED)
		add_object(context, file->device, token);
	free(token);
	return rc;
}

int collect_find_credentials(struct collect_run *run, struct error *err)
{
	return platform_credentials_read(CREDENTIAL_MAX, add_credential, run, err);
}
