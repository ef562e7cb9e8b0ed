/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/tokens.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "link/token_file.h"
#include "platform/system.h"

#define FILE_MAX      65536
#define TOKEN_LEN_MIN 20

static const char *const role_names[] = {[HTTP_ROLE_ADMIN] = "admin",
	[HTTP_ROLE_VIEWER] = "viewer",
	[HTTP_ROLE_AGENT] = "agent",
	[HTTP_ROLE_HOST] = "host",
	[HTTP_ROLE_ANYONE] = "anyone"};

const char *http_role_name(enum http_role role)
{
	return role_names[role];
}

static int check_private(const char *path, mode_t forbidden, struct error *err)
{
	struct stat file;
	int rc = 0;

	if (stat(path, &file) || file.st_mode & forbidden)
		rc = error_set(err, ERROR_CONFIG, "%s: %s; run: chmod go-%s %s", path,
			forbidden & 044 ? "others may read this token" : "others may write it",
			forbidden & 044 ? "rwx" : "w", path);
	return rc;
}

/* `vm` is a canonical UUID, or empty. */
static int add(struct tokens *tokens, enum http_role role, const char *name, const char *vm,
	const uint8_t digest[32], struct error *err)
{
	struct token *item = &tokens->items[tokens->count];

	if (tokens->count == TOKENS_MAX)
		return error_set(err, ERROR_CONFIG, "more than %d credentials", TOKENS_MAX);
	item->role = role;
	snprintf(item->name, sizeof(item->name), "%s", name);
	snprintf(item->vm, sizeof(item->vm), "%s", vm);
	memcpy(item->digest, digest, 32);
	tokens->count++;
	return 0;
}

static int make_file(const char *path, struct error *err)
{
	char line[TOKEN_SIZE + 1];
	int rc = token_make(line, err);

	if (rc)
		return rc;
	memcpy(line + TOKEN_SIZE - 1, "\n", 2);
	return platform_file_replace(path, line, TOKEN_SIZE, err);
}

int tokens_add_file(struct tokens *tokens, enum http_role role, const char *name, const char *path,
	bool *ret_made, struct error *err)
{
	BUF_SCOPED token = {0};
	uint8_t digest[32];
	int rc = token_file_read(path, &token, err);

	if (ret_made)
		*ret_made = rc == -ERROR_NOT_FOUND;
	if (rc == -ERROR_NOT_FOUND && ret_made) {
		rc = make_file(path, err);
		if (!rc)
			rc = token_file_read(path, &token, err);
	}
	if (!rc)
		rc = check_private(path, 077, err);
	if (!rc && token.len < TOKEN_LEN_MIN)
		rc = error_set(err, ERROR_CONFIG,
			"%s: not one line with a token of %d characters or more", path,
			TOKEN_LEN_MIN);
	if (!rc)
		rc = token_digest((char *)token.data, token.len, digest, err);
	return rc ? rc : add(tokens, role, name, "", digest, err);
}

static int add_line(struct tokens *tokens, const char *line, struct error *err)
{
	char role[16], name[64], hex[65], uuid[64] = "", rest[2], vm[TEXT_UUID_SIZE] = "";
	uint8_t digest[32];
	unsigned i = HTTP_ROLE_ADMIN;
	int fields = sscanf(line, "%15s %63s %64s %63s %1s", role, name, hex, uuid, rest);

	if (fields < 1 || role[0] == '#')
		return 0;
	while (i < HTTP_ROLE_ANYONE && strcmp(role, role_names[i]) != 0)
		i++;
	if (i == HTTP_ROLE_ANYONE)
		return error_set(
			err, ERROR_CONFIG, "\"%s\" is none of admin, viewer, agent, host", role);
	if (fields == 4 && (i != HTTP_ROLE_AGENT || !text_uuid(uuid, vm)))
		return error_set(err, ERROR_CONFIG,
			"after the digest: not the UUID of the VM that an agent's token is for");
	if (fields < 3 || fields > 4 || text_unhex(hex, strlen(hex), digest, sizeof(digest)) != 32)
		return error_set(err, ERROR_CONFIG,
			"not \"ROLE NAME SHA256 [UUID]\", the token's digest in 64 hexadecimal "
			"digits");
	return add(tokens, (enum http_role)i, name, vm, digest, err);
}

int tokens_add_digests(struct tokens *tokens, const char *path, struct error *err)
{
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, FILE_MAX, &text, err);
	char *save = NULL, *at = (char *)text.data;
	size_t number = 0;

	if (!rc)
		rc = check_private(path, 022, err);
	if (!rc && text.len && memchr(text.data, 0, text.len))
		rc = error_set(err, ERROR_CONFIG, "%s: holds a NUL byte", path);
	while (!rc && at && (save = strsep(&at, "\n"))) {
		number++;
		if (add_line(tokens, save, err))
			rc = error_wrap(err, "%s: line %zu", path, number);
	}
	return rc;
}

bool tokens_have(const struct tokens *tokens, enum http_role role)
{
	for (size_t i = 0; i < tokens->count; i++) {
		if (tokens->items[i].role == role)
			return true;
	}
	return false;
}

int tokens_find(const struct tokens *tokens, const char *token, size_t len, struct token *ret_token)
{
	const struct token *found = NULL;
	uint8_t digest[TOKEN_DIGEST_SIZE];
	struct error ignored;

	if (token_digest(token, len, digest, &ignored))
		return -1;
	for (size_t i = 0; i < tokens->count; i++) {
		if (token_is_same(digest, tokens->items[i].digest))
			found = &tokens->items[i];
	}
	if (found) {
		*ret_token = *found;
		return 1;
	}
	if (tokens->sessions && sessions_find(tokens->sessions, digest, ret_token))
		return 1;
	return tokens->look_up ? tokens->look_up(tokens->look_up_context, digest, ret_token) : 0;
}
