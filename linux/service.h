/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINUX_SERVICE_H
#define LINUX_SERVICE_H

#include <stdint.h>

/* Sends one message to the service manager, in sd_notify(3)'s form; nothing where there is none. */
void service_notify(const char *state);

/* How often the watchdog wants to hear of us: half its time, in microseconds; 0 = never. */
uint64_t service_watchdog_us(void);

#endif
