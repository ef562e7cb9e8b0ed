/* SPDX-License-Identifier: BSD-2-Clause */
/* Was everything read? A part that failed is not an empty one. */
#ifndef CORE_CHECKS_PARTS_H
#define CORE_CHECKS_PARTS_H

#include <stddef.h>

#include "core/checks/check.h"

/* Comes last: names each part that could not be read and that none of the checks so far tells of.
 * False where there is none. */
bool check_parts(const struct evidence *evidence, const struct check *so_far, size_t count,
	struct check *ret_check);

#endif
