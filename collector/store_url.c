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
