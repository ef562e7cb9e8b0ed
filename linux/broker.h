/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broker: a child process that alone holds the TPM open.
 *
 * A command to a hung TPM blocks inside the kernel, where no signal ends it and where closing the
 * device waits as well. So the agent talks to a process that may block, and leaves when its
 * deadline comes. The same process cleans up: when the agent goes away, orderly or by SIGKILL, the
 * broker flushes what the agent created in the TPM and had not flushed, then ends.
 */
#ifndef LINUX_BROKER_H
#define LINUX_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "linux/turn.h"

/* What precedes the answer in each message to the agent. The first message, unasked, tells whether
 * it is this run's turn, and a device open; of a TCTI a second one tells whether that opened, by
 * which some already speak to the TPM. Both ends are one program: no byte order, no version. */
struct broker_reply {
	bool has_failed; /* `error` says why; else the answer follows */
	struct error error;
	uint64_t us; /* how long the exchange took, or the turn */
};

/* Opens the TPM, then answers each message on the socket (SOCK_SEQPACKET; a message is a command)
 * until the other end closes. `tcti` as in platform_transport_start(), else the device `path`.
 * Other runs of this program come first: `turn`, of which the socket is set here. */
_Noreturn void broker_run(int socket, const char *tcti, const char *path, struct turn turn);

#endif
