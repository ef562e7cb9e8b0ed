/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the watcher knows of one guest, and keeps as a file of its own: where it runs, what happened
 * since its vTPM was last confirmed, whether that is owed, and what the last confirmation came to.
 * No I/O, no clock.
 */
#ifndef HOST_WATCH_RECORD_H
#define HOST_WATCH_RECORD_H

#include "core/json/tree.h"
#include "core/json/value.h"
#include "core/text.h"
#include "core/verdict/verdict.h"
#include "host/watch/lifecycle.h"

#define WATCH_WHAT_SIZE     48
#define WATCH_INSTANCE_SIZE 96
#define WATCH_GONE_S        (UINT64_C(30) * 86400)

enum watch_state { WATCH_OFF, WATCH_RUNNING, WATCH_AWAY };

/* The last time that somebody was told. */
struct watch_last {
	uint64_t at_s; /* seconds since 1970; 0: never */
	enum event event;
	bool is_confirmed; /* else nothing can be said, and `sentence` says why */
	enum verdict_status status;
	enum continuity continuity;
	bool is_first; /* there was nothing to compare with on this host */
	char reason[48], sentence[256];
};

struct watch_record {
	char uuid[TEXT_UUID_SIZE], name[256];
	enum watch_state state;
	char instance[WATCH_INSTANCE_SIZE]; /* another one after each start */
	bool is_owed;
	/* What happened since the baseline, also where it could not be confirmed in time. */
	bool has_arrived; /* the newest of it: from another host */
	bool has_event;
	enum event event;
	char what[WATCH_WHAT_SIZE]; /* the newest of it, for a person */
	uint64_t since_s;           /* since when something is owed, */
	uint64_t happened_s;        /* and when the newest of it happened; 0: not known */
	uint32_t attempts;
	uint64_t gone_s;           /* since when libvirt has no such domain here; 0: it has one */
	struct watch_last last;    /* attempt that was told, */
	struct watch_last verdict; /* and the last one that was confirmed */
};

/* What happened to the guest. Of two events that were not confirmed the one that allows more stays,
 * since the baseline is from before both: live-migration < none < resume < soft-reboot <
 * cold-migration < hard-reboot. What was never confirmed announces nothing: its first sight is an
 * enrolment. Neither does an arrival from elsewhere: nobody here knows what is owed there.
 * `is_local`: the baseline stays on this host, and what happened since it counts where the guest
 * comes back. Returns whether something is owed now that was not, or that is newer. */
bool watch_record_apply(struct watch_record *record, const struct watch_cause *cause, bool is_local,
	uint64_t now_s);

/* It is found running or paused, as `instance`: the event that is to be applied, after what must
 * have happened while nobody watched was. */
struct watch_cause watch_record_find(struct watch_record *record, const char *instance,
	const struct watch_cause *cause, bool is_local, uint64_t now_s);

/* The worse of what was last confirmed and the last attempt: that a guest does not answer is no
 * news of what is broken. */
enum verdict_status watch_record_status(const struct watch_record *record);

/* Whether that counts: it runs here, and either owes nothing or is broken as far as is known. */
bool watch_record_is_judged(const struct watch_record *record);

/* It was confirmed, or told that it could not be. `has_moved`: the baseline is from after all that
 * happened. */
void watch_record_settle(struct watch_record *record, bool has_moved);

/* The baseline turned out to be from after all that happened, which is announced no more. */
void watch_record_drop_event(struct watch_record *record);

/* Whether libvirt has had no such domain for long enough that it may be forgotten. What is broken
 * is not: a person ends that. */
bool watch_record_is_over(const struct watch_record *record, uint64_t now_s);

/* Seconds to wait after so many attempts in vain: 1, 2, 4 … 60. */
uint32_t watch_backoff_s(uint32_t attempts);

/* A new JSON object, or NULL when memory is short. */
json_t *watch_record_to_json(const struct watch_record *record);

/* Errors: MALFORMED. */
int watch_record_read(
	const struct json_node *json, struct watch_record *ret_record, struct error *err);

#endif
