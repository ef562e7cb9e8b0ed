/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the collector counts about itself, for /metrics. One set for the process, as a log is: each
 * part counts where it happens, from any thread, without a lock.
 */
#ifndef COLLECTOR_METRICS_H
#define COLLECTOR_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/problem.h"
#include "collector/store/store.h"
#include "core/buf.h"

/* A report was committed with this verdict. */
void metrics_count_report(enum verdict_status status);

/* A report was acknowledged that shows nothing new, and is not kept. */
void metrics_count_noted(void);

/* A challenge was given. */
void metrics_count_challenge(void);

/* A claim was kept. */
void metrics_count_claim(void);

/* A client has the receipt of a report that the store does not have. */
void metrics_count_lost(void);

/* A request was refused. */
void metrics_count_refusal(enum problem problem);

/* Something was refused for this limit: a request, a connection, or a certificate. */
void metrics_count_limit(enum limit limit);

/* A group commit of the writer took so long. */
void metrics_observe_commit(uint64_t microseconds);

/* Jobs that wait for the writer now. */
void metrics_set_queue(size_t depth);

/* A webhook was delivered, or an attempt at it failed. */
void metrics_count_webhook(bool is_delivered);

/* Appends all of it and the VMs' counts in Prometheus' text format. */
void metrics_print(struct buf *to, const struct store_counts *counts);

#endif
