/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs run in a guest through QEMU's guest agent: no guest network is needed. */
#ifndef HOST_GUEST_CHANNEL_H
#define HOST_GUEST_CHANNEL_H

#include <jansson.h>
#include <libvirt/libvirt.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

/* Runs `argv` (NULL-terminated) in the guest and appends its standard output, at most `max` bytes;
 * *ret_status is how it ended. Errors, each with what to do: NOT_FOUND (the domain has no channel,
 * or the guest has no such program), TIMEOUT (no agent answers), PERMISSION (the guest's list
 * forbids guest-exec), MALFORMED, IO. */
int guest_channel_run(virDomainPtr domain, const char *const argv[], uint32_t timeout_s, size_t max,
	struct buf *to, int *ret_status, struct error *err);

#endif
