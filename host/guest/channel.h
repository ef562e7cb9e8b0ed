/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs run in a guest through QEMU's guest agent: no guest network is needed. Who carries its
 * commands stands behind one interface: libvirt, or the agent's own socket. */
#ifndef HOST_GUEST_CHANNEL_H
#define HOST_GUEST_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

struct guest_channel {
	/* Sends one command of the agent and appends its answer, one JSON object. `program`: what
	 * is run, for messages. Errors, each with what to do: those of guest_channel_run(). */
	int (*ask)(struct guest_channel *channel, const char *command, const char *program,
		struct buf *to, struct error *err);
	void (*close)(struct guest_channel *channel); /* frees it */
};

#define GUEST_ANSWER_MAX    (16 * 1024 * 1024) /* the agent's own bound on captured output */
#define GUEST_ANSWER_WAIT_S 5

struct guest_run {
	const char *const *argv; /* NULL-terminated */
	const struct buf *input; /* its standard input; NULL: none */
	uint32_t timeout_s;
	size_t max; /* bytes of its standard output */
	/* What came of it: */
	int status;
	char complaint[200]; /* the first line of its standard error */
};

/* Runs a program in the guest and appends its standard output. Errors, each with what to do:
 * NOT_FOUND (the domain has no channel, or the guest has no such program), TIMEOUT (no agent
 * answers), PERMISSION (the guest's list forbids guest-exec), MALFORMED, IO. */
int guest_channel_run(
	struct guest_channel *channel, struct guest_run *run, struct buf *to, struct error *err);

/* The error for an agent's own one, in its words, with what mends it. `who` said it. */
int guest_channel_refuse(
	const char *who, const char *message, const char *program, struct error *err);

/* The error for an agent that does not answer. */
int guest_channel_silent(struct error *err);

/* The error for a run that ended without the output that was needed. Returns -IO. */
int guest_run_complain(const struct guest_run *run, struct error *err);

#endif
