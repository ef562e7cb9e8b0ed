/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs made event by event, and what they replay to. */
#ifndef TESTS_UNIT_EVENTS_H
#define TESTS_UNIT_EVENTS_H

#include "core/buf.h"
#include "core/measured/eventlog.h"

#define NO_ACTION 3U
#define SEPARATOR 4U
#define HCRTM     0x80000010U

/* Each byte of a digest, in a log of either format. */
#define EVENTS_SHA1_DIGEST  0xd1
#define EVENTS_AGILE_DIGEST 0xd2

/* An algorithm and the size of its digests, true or not. */
struct events_alg {
	uint32_t alg, size;
};

void events_append_bytes(struct buf *buf, uint8_t byte, size_t count);

/* An event of a log of SHA-1 alone. */
void events_append_sha1(struct buf *buf, uint32_t pcr, uint32_t type, const void *data, size_t len);

/* The first event of a crypto agile log, 61 bytes and 4 for each algorithm; then others, each with
 * a digest for each algorithm. */
void events_append_spec_id(struct buf *buf, const struct events_alg *algs, size_t count);
void events_append(struct buf *buf, uint32_t pcr, uint32_t type, const struct events_alg *algs,
	size_t count, const void *data, size_t len);

/* eventlog_replay() of the log. */
int events_replay(const struct buf *buf, struct eventlog *ret_log, struct error *err);

/* Fails the test unless the log is refused with this code and a message that holds this one. */
void events_assert_refused(const struct buf *buf, enum error_code code, const char *message);

/* Fails the test unless PCR `pcr` holds H(start ‖ digest), the start being `fill` but for its last
 * byte, and the digest `digest_byte`. */
void events_assert_extended_once(const struct tcg_pcr_bank *bank, uint32_t pcr, uint8_t fill,
	uint8_t last, uint8_t digest_byte);

#endif
