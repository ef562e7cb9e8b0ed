/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_queue.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 32

/* One VM and a kind, and what is to be told of it, oldest first. */
struct webhook_turn {
	struct webhook_turn *next;
	size_t count;
	struct webhook_verdict verdicts[WEBHOOK_QUEUE_DEPTH];
	uint64_t first[WEBHOOK_QUEUE_DEPTH]; /* the oldest report in each */
};

void webhook_queue_start(struct webhook_queue *queue, uint64_t settled)
{
	*queue = (struct webhook_queue){.end = &queue->first, .read = settled};
}

void webhook_queue_end(struct webhook_queue *queue)
{
	while (queue->first) {
		struct webhook_turn *next = queue->first->next;

		free(queue->first);
		queue->first = next;
	}
}

static struct webhook_turn *find(
	const struct webhook_queue *queue, const struct webhook_verdict *like)
{
	for (struct webhook_turn *turn = queue->first; turn; turn = turn->next) {
		const struct webhook_verdict *first = &turn->verdicts[0];

		if (first->kind == like->kind && strcmp(first->uuid, like->uuid) == 0)
			return turn;
	}
	return NULL;
}

static void append(struct webhook_queue *queue, struct webhook_turn *turn)
{
	turn->next = NULL;
	*queue->end = turn;
	queue->end = &turn->next;
}

/* From the last one that waits to `newest`. */
static void merge(struct webhook_verdict *last, const struct webhook_verdict *newest)
{
	struct webhook_verdict merged = *newest;
	enum verdict_status worst = last->merged ? last->worst : last->status;

	merged.previous = last->previous;
	merged.has_before = last->has_before;
	merged.status_before = last->status_before;
	merged.continuity_before = last->continuity_before;
	merged.disks_before = last->disks_before;
	merged.merged = last->merged + 1;
	merged.worst = worst > newest->status ? worst : newest->status;
	*last = merged;
}

static int add(
	struct webhook_queue *queue, const struct webhook_verdict *verdict, struct error *err)
{
	struct webhook_turn *turn;

	if (!webhook_is_worth_telling(verdict))
		return 0;
	turn = find(queue, verdict);
	if (!turn) {
		turn = calloc(1, sizeof(*turn));
		if (!turn)
			return error_set(err, ERROR_NO_MEMORY, "no memory for an event");
		append(queue, turn);
		queue->count++;
	}
	if (turn->count == WEBHOOK_QUEUE_DEPTH) {
		merge(&turn->verdicts[turn->count - 1], verdict);
		return 0;
	}
	turn->first[turn->count] = verdict->id;
	turn->verdicts[turn->count++] = *verdict;
	return 0;
}

/* What a report tells, each kind for itself. Where memory ends between two, the report comes again:
 * one of them is then told twice. */
static int add_kinds(
	struct webhook_queue *queue, struct webhook_verdict *verdict, struct error *err)
{
	int rc = 0;

	for (unsigned kind = 0; !rc && kind < WEBHOOK_KIND_COUNT; kind++) {
		verdict->kind = (enum webhook_kind)kind;
		rc = add(queue, verdict, err);
	}
	return rc;
}

int webhook_queue_fill(struct webhook_queue *queue, struct store *store, struct error *err)
{
	struct webhook_verdict verdicts[PAGE];
	size_t count = PAGE;
	int rc = 0;

	while (!rc && count == PAGE && queue->count < WEBHOOK_QUEUE_MAX) {
		rc = webhook_read_verdicts(store, queue->read, verdicts, PAGE, &count, err);
		for (size_t i = 0; !rc && i < count; i++) {
			rc = add_kinds(queue, &verdicts[i], err);
			if (!rc)
				queue->read = verdicts[i].id;
		}
	}
	return rc;
}

const struct webhook_verdict *webhook_queue_next(const struct webhook_queue *queue)
{
	return queue->first ? &queue->first->verdicts[0] : NULL;
}

void webhook_queue_pop(struct webhook_queue *queue)
{
	struct webhook_turn *turn = queue->first;

	queue->first = turn->next;
	if (!queue->first)
		queue->end = &queue->first;
	turn->count--;
	memmove(&turn->verdicts[0], &turn->verdicts[1], turn->count * sizeof(turn->verdicts[0]));
	memmove(&turn->first[0], &turn->first[1], turn->count * sizeof(turn->first[0]));
	if (turn->count) {
		append(queue, turn);
		return;
	}
	queue->count--;
	free(turn);
}

uint64_t webhook_queue_settled(const struct webhook_queue *queue)
{
	uint64_t settled = queue->read;

	for (const struct webhook_turn *turn = queue->first; turn; turn = turn->next) {
		if (turn->first[0] <= settled)
			settled = turn->first[0] - 1;
	}
	return settled;
}
