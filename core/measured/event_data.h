/* SPDX-License-Identifier: BSD-2-Clause */
/* What is found out about one event: core/measured/event.h. */
#ifndef CORE_MEASURED_EVENT_DATA_H
#define CORE_MEASURED_EVENT_DATA_H

#include <stdbool.h>

#include "core/measured/eventlog.h"
#include "core/tcg/boot_facts.h"

#define EVENT_MEANING_MAX 544

enum event_check {
	EVENT_OTHER_DATA = 0, /* the digest is of something that is not in the log, as it may be */
	EVENT_MATCHES,        /* each digest is of the event's data */
	EVENT_DIFFERS,        /* the type says that they are, and one is not: no fact follows */
};

struct event {
	enum boot_what what;
	enum event_check check;
	char name[BOOT_NAME_MAX]; /* what it is known by from boot to boot, or empty */
	char meaning[EVENT_MEANING_MAX];
};

/* Puts an event's data into words: name and meaning, and `what` where the type alone does not tell.
 */
typedef void event_describe(const struct eventlog_event *event, bool is_verbose, struct event *to);

#endif
