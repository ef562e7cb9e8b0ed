/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict as JSON (docs/verdict.schema.json). */
#ifndef CORE_VERDICT_JSON_H
#define CORE_VERDICT_JSON_H

#include "core/error.h"
#include "core/json/tree.h"
#include "core/json/value.h"
#include "core/verdict/verdict.h"

/* A new JSON object with EAR's "ear.status" and our own members (docs/verdicts.md), or NULL when
 * memory is short. */
json_t *verdict_to_json(const struct verdict *verdict);

/* The changes of a boot, as a verdict's boot_changes has them; or NULL. */
json_t *verdict_changes_to_json(const struct boot_difference *difference);

/* Reads such an object. A status that is not known here is VERDICT_NONE, an event EVENT_NONE; a
 * reason keeps its sentence, as REASON_COUNT. Errors: MALFORMED; UNSUPPORTED for an unknown
 * continuity. */
int verdict_read(const struct json_node *json, struct verdict *ret_verdict, struct error *err);

#endif
