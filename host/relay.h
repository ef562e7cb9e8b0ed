/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report for a guest without a network: `vtpm-agent relay` in the guest writes the requests of
 * docs/protocol.md and reads the challenge, this host carries them. The host learns nothing that it
 * could forge: the collector verifies what the guest's TPM signed.
 */
#ifndef HOST_RELAY_H
#define HOST_RELAY_H

#include <libvirt/libvirt.h>

#include "host/confirm_request.h"
#include "link/messages.h"

/* Errors: those of guest_channel_run(), collector_link_open() and collector_link_post(). */
int relay_evidence(virDomainPtr domain, const struct confirm_request *request,
	struct message_result *ret_answer, struct error *err);

#endif
