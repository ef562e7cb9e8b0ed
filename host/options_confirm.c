/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/options_confirm.h"

struct confirm_request options_confirm(
	const struct host_confirm_options *how, const char *uri, const char *domain)
{
	return (struct confirm_request){.uri = uri,
		.domain = domain,
		.qga_socket = how->qga_socket,
		.program = how->program,
		.collector = how->collector.urls.count ? &how->collector : NULL,
		.baseline = how->baseline,
		.event = how->event,
		.timeout_s = how->timeout_s};
}
