/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a store is whole: the verification of all histories and of the audit log, each to its
 * end. */
#ifndef TESTS_COLLECTOR_WHOLE_H
#define TESTS_COLLECTOR_WHOLE_H

#include "collector/store/store.h"

/* What was found. `faults` of 0 means that every hash and every link is right. */
struct whole_check {
	uint64_t vms;
	uint64_t appraisals;
	uint64_t events; /* of the audit log */
	uint64_t faults;
	char uuid[TEXT_UUID_SIZE]; /* of the first fault; empty: it is in the audit log */
	uint64_t appraisal;        /* its report or event, */
	char what[320];            /* and what is wrong there */
};

/* Checks one VM's history, or everyone's and the audit log where `uuid` is NULL. */
int whole_verify(
	struct store *store, const char *uuid, struct whole_check *ret_check, struct error *err);

#endif
