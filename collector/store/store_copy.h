/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole history moved from one database to another, row by row: with its numbers and hashes,
 * since nothing is made anew. Both have the same tables, but for what store_copy_rest has.
 *
 * The database that is written is marked as unfinished until all is done that belongs to a copy,
 * and no collector serves from it before. What is there is the beginning of each table in the order
 * of its key, so that a copy that was cut off goes on behind it.
 */
#ifndef COLLECTOR_STORE_COPY_H
#define COLLECTOR_STORE_COPY_H

#include "collector/store/store_types.h"
#include "core/buf.h"
#include "core/reader.h"

struct store;

struct store_copy_table {
	const char *name;
	const char *columns; /* with commas, the key's first */
	const char *kinds;   /* of each column: n, a number; t, a text; b, bytes */
	size_t keys;         /* columns that are the key */
	size_t page;         /* rows at once */
};

/* What is in no table that both have. */
struct store_copy_rest {
	uint64_t vms, reports, claims, tokens; /* the highest number that was ever given */
	struct store_link audit;
	struct store_watch watch; /* all zero: nobody looked */
	size_t key_len;           /* 0: there is none */
	uint8_t key[STORE_KEY_SIZE];
};

struct store_copy_side;

/* Rows are as store_copy_put_number() and store_copy_put_bytes() make them, one behind the other.
 */
struct store_copy_ops {
	void (*close)(struct store_copy_side *side);
	/* What no other database has; nothing: store_sqlite_are_same() tells. */
	int (*identify)(struct store_copy_side *side, struct buf *to, struct error *err);
	/* Whether a collector has it open now. */
	int (*is_served)(struct store_copy_side *side, bool *ret_is, struct error *err);
	/* Whether its schema is this version's; and brings it there. */
	int (*is_current)(struct store_copy_side *side, bool *ret_is, struct error *err);
	int (*migrate)(struct store_copy_side *side, struct error *err);
	/* All reads that follow see the database as it is now. */
	int (*freeze)(struct store_copy_side *side, struct error *err);
	int (*thaw)(struct store_copy_side *side, struct error *err);
	/* Whether it is unfinished. */
	int (*read_mark)(struct store_copy_side *side, bool *ret_is_marked, struct error *err);
	int (*write_mark)(struct store_copy_side *side, struct error *err);
	/* Rows behind the key that `after` begins with; NULL: from the first one. */
	int (*read)(struct store_copy_side *side, const struct store_copy_table *table,
		const struct crypto_bytes *after, struct buf *to, size_t *ret_rows,
		struct error *err);
	/* The last key; nothing where there is no row. */
	int (*read_last)(struct store_copy_side *side, const struct store_copy_table *table,
		struct buf *to, struct error *err);
	/* All of them or none. */
	int (*write)(struct store_copy_side *side, const struct store_copy_table *table,
		const struct buf *rows, size_t count, struct error *err);
	int (*read_rest)(
		struct store_copy_side *side, struct store_copy_rest *ret, struct error *err);
	/* Also where it was written before. */
	int (*write_rest)(struct store_copy_side *side, const struct store_copy_rest *rest,
		struct error *err);
	int (*drop_mark)(struct store_copy_side *side, struct error *err);
};

/* The first member of each implementation's own structure. */
struct store_copy_side {
	const struct store_copy_ops *ops;
};

/* Opens a database, whose schema stays as it is for now. `is_target`: it is made where it is
 * missing, and may be unfinished; else nobody else may have it open if it is SQLite's. Errors: as
 * those of opening a store; USAGE where somebody has. */
int store_sqlite_copy_open(
	const char *path, bool is_target, struct store_copy_side **ret_side, struct error *err);
int store_postgresql_copy_open(
	const char *url, bool is_target, struct store_copy_side **ret_side, struct error *err);
void store_copy_close(struct store_copy_side *side);

/* Whether two paths lead to one file. */
bool store_sqlite_are_same(const char *path, const char *other);

/* The store of a target that still has its mark. Errors: as those of opening a store. */
int store_sqlite_copy_read(const char *path, struct store **ret_store, struct error *err);
int store_postgresql_copy_read(const char *url, struct store **ret_store, struct error *err);

/* A copy under way. All zero but for its two sides, which are borrowed. */
struct store_copy {
	struct store_copy_side *from, *to;
	struct store_copy_rest rest; /* of what is copied, as it was */
	bool was_finished;           /* before: nothing is to be done */
};

/* Copies all rows, and compares both sides to the last byte. What was copied before is left as it
 * is. A source that is refused is not changed. Errors: USAGE where both are the same, the target
 * holds another history, or somebody serves from the source; MALFORMED where they differ at the
 * end. */
int store_copy_rows(struct store_copy *copy, struct error *err);

/* Behind all that belongs to the copy: from here on a collector may serve from it. Errors: USAGE
 * where one has served from the source since. */
int store_copy_finish(struct store_copy *copy, struct error *err);

/* Sets the error of a source that somebody serves from. */
int store_copy_refuse_served(struct error *err);

/* One value of a row, and back. */
void store_copy_put_number(struct buf *to, uint64_t number);
void store_copy_put_bytes(struct buf *to, const void *bytes, size_t len);
uint64_t store_copy_take_number(struct reader *row);
struct crypto_bytes store_copy_take_bytes(struct reader *row);

#endif
