/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is still to be told, VM by VM: each in turn tells one event, so that one whose state changes
 * all the time delays nobody else. Of one VM at most WEBHOOK_QUEUE_DEPTH events wait. What comes
 * then makes the last of them newer: it tells the newest state, and the worst in between.
 */
#ifndef COLLECTOR_WEBHOOK_QUEUE_H
#define COLLECTOR_WEBHOOK_QUEUE_H

#include "collector/webhook/webhook_event.h"

#define WEBHOOK_QUEUE_DEPTH 4
#define WEBHOOK_QUEUE_MAX   4096 /* VMs; what follows is read when there are fewer */

struct webhook_turn;

struct webhook_queue {
	struct webhook_turn *first, **end;
	size_t count;
	uint64_t read; /* reports up to this number are settled or in here */
};

void webhook_queue_start(struct webhook_queue *queue, uint64_t settled);
void webhook_queue_end(struct webhook_queue *queue);

/* Reads what is new. Errors: those of the store, NO_MEMORY; what was read before is kept. */
int webhook_queue_fill(struct webhook_queue *queue, struct store *store, struct error *err);

/* What is to be told next; NULL: nothing. Valid until the next call of any other function here. */
const struct webhook_verdict *webhook_queue_next(const struct webhook_queue *queue);

/* That was told: the next VM has its turn. */
void webhook_queue_pop(struct webhook_queue *queue);

/* Reports up to this number are settled. */
uint64_t webhook_queue_settled(const struct webhook_queue *queue);

#endif
