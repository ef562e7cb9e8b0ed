/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two copies of one VM that both run look right, each by itself. But an agent shows the receipt of
 * its last report with the next one: so its reports are one line. Two copies go on from one
 * receipt, in two lines. A line of which no answer came is left behind, and so is one where an
 * older state directory was put back. Only where two of one beginning both go on, each after the
 * other was heard and in the boot it was in, are there two agents. No I/O.
 */
#ifndef COLLECTOR_COPIES_H
#define COLLECTOR_COPIES_H

#include "collector/store/store_types.h"

/* What an agent showed with its challenge. */
struct copies_receipt {
	uint64_t root;            /* the first report of its line; 0: it showed none */
	struct store_link report; /* the last one */
};

/* Before a VM's record is looked at: its newest report ends the line that it was noted in. */
void copies_settle(struct store_vm *vm);

/* Notes a report of the VM's own keys that is about to be written. True: two copies report. */
bool copies_note(struct store_vm *vm, const struct copies_receipt *receipt, const char *boot_id,
	uint64_t now_ms);

/* Whether the report just noted is of the only line that was heard for `alone_ms` (0: for ever). */
bool copies_are_over(const struct store_vm *vm, const struct copies_receipt *receipt,
	uint64_t alone_ms, uint64_t now_ms);

#endif
