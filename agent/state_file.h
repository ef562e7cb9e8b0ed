/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the state directory, by name. */
#ifndef AGENT_STATE_FILE_H
#define AGENT_STATE_FILE_H

#include "core/error.h"

#define STATE_PATH_MAX 1200

#define STATE_BASELINE "baseline.json"
#define STATE_VERDICT  "verdict.json"
#define STATE_RECEIPT  "receipt"
#define STATE_DELIVERY "delivery.json"

/* Errors: TOO_LARGE. */
int state_path(
	const char *directory, const char *name, char ret_path[STATE_PATH_MAX], struct error *err);

#endif
