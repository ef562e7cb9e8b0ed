/* SPDX-License-Identifier: BSD-2-Clause */
/* What the watcher was told. */
#ifndef HOST_WATCH_HOW_H
#define HOST_WATCH_HOW_H

#include <stdbool.h>
#include <stdint.h>

#include "host/options.h"

struct watch_how {
	const char *uri; /* libvirt's */
	const struct host_confirm_options *confirm;
	const struct host_watch_options *watch;
};

#endif
