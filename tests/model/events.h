/* SPDX-License-Identifier: BSD-2-Clause */
/* What may happen between two looks: intact events, and faults. */
#ifndef TESTS_MODEL_EVENTS_H
#define TESTS_MODEL_EVENTS_H

#include "tests/model/state.h"

/* What an event is to a verdict. */
enum cause {
	CAUSE_QUIET = 0, /* intact, and the system did not boot */
	CAUSE_BOOT,      /* intact, the system booted */
	CAUSE_CLOCK,     /* TPM2_ClockSet, and a crash that lost it */
	CAUSE_CLEAR,     /* TPM2_Clear: intact where it was announced */
	CAUSE_REPLACED,  /* the faults */
	CAUSE_CLONED,
	CAUSE_RESET_UNDER, /* reset under the running guest */
	CAUSE_BACK,        /* started from an older file */
	CAUSE_BACK_UNDER,  /* the same under the running guest */
	CAUSE_BACK_ASLEEP, /* the same while the guest hibernated */
	CAUSE_BACK_TPM,    /* an older running state put under the running guest */
	CAUSE_BACK_VM,     /* the whole machine set back with its memory */
	CAUSE_COUNT
};

#define CAUSES_INTACT   (1U << CAUSE_QUIET | 1U << CAUSE_BOOT)
#define CAUSES_HARMLESS (CAUSES_INTACT | 1U << CAUSE_CLOCK | 1U << CAUSE_CLEAR)

struct model_event {
	const char *name;
	enum cause cause;
	bool takes_earlier; /* needs a state of before */
	void (*apply)(struct model *model, const struct model *earlier);
	bool is_seen; /* a look comes at once, as vtpm-host confirm does after a migration */
};

extern const struct model_event model_events[];
extern const unsigned model_event_count;

const char *cause_name(enum cause cause);

#endif
