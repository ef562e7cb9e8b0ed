/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process that listens to libvirt tells the watcher. */
#ifndef HOST_WATCH_MESSAGE_H
#define HOST_WATCH_MESSAGE_H

#include "core/text.h"
#include "host/watch/lifecycle.h"
#include "host/watch/record.h"

enum watch_message_kind {
	WATCH_FOUND, /* a domain that runs */
	WATCH_READY, /* all were told */
	WATCH_EVENT, /* something happened to a domain */
	WATCH_AGENT, /* a domain's guest agent is there */
	WATCH_LOST,  /* there is no connection, and no more comes; `error` says why */
};

struct watch_message {
	enum watch_message_kind kind;
	char uuid[TEXT_UUID_SIZE], name[256], instance[WATCH_INSTANCE_SIZE];
	bool has_vtpm;   /* of one that runs */
	bool is_defined; /* of one that stopped: libvirt still has it */
	enum watch_action action;
	enum event event;
	char what[WATCH_WHAT_SIZE];
	char error[320];
};

#endif
