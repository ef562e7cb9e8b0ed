/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found: the outcome of each check, in a sentence, with the command that mends it. */
#ifndef HOST_FINDINGS_H
#define HOST_FINDINGS_H

#include <stddef.h>

#include "core/json/value.h"
#include "core/status.h"

struct finding {
	const char *check; /* stable: "mount", "uid", "state", … */
	char subject[256]; /* the domain, or the peer; empty: this host */
	enum verdict_status status;
	char sentence[320]; /* may quote foreign strings: escape at the exit */
	char remedy[400];   /* the command that mends it; empty when there is nothing to do */
};

#define FINDINGS_MAX 4096

struct findings {
	char note[200]; /* what was not looked at, and why; empty: nothing */
	size_t count;
	struct finding items[FINDINGS_MAX];
};

/* Adds a finding, printf style, and returns it for a remedy; the last place is kept for saying that
 * there are more. */
struct finding *findings_add(struct findings *findings, const char *check, const char *subject,
	enum verdict_status status, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Says what mends it, printf style. */
void finding_mend(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The worse of two: what does not hold over what cannot be told, that over a warning. */
enum verdict_status findings_worse(enum verdict_status one, enum verdict_status other);

/* The worst of all. */
enum verdict_status findings_status(const struct findings *findings);

/* A new JSON object, or NULL when memory is short; its form is described in vtpm-host(1). */
json_t *findings_to_json(const struct findings *findings);

#endif
