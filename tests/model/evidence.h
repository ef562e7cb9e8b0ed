/* SPDX-License-Identifier: BSD-2-Clause */
/* A view as the evidence that an agent would make of it, without a signature. */
#ifndef TESTS_MODEL_EVIDENCE_H
#define TESTS_MODEL_EVIDENCE_H

#include "core/evidence/evidence.h"
#include "tests/model/view.h"

/* Writes the view over what `evidence` holds of it; the rest stays as the sample has it. */
void evidence_from_view(struct evidence *evidence, const struct view *view);

#endif
