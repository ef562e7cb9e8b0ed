/* SPDX-License-Identifier: BSD-2-Clause */
/* The status page on a console. */
#ifndef AGENT_PAGE_TEXT_H
#define AGENT_PAGE_TEXT_H

#include "agent/page.h"
#include "agent/platform.h"
#include "core/buf.h"

/* Appends the page laid out for this terminal: at most its columns wide (40 to 100), with colour
 * and symbols where it has them, in plain ASCII where not. Foreign strings are escaped. */
void page_text(struct buf *to, const struct page *page, const struct platform_terminal *terminal);

#endif
