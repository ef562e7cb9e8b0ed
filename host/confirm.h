/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the vTPM in a guest the one it was? Asked through the guest agent, judged here. */
#ifndef HOST_CONFIRM_H
#define HOST_CONFIRM_H

#include <libvirt/libvirt.h>

#include "core/continuity.h"

/* Takes evidence for a fresh nonce from the guest and judges it against `baseline`, or alone when
 * that is NULL. The caller frees *ret_evidence. Errors: those of guest_channel_run() and
 * evidence_parse(). */
int confirm_domain(virDomainPtr domain, const struct evidence *baseline, enum event event,
	uint32_t timeout_s, struct evidence **ret_evidence, struct verdict *ret_verdict,
	struct error *err);

#endif
