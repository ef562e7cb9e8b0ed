/* SPDX-License-Identifier: BSD-2-Clause */
/* What Prometheus is told: from a textfile by its node exporter, or by HTTP. */
#ifndef HOST_WATCH_METRICS_H
#define HOST_WATCH_METRICS_H

#include "core/buf.h"
#include "host/watch/guests.h"

/* Appends them as text. */
void metrics_print(struct buf *to, const struct watch_guests *guests, bool is_connected);

/* Replaces the file. Errors: those of platform_file_replace(), NO_MEMORY. */
int metrics_write(
	const char *path, const struct watch_guests *guests, bool is_connected, struct error *err);

#endif
