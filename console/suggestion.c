/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/suggestion.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 32 /* longer ones are none of ours */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* How many letters are to be put in, left out, exchanged or swapped with their neighbour: optimal
 * string alignment. */
static unsigned distance_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[WORD_MAX + 1][WORD_MAX + 1];

	for (unsigned i = 0; i <= a_len; i++)
		rows[i][0] = i;
	for (unsigned j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			unsigned other = a[i - 1] != b[j - 1];
			bool is_swapped =
				i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];

			rows[i][j] = least(
				rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + other);
			if (is_swapped && rows[i - 2][j - 2] + 1 < rows[i][j])
				rows[i][j] = rows[i - 2][j - 2] + 1;
		}
	}
	return rows[a_len][b_len];
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate)
{
	const size_t len = strlen(suggestion->word), other = strlen(candidate);
	unsigned distance;

	if (len > WORD_MAX || other > WORD_MAX)
		return;
	distance = distance_of(suggestion->word, len, candidate, other);
	if (distance * 3 > len || (suggestion->best && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}

const char *suggestion_text(const struct suggestion *suggestion, const char *prefix, char out[64])
{
	*out = 0;
	if (suggestion->best)
		snprintf(out, 64, " (did you mean %s%s?)", prefix, suggestion->best);
	return out;
}
