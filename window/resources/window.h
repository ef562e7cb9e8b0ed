/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that vtpm-status.exe and its resources share. */
#ifndef WINDOW_RESOURCES_WINDOW_H
#define WINDOW_RESOURCES_WINDOW_H

#define ICON_PROGRAM 1
/* By page_mark, from PAGE_PASS on. */
#define ICON_MARKS   10

#define ACCELERATORS_WINDOW 1

/* What can be asked for: of a button, or by its key. */
#define ASK_REFRESH 100
#define ASK_COPY    101
#define ASK_SAVE    102
#define ASK_COMPARE 103
#define ASK_BACK    104
#define ASK_ELEVATE 105

#endif
