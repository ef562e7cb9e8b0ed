/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's event log, replayed: what the PCRs must hold if the log tells everything that was
 * measured. Rules: TCG PC Client Platform Firmware Profile (PFP) 1.05, section 10.
 */
#ifndef CORE_MEASURED_EVENTLOG_H
#define CORE_MEASURED_EVENTLOG_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/tcg/tcg.h"

#define EVENTLOG_MAX_BYTES  (4U << 20) /* firmware reserves 64 KiB, the boot loader some more */
#define EVENTLOG_MAX_EVENTS 32768      /* a boot loader that measures each command: some 1000 */
#define EVENTLOG_MAX_ALGS   16         /* hash algorithms a log may declare, known or not */

enum eventlog_format {
	EVENTLOG_UNKNOWN,      /* an empty log has none */
	EVENTLOG_SHA1,         /* TCG_PCClientPCREvent: TPM 1.2, and old firmware with a 2.0 */
	EVENTLOG_CRYPTO_AGILE, /* TCG_PCR_EVENT2 behind a "Spec ID Event03" */
};

#define EVENTLOG_BANKS_MAX 5

struct eventlog {
	enum eventlog_format format;
	uint32_t events;          /* records, the Spec ID event among them */
	uint8_t startup_locality; /* 0, 3, or 4 = there was an H-CRTM: the last byte PCR 0 began
				     with */
	size_t bank_count;
	/* In the order the log declares them. Bit i of `pcrs`: an event extended PCR i; the values
	 * of the others are those they start with. */
	struct tcg_pcr_bank banks[EVENTLOG_BANKS_MAX];
};

/* One event, as it stands in the log. All is borrowed, for as long as the call lasts. */
struct eventlog_event {
	uint32_t number; /* from 0, as tpm2_eventlog counts */
	uint32_t pcr, type;
	size_t digest_count;
	struct eventlog_digest {
		uint16_t alg;
		const uint8_t *bytes;
	} digests[EVENTLOG_BANKS_MAX]; /* of the banks that are replayed, in their order */
	const uint8_t *data;
	size_t len;
};

/* Looks at one event, when it has been extended. A failure ends the reading with it. */
typedef int eventlog_visit(const struct eventlog_event *event, void *context, struct error *err);

/* Replays the log, at most EVENTLOG_MAX_BYTES of it, in either format. A log without events (`len`
 * 0, or padding alone) is valid, and so is one with zeros or 0xFF from the end of an event to the
 * end of the bytes, as a log area read whole has it.
 *
 * - EV_NO_ACTION extends nothing (PFP 10.4.5). Every other event needs a PCR below TCG_PCR_COUNT
 *   and at least one digest.
 * - PCRs 17 to 22 begin as ones, the others as zeros (PC Client Platform TPM Profile, PCR
 *   attributes). PCR 0 ends in 3 or 4 when a StartupLocality event says so (PFP 10.4.5.3), or in 4
 *   when an EV_EFI_HCRTM_EVENT is the first to extend it (TPM 2.0 Library Part 1, section 34.3).
 * - Crypto-agile: each digest is of an algorithm that the Spec ID event lists (PFP 10.4.5.1), none
 *   twice; that list gives the size of digests not known here. An event may have fewer digests than
 *   there are algorithms (firmware lists banks that are not allocated): it does not extend the
 *   banks it leaves out.
 * - `visit`, which may be NULL, is shown each event in the order of the log.
 * - A bank whose algorithm crypto_digest() does not have is skipped and not in `banks`: a bank
 *   that is not there was not replayed and says nothing about the PCRs.
 *
 * Errors: TOO_LARGE for more bytes, events or algorithms than allowed, UNSUPPORTED for a later Spec
 * ID and for a confidential VM's log, which is not of PCRs, MALFORMED (the message counts events
 * from 0 as tpm2_eventlog does, and gives the offset in bytes), CRYPTO. */
int eventlog_replay(const void *bytes, size_t len, eventlog_visit *visit, void *context,
	struct eventlog *ret_log, struct error *err);

/* Extends a PCR of a bank by a digest, and notes that it was. Errors: those of crypto_digest(). */
int eventlog_extend(
	struct tcg_pcr_bank *bank, uint32_t pcr, const uint8_t *digest, struct error *err);

/* "sha1", "crypto-agile", or "unknown". */
const char *eventlog_format_name(enum eventlog_format format);

#endif
