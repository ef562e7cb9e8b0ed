/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that vtpm-status.exe and its resources share. */
#ifndef WIN32_RESOURCES_WINDOW_H
#define WIN32_RESOURCES_WINDOW_H

#define ICON_PROGRAM 1
/* By page_mark, from PAGE_PASS on. */
#define ICON_MARKS   10

#define ACCELERATORS_WINDOW 1

/* What can be asked for: of a button, or by its key. */
#define COMMAND_REFRESH 100
#define COMMAND_COPY    101
#define COMMAND_SAVE    102
#define COMMAND_COMPARE 103
#define COMMAND_BACK    104
#define COMMAND_ELEVATE 105

#endif
