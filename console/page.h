/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page as a model: a headline and sections of rows, free of any layout. The console page
 * (page_text.h) and the Windows status window are two views of it.
 */
#ifndef CONSOLE_PAGE_H
#define CONSOLE_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/status.h"

enum page_mark { PAGE_PLAIN, PAGE_PASS, PAGE_WARN, PAGE_FAIL, PAGE_UNKNOWN };

struct page_row {
	enum page_mark mark;
	char label[24];
	char value[320];  /* may quote foreign strings: escape at the exit */
	char remedy[640]; /* empty when there is nothing to do */
};

/* The longest page is the window's: the status of one TPM and its boot: the checks, every list of
 * the evidence in full, each bank's PCRs and the rest of them in one row, and single rows. */
#define PAGE_ROWS_MAX                                                                              \
	(CHECKS_MAX + EVIDENCE_EKS_MAX + EVIDENCE_OBJECTS_MAX + EVIDENCE_CERTIFICATES_MAX +        \
		EVIDENCE_UNREAD_MAX + EVIDENCE_NV_MAX + EVIDENCE_BANKS_MAX * (TCG_PCR_COUNT + 1) + \
		BOOT_ITEMS_MAX + BOOT_CERTIFICATES_MAX + BOOT_AUTHORITIES_MAX +                    \
		BOOT_VARIABLES_MAX + 36)
#define PAGE_SECTIONS_MAX 14

struct page_section {
	const char *title;
	size_t first_row, row_count;
};

struct page {
	enum verdict_status status;
	const char *badge;  /* one word: "healthy", "broken", "continuous" */
	char headline[320]; /* a sentence */
	char summary[320];  /* how many checks passed, and what would show more */
	char refused[160];  /* what an administrator would see beside this, as a list; or empty */
	size_t section_count;
	struct page_section sections[PAGE_SECTIONS_MAX];
	size_t row_count;
	struct page_row rows[PAGE_ROWS_MAX];
};

/* Begins a section; rows go to the last one begun. */
void page_begin_section(struct page *page, const char *title);

/* Appends a row, its value printf style, and returns it for a remedy to be added. A full page drops
 * what comes after; the bound is far beyond any TPM seen. */
struct page_row *page_add_row(struct page *page, enum page_mark mark, const char *label,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* "2026-11-23 08:11:35 UTC", in `out`, for seconds since 1970. */
const char *page_when(uint64_t seconds, char out[24]);

/* The page's one word for a status. */
const char *page_verdict(enum verdict_status status);

/* What a person reads for the status of a comparison: "survived", "look at it", "did not survive"
 * and "cannot tell". Documents, metrics and logs keep EAR's words (core/status.h). */
const char *page_outcome(enum verdict_status status);

/* The same for EAR's word; an unknown one cannot be told. */
const char *page_outcome_named(const char *name);

/* Makes the summary of the page's status and the event that it was judged by; "none" and an empty
 * text are no event. */
void page_summarize_verdict(struct page *page, const char *event);

/* The mark of a row that says a status. */
enum page_mark page_mark_of(enum verdict_status status);

#endif
