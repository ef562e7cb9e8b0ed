/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to one TPM: bytes of a command out, bytes of its answer back, before a deadline. Each
 * operating system brings its own (platform/guest.h); what lies above never sees how.
 */
#ifndef PLATFORM_TRANSPORT_H
#define PLATFORM_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* The most of a command and of an answer that is taken here. TPM2_PT_MAX_RESPONSE_SIZE is 4096 with
 * most TPMs; PC Client PTP 1.07 allows more, for the keys of TPM 2.0 v1.85. */
#define TRANSPORT_BYTES_MAX 16384

/* Only one run of this program on this machine talks to the TPM. Another one waits so long for its
 * turn. If several runs were before it in that time, it then talks to the TPM beside them. If one
 * and the same was, the TPM does not answer that one: it waits until its deadline, where that is
 * later, and gives up. */
#define TRANSPORT_TURN_US 10000000U
#define TRANSPORT_BEHIND                                                                           \
	"the TPM does not answer: an earlier run of this program still waits for it"

struct transport {
	/* Waits until the TPM is open and no other run of this program talks to it; to be called
	 * once, before all else. By the wait for other runs the deadline moves on. TIMEOUT, too,
	 * where another run has been waiting for the TPM for so long.
	 * Errors: DEVICE_MISSING, DEVICE_UNBOUND, DEVICE_BUSY, PERMISSION, IO, TIMEOUT. */
	int (*wait_open)(struct transport *transport, struct error *err);

	/* Sends `len` bytes of a command and receives at most TRANSPORT_BYTES_MAX of its answer.
	 * ret_us: microseconds from the first byte sent to the last received, as seen closest to
	 * the TPM. Returns by the deadline that platform_transport_start() was given.
	 * Errors: TOO_LARGE, an answer of more bytes, of which none are left over; TIMEOUT, IO,
	 * DEVICE_UNBOUND, PERMISSION, after which the transport is of no further use but to be
	 * closed. */
	int (*transmit)(struct transport *transport, const uint8_t *command, size_t len,
		uint8_t *ret_response, size_t *ret_len, uint64_t *ret_us, struct error *err);

	/* Ends the conversation and frees the transport. What was created in the TPM and not
	 * flushed is flushed, also when the process is killed instead. Never waits for a hung TPM.
	 */
	void (*close)(struct transport *transport);

	/* No resource manager stands between: handles outlive the process that created them. */
	bool is_raw;
};

#endif
