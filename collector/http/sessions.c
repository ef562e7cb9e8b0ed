/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/sessions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/system.h"

struct entry {
	struct token token;
	uint64_t until_ms; /* of the monotonic clock; 0: the place is free */
};

struct sessions {
	pthread_mutex_t lock;
	uint64_t last; /* number of a session */
	struct entry codes[SESSIONS_MAX];
	struct entry items[SESSIONS_MAX];
};

int sessions_open(struct sessions **ret_sessions, struct error *err)
{
	struct sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions)
		return error_set(err, ERROR_NO_MEMORY, "no memory for sessions");
	pthread_mutex_init(&sessions->lock, NULL);
	*ret_sessions = sessions;
	return 0;
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

static bool is_by_same(const struct token *left, const struct token *right)
{
	return left->role == right->role && !strcmp(left->name, right->name);
}

/* How many places the credential of `token` has. */
static size_t count_of(const struct entry entries[SESSIONS_MAX], const struct token *token)
{
	size_t count = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		count += entries[i].until_ms && is_by_same(&entries[i].token, token);
	return count;
}

/* A free place, or the oldest of the credential that has the most: else a viewer could end the
 * administrators'. */
static void put(struct entry entries[SESSIONS_MAX], const struct token *token, unsigned seconds)
{
	uint64_t now_ms = platform_monotonic_ms();
	struct entry *to = NULL;
	size_t most = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct entry *entry = &entries[i];
		bool is_free = entry->until_ms <= now_ms;
		size_t count = is_free ? SESSIONS_MAX + 1 : count_of(entries, &entry->token);

		if (!to || count > most || (count == most && entry->until_ms < to->until_ms)) {
			to = entry;
			most = count;
		}
	}
	*to = (struct entry){*token, now_ms + seconds * 1000UL};
}

/* Looks at all of them, so that the time says nothing. */
static struct entry *find(struct entry entries[SESSIONS_MAX], const uint8_t *digest)
{
	uint64_t now_ms = platform_monotonic_ms();
	struct entry *found = NULL;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (token_is_same(entries[i].token.digest, digest) && now_ms < entries[i].until_ms)
			found = &entries[i];
	}
	return found;
}

int sessions_make_code(struct sessions *sessions, enum http_role role, const char *name,
	char ret_code[TOKEN_SIZE], struct error *err)
{
	struct token code = {.role = role};
	int rc = token_make(ret_code, err);

	if (!rc)
		rc = token_digest(ret_code, TOKEN_SIZE - 1, code.digest, err);
	if (rc)
		return rc;
	snprintf(code.name, sizeof(code.name), "%s", name);
	pthread_mutex_lock(&sessions->lock);
	put(sessions->codes, &code, SESSIONS_CODE_S);
	pthread_mutex_unlock(&sessions->lock);
	return 0;
}

int sessions_begin(struct sessions *sessions, const char *code, char ret_token[TOKEN_SIZE],
	struct token *ret_session, struct error *err)
{
	uint8_t code_digest[TOKEN_DIGEST_SIZE], digest[TOKEN_DIGEST_SIZE];
	struct entry *found;
	int rc = token_digest(code, strlen(code), code_digest, err);

	if (!rc)
		rc = token_make(ret_token, err);
	if (!rc)
		rc = token_digest(ret_token, TOKEN_SIZE - 1, digest, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&sessions->lock);
	found = find(sessions->codes, code_digest);
	if (found) {
		*ret_session = found->token;
		ret_session->session = ++sessions->last;
		memcpy(ret_session->digest, digest, sizeof(digest));
		*found = (struct entry){0};
		put(sessions->items, ret_session, SESSIONS_SESSION_S);
	}
	pthread_mutex_unlock(&sessions->lock);
	return found ? 0 : error_set(err, ERROR_NOT_FOUND, "no such code");
}

bool sessions_find(struct sessions *sessions, const uint8_t digest[TOKEN_DIGEST_SIZE],
	struct token *ret_session)
{
	const struct entry *found;

	pthread_mutex_lock(&sessions->lock);
	found = find(sessions->items, digest);
	if (found)
		*ret_session = found->token;
	pthread_mutex_unlock(&sessions->lock);
	return found;
}

void sessions_end(struct sessions *sessions, uint64_t session)
{
	pthread_mutex_lock(&sessions->lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (sessions->items[i].token.session == session)
			sessions->items[i] = (struct entry){0};
	}
	pthread_mutex_unlock(&sessions->lock);
}
