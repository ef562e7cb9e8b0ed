/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM's record as text, value by value, so that it can be hashed with what changed it, and
 * compared with what is shown now. `head` and `tail` are not in it: the chain itself leads from one
 * to the other.
 */
#ifndef COLLECTOR_STORE_SNAPSHOT_H
#define COLLECTOR_STORE_SNAPSHOT_H

#include "collector/store/store_types.h"

/* `is_baseline`: what is written with it becomes the baseline, and has no number yet.
 * Errors: NO_MEMORY. */
int store_snapshot_make(const struct store_vm *vm, bool is_baseline,
	struct store_snapshot *ret_snapshot, struct error *err);

/* Back from a snapshot of `uuid`. `link` is the report that it stands in, NULL for an audit
 * event's. Errors: MALFORMED, NO_MEMORY. */
int store_snapshot_read(const struct crypto_bytes *snapshot, const char *uuid,
	const struct store_link *link, struct store_vm *ret_vm, struct error *err);

typedef void store_difference_visit(
	const char *name, const char *is, const char *should, void *context);

/* Every value of `vm` that is not as `should` has it, under its column's name. Leaves out
 * `revision` and `claimed_ms`, which claims change too. Errors: NO_MEMORY. */
int store_snapshot_compare(const struct store_vm *vm, const struct store_vm *should,
	store_difference_visit *visit, void *context, struct error *err);

#endif
