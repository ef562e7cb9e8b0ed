/* SPDX-License-Identifier: BSD-2-Clause */
/* What is worth telling, as CloudEvents 1.0. */
#ifndef COLLECTOR_WEBHOOK_EVENT_H
#define COLLECTOR_WEBHOOK_EVENT_H

#include "collector/store/store.h"
#include "core/buf.h"

/* What of a report is told: each is an event of its own. */
enum webhook_kind { WEBHOOK_VERDICT, WEBHOOK_DISKS, WEBHOOK_KIND_COUNT };

/* A report and the verdict of the same VM before it. */
struct webhook_verdict {
	enum webhook_kind kind;
	uint64_t id, previous; /* previous 0: none */
	char uuid[TEXT_UUID_SIZE];
	uint64_t received_ms;
	enum event event;
	enum verdict_status status, status_before;
	enum continuity continuity, continuity_before;
	bool has_before; /* false too where retention deleted it */
	char reason[STORE_REASON_SIZE];
	struct store_sender sender;
	uint32_t disks, disks_before; /* volumes that will not open, */
	uint32_t sealed;              /* of so many */
	unsigned merged;           /* so many events of the VM were not told: this one is newer */
	enum verdict_status worst; /* of them and this one */
};

/* Up to `max` reports after number `after`. */
int webhook_read_verdicts(struct store *store, uint64_t after, struct webhook_verdict appraisals[],
	size_t max, size_t *ret_count, struct error *err);

/* Whether it changed what is shown of its VM, as to its kind. */
bool webhook_is_worth_telling(const struct webhook_verdict *appraisal);

/* These append an event, or nothing where there is nothing to tell. */
void webhook_verdict_event(struct buf *to, const struct webhook_verdict *appraisal);
void webhook_audit_event(struct buf *to, const struct store_audit *audit);
void webhook_claim_event(struct buf *to, const struct store_claim *claim);

#endif
