/* SPDX-License-Identifier: BSD-2-Clause */
/* How a collection is asked for. */
#ifndef AGENT_COLLECT_OPTIONS_H
#define AGENT_COLLECT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collect_options {
	const char *tcti;     /* as platform_transport_start() takes it, or NULL */
	uint32_t timeout_ms;  /* for the whole collection */
	const uint8_t *nonce; /* what the quote is for; NULL: fresh random bytes */
	size_t nonce_len;     /* at most EVIDENCE_NONCE_MAX */
	const char *volumes;  /* the only ones that are looked at, each with its NUL */
	size_t volume_count;  /* 0: all of the machine */
	const char *sealed; /* what else is sealed: core/disk/object.h's texts, each with its NUL */
	size_t sealed_count;
	bool must_read_sealed; /* one of them that is not there is an error, and no lost one */
	bool asks_protected;   /* sealed objects under a key that counts towards the lockout in a
				  crash */
	bool only_disks; /* and what their answer depends on: no key is made, nothing is quoted */
	bool advances_beacon; /* increment the beacon, where there is one, before it is read */
	uint64_t beacon_seen; /* but not one that stands below this: it would catch up */
};

#endif
