/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's agent by the socket of QEMU's that its port is: where there is no libvirt. */
#ifndef HOST_GUEST_SOCKET_H
#define HOST_GUEST_SOCKET_H

#include "host/guest/channel.h"

/* Connects to the socket and waits until the agent answers. The caller closes the channel. Errors:
 * NOT_FOUND, PERMISSION, TIMEOUT (no agent answers, or another program talks to it), IO. */
int guest_socket_open(const char *path, struct guest_channel **ret_channel, struct error *err);

#endif
