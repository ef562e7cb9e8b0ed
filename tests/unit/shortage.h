/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation that fails when told to, in the program and in libcrypto. A test that links it wraps
 * malloc, calloc and realloc: target unit_shortage. */
#ifndef TESTS_UNIT_SHORTAGE_H
#define TESTS_UNIT_SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes libcrypto allocate as the program does; before it allocates anything. False when it is too
 * late. */
bool shortage_prepare(void);

/* From now on `succeeding` allocations succeed, then one fails; with `goes_on` all after it, too.
 */
void shortage_begin(size_t succeeding, bool goes_on);

/* Allocation works again. */
void shortage_end(void);

/* Whether one has failed since shortage_begin(). */
bool shortage_has_struck(void);

/* Allocation works for a while; returns what shortage_resume() takes. */
bool shortage_pause(void);
void shortage_resume(bool was_on);

#endif
