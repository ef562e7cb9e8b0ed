/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/measuring.h"

#include "core/log.h"
#include "host/watch/metrics.h"
#include "platform/system.h"

#define SECOND_US UINT64_C(1000000)
#define NEWS_US   SECOND_US        /* between two writes, */
#define ALIVE_US  (60 * SECOND_US) /* and where nothing happens */

static void print(struct buf *to, void *context)
{
	const struct measuring *measuring = context;

	metrics_print(to, measuring->guests, measuring->is_connected);
}

int measuring_start(struct measuring *measuring, struct error *err)
{
	const char *address = measuring->how->watch->metrics_listen;

	return *address ? metrics_http_start(address, print, measuring, &measuring->http, err) : 0;
}

static void write_file(struct measuring *measuring)
{
	const char *path = measuring->how->watch->metrics;
	struct error err;

	if (!*path)
		return;
	measuring->written_us = platform_monotonic_us();
	measuring->has_news = false;
	if (metrics_write(path, measuring->guests, measuring->is_connected, &err))
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

void measuring_step(struct measuring *measuring)
{
	uint64_t wait_us = measuring->has_news ? NEWS_US : ALIVE_US;

	metrics_http_run(measuring->http);
	if (platform_monotonic_us() >= measuring->written_us + wait_us)
		write_file(measuring);
}

void measuring_end(struct measuring *measuring)
{
	metrics_http_stop(measuring->http);
	measuring->http = NULL;
	measuring->is_connected = false;
	write_file(measuring);
}
