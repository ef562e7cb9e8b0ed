/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINUX_WAIT_H
#define LINUX_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* Waits until something can be read there, or its other end is closed. False when the deadline, on
 * platform_monotonic_us()'s clock, came first. */
bool wait_readable(int fd, uint64_t deadline_us);

#endif
