/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store_url.h"

#include <stdio.h>
#include <string.h>

#define SQLITE "sqlite:"

static bool begins_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

enum store_kind store_url_kind(const char *url)
{
	if (begins_with(url, SQLITE "/"))
		return STORE_KIND_SQLITE;
	if (begins_with(url, "postgresql://") || begins_with(url, "postgres://"))
		return STORE_KIND_POSTGRESQL;
	return STORE_KIND_UNKNOWN;
}

const char *store_url_name(const char *url)
{
	static const char *const names[] = {[STORE_KIND_UNKNOWN] = "memory",
		[STORE_KIND_SQLITE] = "sqlite",
		[STORE_KIND_POSTGRESQL] = "postgresql"};

	return names[store_url_kind(url)];
}

void store_url_show(const char *url, char *ret_text, size_t size)
{
	const char *rest = strstr(url, "//"), *at;

	if (store_url_kind(url) != STORE_KIND_POSTGRESQL || !rest) {
		snprintf(ret_text, size, "%s",
			begins_with(url, SQLITE) ? url + strlen(SQLITE) : url);
		return;
	}
	rest += 2;
	at = memchr(rest, '@', strcspn(rest, "/?"));
	if (at)
		rest = at + 1;
	snprintf(ret_text, size, "postgresql://%.*s", (int)strcspn(rest, "?"), rest);
}

bool store_url_has_password(const char *url)
{
	const char *rest = strstr(url, "//"), *at, *query;

	if (store_url_kind(url) != STORE_KIND_POSTGRESQL || !rest)
		return false;
	rest += 2;
	at = memchr(rest, '@', strcspn(rest, "/?"));
	query = strchr(rest, '?');
	return (at && memchr(rest, ':', (size_t)(at - rest))) ||
	       (query && strstr(query, "password="));
}

int store_url_open(const char *url, uint64_t max_bytes, struct store **ret_store, struct error *err)
{
	switch (store_url_kind(url)) {
	case STORE_KIND_SQLITE:
		return store_sqlite_open(url + strlen(SQLITE), max_bytes, ret_store, err);
	case STORE_KIND_POSTGRESQL:
		return store_postgresql_open(url, max_bytes, ret_store, err);
	default:
		return error_set(
			err, ERROR_CONFIG, "%s: neither sqlite:/PATH nor postgresql://...", url);
	}
}

int store_url_init(const char *url, const char *role, struct error *err)
{
	struct store *store;
	int rc;

	if (store_url_kind(url) == STORE_KIND_POSTGRESQL)
		return store_postgresql_init(url, role, err);
	if (*role)
		return error_set(err, ERROR_USAGE, "a SQLite database has no roles");
	rc = store_url_open(url, 0, &store, err);
	if (!rc)
		store_close(store);
	return rc;
}

int store_url_backup(const char *url, const char *directory, struct error *err)
{
	char to[1100];
	int len = snprintf(to, sizeof(to), "%s/collector.sqlite", directory);

	if (len < 0 || (size_t)len >= sizeof(to))
		return error_set(err, ERROR_USAGE, "the directory's name is too long");
	return store_sqlite_backup(url + strlen(SQLITE), to, err);
}

static int open_side(
	const char *url, bool is_target, struct store_copy_side **ret_side, struct error *err)
{
	return store_url_kind(url) == STORE_KIND_SQLITE
		       ? store_sqlite_copy_open(url + strlen(SQLITE), is_target, ret_side, err)
		       : store_postgresql_copy_open(url, is_target, ret_side, err);
}

int store_url_copy_begin(
	const char *from, const char *to, struct store_copy *copy, struct error *err)
{
	bool are_same = !strcmp(from, to);
	int rc;

	*copy = (struct store_copy){0};
	if (store_url_kind(from) == STORE_KIND_SQLITE && store_url_kind(to) == STORE_KIND_SQLITE)
		are_same = store_sqlite_are_same(from + strlen(SQLITE), to + strlen(SQLITE));
	if (are_same)
		return error_set(err, ERROR_USAGE, "both are the same store; nothing was copied");
	rc = open_side(from, false, &copy->from, err);
	return rc ? rc : open_side(to, true, &copy->to, err);
}

void store_url_copy_end(struct store_copy *copy)
{
	store_copy_close(copy->to);
	store_copy_close(copy->from);
	*copy = (struct store_copy){0};
}

int store_url_copy_read(const char *url, struct store **ret_store, struct error *err)
{
	return store_url_kind(url) == STORE_KIND_SQLITE
		       ? store_sqlite_copy_read(url + strlen(SQLITE), ret_store, err)
		       : store_postgresql_copy_read(url, ret_store, err);
}
