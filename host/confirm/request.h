/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asked, and who judges. */
#ifndef HOST_CONFIRM_REQUEST_H
#define HOST_CONFIRM_REQUEST_H

#include <stdint.h>

#include "core/verdict/verdict.h"
#include "link/collector_link.h"

struct confirm_request {
	const char *uri, *domain; /* libvirt's; the domain's name or UUID */
	const char *qga_socket;   /* the guest agent's, instead of libvirt; NULL: none. `domain` is
				   * a UUID then */
	const char *program;      /* vtpm-agent, as the guest calls it */
	const struct collector_link_options *collector; /* who judges; NULL: this program */
	const char
		*baseline; /* what this program compares with: a file, or a directory; NULL: nothing
			    */
	enum event event;
	uint32_t timeout_s; /* for the agent in the guest, each time that it is run */
	uint32_t total_s;   /* for everything together; 0: as long as all steps may take */
};

#endif
