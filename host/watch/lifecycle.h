/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libvirt's events mean for a vTPM: one table, of which each row says what is to be done and
 * which event is announced by it. Numbers are libvirt's (virDomainEventType and its details).
 */
#ifndef HOST_WATCH_LIFECYCLE_H
#define HOST_WATCH_LIFECYCLE_H

#include <stdbool.h>

#include "core/verdict/verdict.h"

enum watch_action {
	WATCH_IGNORE,   /* nothing is over yet, or nothing happened to the vTPM */
	WATCH_OWE,      /* it is to be confirmed */
	WATCH_ARRIVE,   /* the same, after it came from another host */
	WATCH_LOOK,     /* the same, unless something is owed already: it changes no vTPM */
	WATCH_PAUSE,    /* it is paused; one that did not run here has arrived so */
	WATCH_STOP,     /* it runs no more */
	WATCH_LEAVE,    /* it runs on another host: this one's duty ends */
	WATCH_DEFINE,   /* libvirt has a definition of it, */
	WATCH_UNDEFINE, /* or has none any more */
};

struct watch_cause {
	enum watch_action action;
	enum event event; /* of OWE, ARRIVE and LOOK */
	const char *what; /* libvirt's event, for a person */
};

/* Whether it is about one that runs. */
bool lifecycle_is_running(enum watch_action action);

/* Of a lifecycle event. What this version does not know is looked at where it may run, else
 * ignored. */
struct watch_cause lifecycle_of_event(int event, int detail);

/* Of a domain that is found: its state (virDomainState), and why libvirt says that it is in it.
 * IGNORE: it is still being started or filled, or runs on elsewhere, and an event will tell. */
struct watch_cause lifecycle_of_state(int state, int reason);

/* Of a reset: by the guest, as a reboot makes it, or by the host. */
struct watch_cause lifecycle_of_reset(bool is_by_guest);

#endif
