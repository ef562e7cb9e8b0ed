/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a VM that is not known yet may have the vTPM that it has just proven to have. */
#ifndef COLLECTOR_ENROL_H
#define COLLECTOR_ENROL_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/store/store.h"
#include "core/error.h"
#include "core/verdict/verdict.h"

enum enrol_policy {
	ENROL_APPROVE = 0, /* zero: an operator decides */
	ENROL_FIRST_USE,
	ENROL_ALLOWLIST,
	ENROL_EK_CERTIFICATE,
};

struct enrol;

/* `allowlist` is the text of the allowlist's file: a line for each VM, its UUID and the SHA-256 of
 * its EK's public area in hexadecimal; # begins a comment. Errors: CONFIG, naming the line;
 * NO_MEMORY. */
int enrol_new(enum enrol_policy policy, const char *allowlist, struct enrol **ret_enrol,
	struct error *err);
void enrol_free(struct enrol *enrol);

enum enrol_policy enrol_policy(const struct enrol *enrol);

/* Whether the allowlist has this VM with this EK. */
bool enrol_allows(const struct enrol *enrol, const char *uuid, const uint8_t ek[STORE_HASH_SIZE]);

/* Decides by the policy. `distrust` says what is wrong with the EK's certificate, empty: nothing.
 * A VM that may not be enrolled is pending, and `verdict` says why. */
enum store_enrolment enrol_decide(const struct enrol *enrol, const char *uuid,
	const uint8_t ek[STORE_HASH_SIZE], const char *distrust, struct verdict *verdict);

/* The VM is pending, whatever the policy is, and `verdict` says so; `why`: empty: it is the policy.
 */
enum store_enrolment enrol_wait(const char *why, struct verdict *verdict);

#endif
