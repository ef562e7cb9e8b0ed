/* SPDX-License-Identifier: BSD-2-Clause */
/* A store for a test, and the few things that tests do with one. */
#ifndef TESTS_COLLECTOR_FIXTURE_H
#define TESTS_COLLECTOR_FIXTURE_H

#include "collector/store/store.h"
#include "tests/unit/unit.h"
#include "whole.h"

struct fixture {
	struct store *store;
	char folder[64]; /* of the database; empty: the store is not in a file */
	char path[96];
	const char *url; /* of PostgreSQL's database; NULL: it is not in one */
	struct error err;
};

/* cmocka's set-up and tear-down. The last one makes a folder and no store in it yet. */
int fixture_memory(void **state);
int fixture_sqlite(void **state);
int fixture_postgresql(void **state);
int fixture_folder(void **state);
int fixture_end(void **state);

void fixture_open(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);

/* "00000000-0000-4000-8000-" and `number` in twelve digits. */
const char *fixture_uuid(unsigned int number);

/* What the test's judge does for an item. */
struct order {
	struct store_appraisal appraisal; /* written unless `is_silent` */
	struct store_audit audit;         /* written where it has an action */
	bool is_silent;
	bool is_baseline;
	bool drops;       /* it takes the place of the reports before it */
	bool needs_spend; /* writes only where the challenge was good */
	void (*edit)(struct store_vm *vm);
	uint64_t revision; /* set by the judge: what it saw */
	struct store_link head;
	bool saw_baseline;
	char baseline[32]; /* start of its evidence */
	enum store_spend spend;
};

/* A report received at `ms` with a text as evidence. */
struct order order_make(uint64_t ms, const char *evidence);
struct store_item order_item(struct order *order, const char *uuid);

/* Bytes that no packing makes fewer, the same for the same `seed`. */
void fixture_noise(uint8_t *bytes, size_t len, uint32_t seed);

/* Writes one item; returns the report's number. */
uint64_t fixture_write(struct fixture *fixture, struct order *order, const char *uuid);

/* Writes a report of `evidence` for a VM. */
uint64_t fixture_appraisal(
	struct fixture *fixture, unsigned int vm, uint64_t ms, const char *evidence);

struct store_vm fixture_vm(struct fixture *fixture, unsigned int vm);

/* The evidence of a VM's timeline, newest first, with commas. */
const char *fixture_timeline(struct fixture *fixture, unsigned int vm, uint64_t from, size_t limit);

/* Runs whole_verify() over all and returns the number of faults. */
uint64_t fixture_faults(struct fixture *fixture, struct whole_check *ret_check);

/* A test on each implementation. */
#define ON_EACH(test)                                                                              \
	{"memory: " #test, test, fixture_memory, fixture_end, NULL},                               \
		{"sqlite: " #test, test, fixture_sqlite, fixture_end, NULL},                       \
	{                                                                                          \
		"postgresql: " #test, test, fixture_postgresql, fixture_end, NULL                  \
	}

#endif
