/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as a page. */
#ifndef CONSOLE_PAGE_VERDICT_H
#define CONSOLE_PAGE_VERDICT_H

#include "console/page.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

/* The outcome of a comparison. The names say where the documents came from; `baseline` may be NULL,
 * and where somebody else judged `evidence`, too. */
void page_build_verdict(const struct verdict *verdict, const struct evidence *baseline,
	const char *baseline_name, const struct evidence *evidence, const char *evidence_name,
	struct page *ret_page);

#endif
