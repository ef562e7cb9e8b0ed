/* SPDX-License-Identifier: BSD-2-Clause */
/* A baseline for a person: which TPM it is of, and when it was taken. */
#ifndef AGENT_STATUS_BASELINE_PAGE_H
#define AGENT_STATUS_BASELINE_PAGE_H

#include "console/page.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* Adds the section: by whose file, or what it is, and by what two people can compare. */
void status_add_baseline(
	const char *title, const char *name, const struct evidence *evidence, struct page *page);

/* The page of a baseline alone; `fault`: why its quote proves nothing, or NULL. */
void status_baseline_page(const char *name, const struct evidence *evidence,
	const struct error *fault, struct page *ret_page);

#endif
