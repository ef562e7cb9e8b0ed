/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt tells of its domains, by its C library. */
#ifndef HOST_WATCH_EVENTS_LIBVIRT_H
#define HOST_WATCH_EVENTS_LIBVIRT_H

/* Connects, and writes a struct watch_message for each thing to `fd`, until the connection or
 * the reader is gone; the last one is LOST. For a process of its own: it may hang. */
void events_libvirt_run(const char *uri, int fd);

#endif
