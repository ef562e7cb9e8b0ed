/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything stands. */
#ifndef WINDOW_LAYOUT_H
#define WINDOW_LAYOUT_H

#include "window/window.h"

/* Places all controls, by the window's size and their texts. */
void window_layout(struct window *window);

#endif
