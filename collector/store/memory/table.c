/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

size_t memory_table_place(const struct memory_table *table, const void *key, bool *ret_found)
{
	size_t low = 0, high = table->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = table->compare(key, table->rows[middle]);

		if (order > 0) {
			low = middle + 1;
		} else {
			high = middle;
			*ret_found |= !order;
		}
	}
	return low;
}

void *memory_table_find(const struct memory_table *table, const void *key)
{
	bool is_found;
	size_t place = memory_table_place(table, key, &is_found);

	return is_found ? table->rows[place] : NULL;
}

int memory_table_reserve(struct memory_table *table, size_t count, struct error *err)
{
	size_t cap = table->cap ? table->cap : 64;
	void **rows;

	while (cap - table->count < count)
		cap *= 2;
	if (cap == table->cap)
		return 0;
	rows = reallocarray(table->rows, cap, sizeof(*rows));
	if (!rows)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the store");
	table->rows = rows;
	table->cap = cap;
	return 0;
}

void memory_table_insert(struct memory_table *table, const void *key, void *row)
{
	bool is_found;
	size_t place = memory_table_place(table, key, &is_found);
	void **at = &table->rows[place];

	memmove(at + 1, at, (table->count - place) * sizeof(*at));
	*at = row;
	table->count++;
}

void memory_table_remove(struct memory_table *table, size_t place)
{
	void **at = &table->rows[place];

	free(*at);
	table->count--;
	memmove(at, at + 1, (table->count - place) * sizeof(*at));
}

void memory_table_free(struct memory_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->rows[i]);
	free(table->rows);
}

int memory_key_compare(const void *key, const void *row)
{
	const struct crypto_bytes *wanted = key;
	const struct memory_key *there = row;

	if (wanted->len != there->len)
		return (wanted->len > there->len) - (wanted->len < there->len);
	return memcmp(wanted->bytes, there->data, there->len);
}

/* Copies bytes to *at and moves it behind them. */
static void take(struct crypto_bytes *bytes, uint8_t **at)
{
	if (bytes->len)
		memcpy(*at, bytes->bytes, bytes->len);
	bytes->bytes = *at;
	*at += bytes->len;
}

struct store_appraisal *memory_appraisal_copy(const struct store_appraisal *appraisal)
{
	struct store_appraisal *copy =
		malloc(sizeof(*copy) + appraisal->verdict.len + appraisal->evidence.len +
			appraisal->attest.len + appraisal->signature.len + appraisal->nonce.len +
			appraisal->secret.len + appraisal->ek.len + appraisal->basis.len +
			appraisal->snapshot.len);
	uint8_t *at = (uint8_t *)(copy + 1);

	if (!copy)
		return NULL;
	*copy = *appraisal;
	take(&copy->verdict, &at);
	take(&copy->evidence, &at);
	take(&copy->attest, &at);
	take(&copy->signature, &at);
	take(&copy->nonce, &at);
	take(&copy->secret, &at);
	take(&copy->ek, &at);
	take(&copy->basis, &at);
	take(&copy->snapshot, &at);
	return copy;
}
