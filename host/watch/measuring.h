/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics kept up to date where they are wanted: in a textfile, and by HTTP. */
#ifndef HOST_WATCH_MEASURING_H
#define HOST_WATCH_MEASURING_H

#include "host/watch/guests.h"
#include "host/watch/how.h"
#include "host/watch/metrics_http.h"

struct measuring {
	const struct watch_how *how;
	const struct watch_guests *guests;
	bool is_connected; /* to libvirt, */
	bool has_news;     /* and something happened since the file was written */
	uint64_t written_us;
	struct metrics_http *http;
};

/* Begins to listen, where that is wanted. The rest of the structure is set. Errors: those of
 * metrics_http_start(). */
int measuring_start(struct measuring *measuring, struct error *err);

/* Answers who asks, and writes the file when it is time. */
void measuring_step(struct measuring *measuring);

/* The file says that nobody is connected any more. */
void measuring_end(struct measuring *measuring);

#endif
