/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict as JSON (docs/verdict.schema.json). */
#ifndef CORE_VERDICT_JSON_H
#define CORE_VERDICT_JSON_H

#include <jansson.h>

#include "core/error.h"
#include "core/verdict/verdict.h"

/* A new JSON object with EAR's "ear.status" and our own members (docs/verdicts.md), or NULL when
 * memory is short. */
json_t *verdict_to_json(const struct verdict *verdict);

/* Reads that object back. A status not known here is VERDICT_NONE; a reason not known here keeps
 * its sentence, as REASON_COUNT. Errors: MALFORMED; UNSUPPORTED for an unknown continuity. */
int verdict_from_json(const json_t *json, struct verdict *ret_verdict, struct error *err);

#endif
