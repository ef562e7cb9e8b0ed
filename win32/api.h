/* SPDX-License-Identifier: BSD-2-Clause */
/* <windows.h> beside core/error.h: of the names that both have, ours stay. */
#ifndef WIN32_API_H
#define WIN32_API_H

/* Without winsock.h, which neither goes with winsock2.h nor leaves names like bind alone. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* After all that <windows.h> brings, and before core/error.h is read for the first time: include
 * this header first. */
#undef ERROR_NOT_FOUND
#undef ERROR_TIMEOUT

#endif
