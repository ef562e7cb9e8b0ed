/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvirt's events, from a process of its own: a libvirtd that hangs, or a connection that breaks,
 * ends that process and not the watcher. It first tells what runs, then says so, and then each
 * event as it comes, none between the two being lost.
 */
#ifndef HOST_WATCH_LISTENER_H
#define HOST_WATCH_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"
#include "host/watch/message.h"

struct listener {
	pid_t pid; /* 0: none */
	int fd;    /* readable when there is a message */
};

/* Starts it; the URI is libvirt's. Errors: IO. */
int listener_start(const char *uri, struct listener *ret_listener, struct error *err);

/* Takes a message, if there is one. The end of the process is LOST. */
bool listener_take(struct listener *listener, struct watch_message *ret_message);

/* Ends it, whatever it does. */
void listener_stop(struct listener *listener);

#endif
