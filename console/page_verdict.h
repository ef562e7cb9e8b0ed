/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison as a page. */
#ifndef CONSOLE_PAGE_VERDICT_H
#define CONSOLE_PAGE_VERDICT_H

#include "console/page.h"
#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

/* The outcome of a comparison. The names say where the documents came from; `baseline` may be NULL,
 * and where somebody else judged `evidence`, too. */
void page_build_verdict(const struct verdict *verdict, const struct evidence *baseline,
	const char *baseline_name, const struct evidence *evidence, const char *evidence_name,
	struct page *ret_page);

/* Says on such a page that this was the first sight, of which the baseline was made: then the
 * evidence's health counts, as `checks` have it. `report`: its number at the collector, or 0. */
void page_enrol(const struct checks *checks, uint64_t report, struct page *page);

#endif
