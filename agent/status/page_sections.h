/* SPDX-License-Identifier: BSD-2-Clause */
/* The status page's sections that are files of their own, each for what the evidence has of it. */
#ifndef AGENT_STATUS_PAGE_SECTIONS_H
#define AGENT_STATUS_PAGE_SECTIONS_H

#include "console/page.h"
#include "core/evidence/evidence.h"

void status_page_add_tpm(const struct evidence *evidence, struct page *page);
void status_page_add_keys(const struct evidence *evidence, struct page *page);
/* Rows, in the section that was begun. */
void status_page_add_eks(const struct evidence *evidence, struct page *page);
void status_page_add_nv(const struct evidence *evidence, struct page *page);
void status_page_add_pcrs(const struct evidence *evidence, struct page *page);
void status_page_add_lockout(const struct evidence *evidence, struct page *page);
void status_page_add_clock(const struct evidence *evidence, struct page *page);
void status_page_add_guest(const struct evidence *evidence, struct page *page);

/* The names that tpm.msc and its like use; of evidence that was read through TPM Base Services. */
void status_page_add_windows(const struct evidence *evidence, struct page *page);

#endif
