/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a verification. */
#ifndef COLLECTOR_STORE_VERIFY_H
#define COLLECTOR_STORE_VERIFY_H

#include "collector/store/store_types.h"

struct store;

/* Adds a fault of this step; what is beyond STORE_FAULTS_MAX is not told. */
void store_verify_found(struct store_verification *to, uint64_t where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether `vm`, as it is shown, is what the newest report or audit event of it left, and its keys
 * and claims what they should be. */
int store_verify_shown(struct store *store, const struct store_vm *vm,
	struct store_verification *to, struct error *err);

#endif
