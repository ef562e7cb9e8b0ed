/* SPDX-License-Identifier: BSD-2-Clause */
/* Values to a statement's parameters and back from its columns, in binary form: numbers with eight
 * bytes, texts and bytes as they are. */
#include <string.h>

#include "collector/store/postgresql/private.h"

/* As pg_type has them, which no header that is installed with libpq does. */
#define TYPE_BYTES  17
#define TYPE_NUMBER 20
#define TYPE_TEXT   25

static int add_value(struct pg_run *run, Oid type, const void *value, size_t len)
{
	int at = run->count++;

	run->types[at] = type;
	run->values[at] = value;
	run->lengths[at] = (int)len;
	return at;
}

void pg_bind_number(struct pg_run *run, uint64_t value)
{
	int at = add_value(run, TYPE_NUMBER, NULL, 8);

	for (int i = 0; i < 8; i++)
		run->numbers[at][i] = (uint8_t)(value >> (56 - 8 * i));
}

void pg_bind_text(struct pg_run *run, const char *text)
{
	add_value(run, TYPE_TEXT, text, strlen(text));
}

void pg_bind_bytes(struct pg_run *run, const void *bytes, size_t len)
{
	add_value(run, TYPE_BYTES, len ? bytes : "", len); /* a null pointer would be NULL */
}

void pg_bind_link(struct pg_run *run, const struct store_link *link)
{
	pg_bind_number(run, link->id);
	pg_bind_bytes(run, link->hash, sizeof(link->hash));
}

struct crypto_bytes pg_column_bytes(struct pg_run *run)
{
	int row = run->row - 1, at = run->at++;

	return (struct crypto_bytes){(const uint8_t *)PQgetvalue(run->result, row, at),
		(size_t)PQgetlength(run->result, row, at)};
}

uint64_t pg_column_number(struct pg_run *run)
{
	const struct crypto_bytes bytes = pg_column_bytes(run);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len && i < 8; i++)
		value = value << 8 | ((const uint8_t *)bytes.bytes)[i];
	return value;
}

int pg_column_text(struct pg_run *run, char *ret_text, size_t size, struct error *err)
{
	const struct crypto_bytes bytes = pg_column_bytes(run);

	if (bytes.len >= size)
		return error_set(err, ERROR_MALFORMED, "the database has too long a text");
	memcpy(ret_text, bytes.bytes, bytes.len);
	ret_text[bytes.len] = 0;
	return 0;
}

int pg_column_link(struct pg_run *run, struct store_link *ret_link, struct error *err)
{
	uint64_t id = pg_column_number(run);
	struct crypto_bytes hash = pg_column_bytes(run);

	if (hash.len != STORE_HASH_SIZE)
		return error_set(err, ERROR_MALFORMED, "the database has a hash of a wrong size");
	ret_link->id = id;
	memcpy(ret_link->hash, hash.bytes, STORE_HASH_SIZE);
	return 0;
}
