/* SPDX-License-Identifier: BSD-2-Clause */
/* Which store a URL names: sqlite:/PATH, or postgresql://... as libpq understands it. */
#ifndef COLLECTOR_STORE_URL_H
#define COLLECTOR_STORE_URL_H

#include "collector/store/store.h"
#include "collector/store/store_copy.h"

enum store_kind {
	STORE_KIND_UNKNOWN = 0,
	STORE_KIND_SQLITE,
	STORE_KIND_POSTGRESQL,
};

enum store_kind store_url_kind(const char *url);

/* "sqlite", "postgresql"; "memory" for what is neither. */
const char *store_url_name(const char *url);

/* What may be shown of it: a PostgreSQL database's without password and options, a file by its
 * path. */
void store_url_show(const char *url, char *ret_text, size_t size);

/* Opens it, as the functions of store.h do; `max_bytes`: as there. */
int store_url_open(
	const char *url, uint64_t max_bytes, struct store **ret_store, struct error *err);

/* Makes its schema; in PostgreSQL also a role that may use it, unless that is empty. */
int store_url_init(const char *url, const char *role, struct error *err);

/* Copies a SQLite database into the directory, as collector.sqlite. Errors: as
 * store_sqlite_backup(). */
int store_url_backup(const char *url, const char *directory, struct error *err);

/* Whether a password stands in it, for everybody to see who may list processes. */
bool store_url_has_password(const char *url);

/* Opens both sides of a copy: store_copy.h. What was opened ends with store_url_copy_end(), in any
 * case. */
int store_url_copy_begin(
	const char *from, const char *to, struct store_copy *copy, struct error *err);
void store_url_copy_end(struct store_copy *copy);

/* The store that is being copied to, before store_copy_finish(). */
int store_url_copy_read(const char *url, struct store **ret_store, struct error *err);

#endif
