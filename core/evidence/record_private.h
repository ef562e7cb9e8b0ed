/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of records share. */
#ifndef CORE_EVIDENCE_RECORD_PRIVATE_H
#define CORE_EVIDENCE_RECORD_PRIVATE_H

#include "core/evidence/record.h"

/* The layout that FIELD_HEX, FIELD_BASE64 and FIELD_LIST share with their real structures. */
struct counted {
	size_t count;
	uint8_t items[];
};

/* Items of a list start where the alignment of the largest member puts them: behind the size_t. */
_Static_assert(offsetof(struct counted, items) == sizeof(size_t), "no padding before bytes");

#endif
