/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's agent as libvirt reaches it. */
#ifndef HOST_GUEST_LIBVIRT_H
#define HOST_GUEST_LIBVIRT_H

#include "core/text.h"
#include "host/guest/channel.h"

/* Opens the way to a domain, by UUID or else by name, and says its UUID. The caller closes the
 * channel. Errors: IO (libvirt does not answer), NOT_FOUND, NO_MEMORY. */
int guest_libvirt_open(const char *uri, const char *domain, char ret_uuid[TEXT_UUID_SIZE],
	struct guest_channel **ret_channel, struct error *err);

#endif
