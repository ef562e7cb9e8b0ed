/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections of the status page that are files of their own. */
#ifndef AGENT_PAGE_PRIVATE_H
#define AGENT_PAGE_PRIVATE_H

#include "agent/page.h"

/* The names that tpm.msc and its like use; of evidence that was read through TPM Base Services. */
void page_build_windows(const struct evidence *evidence, struct page *page);

#endif
