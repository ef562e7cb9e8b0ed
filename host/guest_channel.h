/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs run in a guest through QEMU's guest agent: no guest network is needed. */
#ifndef HOST_GUEST_CHANNEL_H
#define HOST_GUEST_CHANNEL_H

#include <libvirt/libvirt.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

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
	virDomainPtr domain, struct guest_run *run, struct buf *to, struct error *err);

/* The error for a run that ended without the output that was needed. Returns -IO. */
int guest_run_complain(const struct guest_run *run, struct error *err);

#endif
