/* SPDX-License-Identifier: BSD-2-Clause */
/* A look of which parts could not be read. */
#ifndef TESTS_MODEL_PARTIAL_H
#define TESTS_MODEL_PARTIAL_H

#include "core/verdict/judge.h"
#include "tests/model/view.h"

/* Parts that a look may lack; without `session` there is no other. */
#define PARTIAL_PARTS(ROW)                                                                         \
	ROW(guest)                                                                                 \
	ROW(smbios)                                                                                \
	ROW(properties)                                                                            \
	ROW(clock)                                                                                 \
	ROW(random)                                                                                \
	ROW(persistent)                                                                            \
	ROW(nv)                                                                                    \
	ROW(eks)                                                                                   \
	ROW(certificates)                                                                          \
	ROW(srk)                                                                                   \
	ROW(beacon)                                                                                \
	ROW(event_log)                                                                             \
	ROW(quote)                                                                                 \
	ROW(session)

#define PARTIAL_ENUMERATOR(name) PARTIAL_##name,
enum partial_part { PARTIAL_PARTS(PARTIAL_ENUMERATOR) PARTIAL_COUNT };

#define LACKS(name) (1U << PARTIAL_##name)

struct partial {
	struct view view;
	unsigned lacks; /* bits of enum partial_part */
};

/* Builds and frees what the documents are made of. */
void partial_init(void);
void partial_free(void);

/* What `now` comes to beside `then`, and beside the verdict that was kept; `ret_fresh` gets what it
 * is by itself. */
void partial_judge(const struct partial *then, const struct partial *now,
	const struct verdict *kept, struct verdict *ret_verdict, struct verdict *ret_fresh);

/* "guest, clock": the names of the parts that are lacking. */
void partial_print(unsigned lacks, char *to, size_t size);

#endif
