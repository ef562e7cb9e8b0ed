/* SPDX-License-Identifier: BSD-2-Clause */
/* What `confirm` asks of one domain, as the command line has it. */
#ifndef HOST_OPTIONS_CONFIRM_H
#define HOST_OPTIONS_CONFIRM_H

#include "host/confirm/request.h"
#include "host/options.h"

/* Borrows everything. `uri` is libvirt's, `domain` a name or UUID. */
struct confirm_request options_confirm(
	const struct host_confirm_options *how, const char *uri, const char *domain);

#endif
