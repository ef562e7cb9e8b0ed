/* SPDX-License-Identifier: BSD-2-Clause */
/* A page on a console. */
#ifndef CONSOLE_PAGE_TEXT_H
#define CONSOLE_PAGE_TEXT_H

#include "console/page.h"
#include "core/buf.h"
#include "platform/system.h"

/* Appends the page laid out for this terminal: at most its columns wide (40 to 100), with colour
 * and symbols where it has them, in plain ASCII where not. Foreign strings are escaped. */
void page_text(struct buf *to, const struct page *page, const struct platform_terminal *terminal);

#endif
