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

/* Appends a reason to the section last begun: why the verdict is what it is, where `is_first`, else
 * what was seen beside that. Its code stands behind the sentence. Its
 * mark is that of the page's status; the row is returned where that is another. */
struct page_row *page_add_reason(struct page *page, bool is_first, const char *code,
	const char *sentence, const char *remedy);

/* Says on such a page that this was the first sight, of which the baseline was made: then the
 * evidence's health counts, as `checks` have it. `report`: its number at the collector, or 0. */
void page_enrol(const struct checks *checks, uint64_t report, struct page *page);

#endif
