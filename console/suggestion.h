/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody meant who mistyped a word. */
#ifndef CONSOLE_SUGGESTION_H
#define CONSOLE_SUGGESTION_H

/* Begin with the word alone. `best` is borrowed from what was considered, or NULL. */
struct suggestion {
	const char *word;
	const char *best;
	unsigned distance;
};

/* Takes the candidate where it is the nearest so far, and near enough to be meant: a word of which
 * a third is wrong is another word. */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

/* " (did you mean PREFIX…?)" with what was found, or "", in `out`. */
const char *suggestion_text(const struct suggestion *suggestion, const char *prefix, char out[64]);

#endif
