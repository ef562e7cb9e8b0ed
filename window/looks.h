/* SPDX-License-Identifier: BSD-2-Clause */
/* Resolution, fonts and icons. */
#ifndef WINDOW_LOOKS_H
#define WINDOW_LOOKS_H

#include "window/window.h"

#define LOOKS_ICON 48 /* the verdict's, in pixels at 96 dpi */

/* The resolution of the monitor that the window is on; from Windows 10 1607 on. Else, and for NULL:
 * the system's. */
int window_dpi_of(HWND frame);

/* Pixels for so many at 96 dpi. */
int window_scale(const struct window *window, int pixels);

/* Fonts and icons, for all controls; again where dpi or settings changed. */
void window_load_fonts(struct window *window);

#endif
