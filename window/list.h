/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the page, and the details of the selected one. */
#ifndef WINDOW_LIST_H
#define WINDOW_LIST_H

#include "window/window.h"

void window_list_begin(struct window *window);
void window_list_show(struct window *window);

/* The columns, by the list's width. */
void window_list_layout(struct window *window);

LRESULT window_list_notify(struct window *window, NMHDR *header);

#endif
