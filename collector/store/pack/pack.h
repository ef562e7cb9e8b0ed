/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the large parts of a report stand in a database: evidence, verdict, basis and snapshot as one
 * text, compressed by zstd. A VM says nearly the same each time, so the text of one of its reports
 * is kept as a keyframe, compressed by itself, and those that come after it are compressed with it
 * as a prefix. Each report opens with one other thing at most, its keyframe, and with none at all
 * where it is small (kept as it is) or alone (compressed by itself).
 *
 * The text has these four, each behind its length (4 bytes, big-endian). What is kept is what
 * `zstd -d` makes of it, with a keyframe `zstd -d --patch-from`.
 *
 * A keyframe is replaced when what it leaves of a report is more than a PACK_WORTH-th of what the
 * report is by itself, and not so little that a keyframe would take more.
 */
#ifndef COLLECTOR_STORE_PACK_H
#define COLLECTOR_STORE_PACK_H

#include "collector/store/store_types.h"
#include "core/buf.h"

#define PACK_SMALL  512 /* a text of fewer bytes is not packed */
#define PACK_WORTH  4
#define PACK_LITTLE 256
#define PACK_MAX                                                                                   \
	((size_t)EVIDENCE_MAX_BYTES + STORE_VERDICT_MAX + STORE_BASIS_MAX + STORE_SNAPSHOT_MAX + 16)

/* A keyframe, and what it was read from. */
struct pack_key {
	struct buf packed, text;
	uint64_t used; /* when it was last asked for */
};

/* What is needed for packing, by one thread at a time. All zero at its beginning; ends with
 * pack_end(). It knows the two keyframes that were last asked for. */
struct pack {
	struct ZSTD_CCtx_s *packer;
	struct ZSTD_DCtx_s *opener;
	struct pack_key keys[2];
	uint64_t uses;
	struct buf text, delta, whole;
};

/* A report as its row has it: where it is packed, `evidence` is what it was packed to, and the
 * other three are empty. */
struct pack_row {
	struct store_appraisal appraisal;
	uint64_t packed_len; /* of the text; 0: nothing is packed */
	uint64_t keyframe;   /* its number; 0: packed by itself */
};

/* A keyframe's row. No bytes: there is none. */
struct pack_stored {
	uint64_t len; /* of its text */
	struct crypto_bytes bytes;
};

void pack_end(struct pack *pack);

/* A keyframe's text, borrowed until two others were asked for. NULL where there is none or it is
 * damaged. Errors: NO_MEMORY, INTERNAL. */
int pack_find_key(struct pack *pack, const struct pack_stored *stored,
	const struct pack_key **ret_key, struct error *err);

/* What to keep of a report. `key`: the VM's keyframe as it is now, or NULL. Sets all of *ret_row
 * but `keyframe`. *ret_new has bytes where the report is to become the VM's keyframe, which it is
 * packed with; else it is packed with `key` if *ret_uses_key. `may_be_key`: false: packed by itself
 * whatever there is. Bytes are borrowed until the next call. Errors: NO_MEMORY, INTERNAL. */
int pack_report(struct pack *pack, const struct store_appraisal *appraisal,
	const struct pack_key *key, bool may_be_key, struct pack_row *ret_row,
	struct pack_stored *ret_new, bool *ret_uses_key, struct error *err);

/* The other way: *ret_appraisal is what was packed. Where that cannot be opened, its `lost` says
 * why, and what was packed is empty. `stored`: the keyframe that the row names. Bytes are borrowed
 * until the next call. Errors: NO_MEMORY, INTERNAL. */
int pack_open(struct pack *pack, const struct pack_row *row, const struct pack_stored *stored,
	struct store_appraisal *ret_appraisal, struct error *err);

#endif
