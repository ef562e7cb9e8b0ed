/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report for a guest without a network: `vtpm-agent relay` in the guest writes the requests of
 * docs/protocol.md and reads the challenge, this host carries them. The host learns nothing that it
 * could forge: the collector verifies what the guest's TPM signed.
 */
#ifndef HOST_CONFIRM_RELAY_H
#define HOST_CONFIRM_RELAY_H

#include "core/checks/checks.h"
#include "host/confirm/request.h"
#include "host/guest/channel.h"
#include "link/messages.h"

#define RELAY_URL_SIZE sizeof(((struct text_list *)0)->texts)

/* `uuid` is the domain's: nothing that is about another VM is carried or believed. ret_url: the
 * collector's that answered. ret_checks: what
 * the guest's evidence says of its health, where the collector has just made it the baseline.
 * Errors: those of
 * guest_channel_run(), collector_link_open() and collector_link_post(); MALFORMED. */
int relay_evidence(struct guest_channel *channel, const char *uuid,
	const struct confirm_request *request, struct message_result *ret_answer,
	char ret_url[RELAY_URL_SIZE], struct checks *ret_checks, struct error *err);

#endif
