/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame: its controls, and what Windows tells it. */
#ifndef WINDOW_FRAME_H
#define WINDOW_FRAME_H

#include "window/window.h"

/* Makes the window and shows it. NULL where Windows has none left. */
HWND window_open(struct window *window, int show);

#endif
