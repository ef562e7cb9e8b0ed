/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person can ask the window for. */
#ifndef WINDOW_COMMANDS_H
#define WINDOW_COMMANDS_H

#include "window/window.h"

void window_refresh(struct window *window);

/* One of ASK_… (resources/window.h). */
void window_command(struct window *window, int command);

/* While it waits: how long. */
void window_tick(const struct window *window);

#endif
