/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a VM is silent: nothing was heard of it for twice as long as its last report promised, or
 * for as long as an event was announced. Its time begins when it was last heard of, but not before
 * the collector could hear it: store_watch says since when.
 */
#ifndef COLLECTOR_STORE_SILENCE_H
#define COLLECTOR_STORE_SILENCE_H

#include "collector/store/store_types.h"

/* What a report may promise: whoever promises less or more is heeded as if he had promised this. */
#define STORE_NEXT_LEAST_S 60
#define STORE_NEXT_MOST_S  (30 * 24 * 3600)

/* How audit events tell of it. */
#define STORE_SILENT_ACTION "silent"
#define STORE_HEARD_ACTION  "heard"

/* A report of this VM was taken; it promises the next one within `next_s` seconds (0: it says
 * nothing). Behind what sets `seen_ms`. */
void store_silence_hear(struct store_vm *vm, uint32_t next_s);

/* Whether such a report changes more than when the VM was seen. */
bool store_silence_changes(const struct store_vm *vm, uint32_t next_s);

/* An event was announced that it is to report within `seconds`; 0: nothing is any more. Behind what
 * sets `announced_until_ms`. */
void store_silence_await(struct store_vm *vm, uint32_t seconds);

/* Looks at the VM at `now_ms`: sets `check_ms` and, if its time has passed, `silent_ms`. Returns
 * whether it is silent since then; ret_why: why. */
bool store_silence_look(
	struct store_vm *vm, const struct store_watch *watch, uint64_t now_ms, char ret_why[128]);

/* Whether the VM has been silent for `span_ms`: since it was last heard of or claimed, and since an
 * audit event of it, `event_ms`. Not while it may just not have found a collector that was away,
 * and never while it is contraindicated. */
bool store_silence_is_over(const struct store_vm *vm, const struct store_watch *watch,
	uint64_t event_ms, uint64_t span_ms, uint64_t now_ms);

/* Whether the VM was heard of within what it promised, or within an hour. */
bool store_silence_is_heard(const struct store_vm *vm, uint64_t now_ms);

/* Goes on from the last look: after a gap, or where the clock was set, everybody has his time
 * anew. */
void store_watch_go_on(struct store_watch *watch, uint64_t now_ms);

#endif
