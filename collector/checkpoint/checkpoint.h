/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A checkpoint: the ends of all chains in one line, to be kept where who can write the database
 * cannot write. docs/protocol.md has its form. No I/O, no clock.
 */
#ifndef COLLECTOR_CHECKPOINT_H
#define COLLECTOR_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/text.h"

#define CHECKPOINT_HASH_SIZE 32 /* SHA-256 */
#define CHECKPOINT_LINE_MAX  1024

/* The newest report of a VM up to the checkpoint's. */
struct checkpoint_head {
	char uuid[TEXT_UUID_SIZE];
	uint64_t report;
	uint8_t hash[CHECKPOINT_HASH_SIZE];
};

struct checkpoint {
	char time[TEXT_TIME_SIZE];
	uint64_t reports; /* the highest number of a report */
	uint64_t events;  /* the number of the newest audit event, and its hash */
	uint8_t event_hash[CHECKPOINT_HASH_SIZE];
	uint64_t vms;
	uint8_t heads_hash[CHECKPOINT_HASH_SIZE]; /* of the heads' lines, sorted by UUID */
};

/* A checkpoint as a file has it. What points to bytes borrows them from the text. */
struct checkpoint_block {
	struct checkpoint checkpoint;
	struct crypto_bytes line;      /* what is signed, without what stands behind it */
	struct crypto_bytes signature; /* base64; empty: none */
	struct crypto_bytes stamped; /* the whole line, without its end: what a time stamp is of */
	struct crypto_bytes timestamp; /* base64; empty: none */
	struct crypto_bytes heads;     /* lines; empty: the short form */
};

/* Appends the line, without its end. */
void checkpoint_print(const struct checkpoint *checkpoint, struct buf *to);

/* Appends one head's line. */
void checkpoint_print_head(const struct checkpoint_head *head, struct buf *to);

/* Reads the block that begins at *at and moves that behind it; empty lines and those with a # at
 * their start are passed over. *ret_is_there: there was one. Errors: MALFORMED, naming the line;
 * CRYPTO: its heads are not those that its hash is of. */
int checkpoint_read(struct crypto_bytes *at, unsigned *line_number,
	struct checkpoint_block *ret_block, bool *ret_is_there, struct error *err);

/* Reads the first head's line and moves *heads behind it. False: there is none. What
 * checkpoint_read() took is well-formed. */
bool checkpoint_next_head(struct crypto_bytes *heads, struct checkpoint_head *ret_head);

#endif
