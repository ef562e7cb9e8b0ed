/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINUX_SERVICE_H
#define LINUX_SERVICE_H

#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

/* Sends one message to the service manager, in sd_notify(3)'s form; nothing where there is none. */
void service_notify(const char *state);

/* How often the watchdog wants to hear of us: half its time, in microseconds; 0 = never. */
uint64_t service_watchdog_us(void);

/* Appends a file that the service manager hands over: LoadCredential= of systemd.exec(5), by which
 * the unit gives us root's. Errors: NOT_FOUND (none of that name, or the unit's word for "none");
 * those of platform_file_read(). */
int service_credential_read(const char *name, size_t max, struct buf *to, struct error *err);

#endif
