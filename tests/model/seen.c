/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a look: two seeds, a certificate's VM, a VM, a boot and a generator. Of a machine: as many,
 * and its file's seeds and certificate. */
#define NUMBERS_MAX 16

/* The machine, the baseline, and what a pair keeps of the way from there. */
struct seen_key {
	struct model model;
	struct view baseline;
	uint32_t place;                  /* the baseline's among the events */
	uint32_t depth, causes, is_next; /* no padding: all of it is hashed */
};

/* Which seed, boot or generator it is, in the order of their appearance. */
struct numbers {
	uint16_t known[NUMBERS_MAX];
	unsigned count;
};

static uint16_t renumber(struct numbers *numbers, uint16_t number)
{
	unsigned i = 0;

	while (i < numbers->count && numbers->known[i] != number)
		i++;
	if (i == numbers->count)
		numbers->known[numbers->count++] = number;
	return (uint16_t)i;
}

/* Nothing compares whether a clock is safe; and what TPM2_Startup sets anew has no past. */
static void simplify_image(struct model_image *image, struct numbers *numbers, bool is_file)
{
	image->ek = renumber(numbers, image->ek);
	image->owner = renumber(numbers, image->owner);
	image->of_vm = renumber(numbers, image->of_vm);
	image->is_safe = false;
	if (!is_file || image->shutdown == MODEL_STATE)
		return;
	image->pcr = 0;
	image->restarts = image->updates = 0;
}

static void simplify_guest(struct model_guest *guest, struct numbers *numbers)
{
	guest->vm = renumber(numbers, guest->vm);
	guest->boot = renumber(numbers, guest->boot);
}

static void simplify_look(struct view *view, struct numbers *numbers)
{
	uint16_t generator = renumber(numbers, (uint16_t)(view->read.random >> 16));

	view->read.random = (uint32_t)generator << 16 | (view->read.random & 0xffff);
	simplify_image(&view->read.tpm, numbers, false);
	simplify_image(&view->tpm, numbers, false);
	simplify_guest(&view->guest, numbers);
}

static void simplify_model(struct model *model, struct numbers *numbers)
{
	unsigned before;

	memset(&model->rest, 0, sizeof(model->rest));
	model->fresh = 0;
	model->now = 0;
	simplify_image(&model->tpm.on, numbers, false);
	simplify_image(&model->tpm.file, numbers, true);
	simplify_guest(&model->guest, numbers);
	before = numbers->count;
	model->tpm.generator = renumber(numbers, model->tpm.generator);
	/* No look knows what it has drawn. */
	if (numbers->count > before)
		model->tpm.drawn = 0;
}

static void make_key(const struct sequence *sequence, unsigned depth, struct seen_key *ret_key)
{
	unsigned place = sequence->baseline;
	struct numbers numbers = {.count = 0};

	memset(ret_key, 0, sizeof(*ret_key));
	ret_key->model = sequence->states[HISTORY - 1 + depth];
	ret_key->depth = depth;
	ret_key->place = place;
	if (place != NO_BASELINE) {
		ret_key->baseline = sequence->looks[place];
		ret_key->causes = sequence_causes(sequence, depth);
		ret_key->is_next = sequence_is_next(sequence, depth, place);
		simplify_look(&ret_key->baseline, &numbers);
	}
	simplify_model(&ret_key->model, &numbers);
}

/* That two of some millions are the same by chance, of 64 bits, need not be feared. */
static uint64_t hash(const struct seen_key *key)
{
	uint64_t value = 0, word = 0;

	for (size_t at = 0; at < sizeof(*key); at += sizeof(word)) {
		memcpy(&word, (const uint8_t *)key + at, sizeof(word));
		value = (value ^ word) * 0xbf58476d1ce4e5b9U;
		value ^= value >> 29;
	}
	return value ? value : 1;
}

static uint64_t *find_slot(const struct seen *seen, uint64_t value)
{
	size_t at = (size_t)value & (seen->room - 1);

	while (seen->hashes[at] && seen->hashes[at] != value)
		at = (at + 1) & (seen->room - 1);
	return &seen->hashes[at];
}

static uint64_t *allocate(size_t room)
{
	uint64_t *hashes = calloc(room, sizeof(*hashes));

	if (hashes)
		return hashes;
	fputs("out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

static void grow(struct seen *seen)
{
	struct seen grown = {.room = 2 * seen->room, .count = seen->count};

	grown.hashes = allocate(grown.room);
	for (size_t i = 0; i < seen->room; i++) {
		if (seen->hashes[i])
			*find_slot(&grown, seen->hashes[i]) = seen->hashes[i];
	}
	free(seen->hashes);
	*seen = grown;
}

void seen_init(struct seen *seen)
{
	*seen = (struct seen){.room = 1 << 16};
	seen->hashes = allocate(seen->room);
}

void seen_free(struct seen *seen)
{
	free(seen->hashes);
}

bool seen_add(struct seen *seen, const struct sequence *sequence, unsigned depth)
{
	struct seen_key key;
	uint64_t value, *slot;

	make_key(sequence, depth, &key);
	value = hash(&key);
	slot = find_slot(seen, value);
	if (*slot)
		return false;
	*slot = value;
	if (2 * ++seen->count > seen->room)
		grow(seen);
	return true;
}
