/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw event logs that reports name, beside the evidence. */
#ifndef COLLECTOR_API_EVENT_LOG_H
#define COLLECTOR_API_EVENT_LOG_H

#include "collector/store/store.h"
#include "core/json/tree.h"
#include "core/json/value.h"

/* A stored report's evidence, by which its event log may be asked for. Errors: those of
 * evidence_read(). */
int api_recall_evidence(const struct store_appraisal *appraisal, const struct json_tree *tree,
	struct evidence **ret_evidence, struct error *err);

/* What the log says was booted becomes the evidence's part boot, where that has none and the log is
 * kept and leads to its PCRs. NULL: nothing is to be told. */
void api_tell_boot(struct store *store, struct evidence *evidence);

/* Adds what only one of the boots measured, of the PCRs that differ: members "events",
 * "events_left_out", and whether each log is kept and leads to its PCRs: "has_log",
 * "has_later_log". Errors: those of the store and of event_difference_find(). */
int api_add_events(struct store *store, const struct evidence *then, const struct evidence *now,
	json_t *to, struct error *err);

#endif
