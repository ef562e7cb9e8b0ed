/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent as a Windows service: its name, and its talk with the service control manager. */
#ifndef WIN32_SERVICE_H
#define WIN32_SERVICE_H

#include "win32/api.h"

#include <stdbool.h>

#define SERVICE_NAME      L"vtpm-agent"
#define SERVICE_EVENT_KEY L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\vtpm-agent"

/* What the service control manager, or ^C on a console, asks for. */
enum service_request { SERVICE_REQUEST_STOP, SERVICE_REQUEST_RELOAD };

/* Connects this process to the service control manager when that has started it; false when
 * somebody else has. From then on `request` is called, on another thread, with what it wants. */
bool service_connect(void (*request)(enum service_request request));

/* Tells the service control manager that the service has stopped, and waits for it to let go. */
void service_disconnect(void);

#endif
