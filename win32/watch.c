/* SPDX-License-Identifier: BSD-2-Clause */
/* What a running service waits for. Windows gives a program no sign that its machine was moved.
 * That the network is back is not waited for: the service tries again soon anyway. */
#include "win32/api.h"

#include "platform/guest.h"
#include "platform/system.h"

#include <stdlib.h>

#include "win32/os_error.h"
#include "win32/service.h"

struct platform_watch {
	HANDLE requests[2]; /* events, by service_request */
};

/* Handlers have no argument; there is one service in a process. */
static struct platform_watch current;

static void request(enum service_request wanted)
{
	SetEvent(current.requests[wanted]);
}

static BOOL WINAPI on_console_event(DWORD event)
{
	(void)event;
	request(SERVICE_REQUEST_STOP);
	return TRUE;
}

int platform_watch_open(struct platform_watch **ret_watch, struct error *err)
{
	current.requests[SERVICE_REQUEST_STOP] = CreateEventW(NULL, TRUE, FALSE, NULL);
	current.requests[SERVICE_REQUEST_RELOAD] = CreateEventW(NULL, FALSE, FALSE, NULL);
	if (!current.requests[0] || !current.requests[1])
		return os_error(err, GetLastError(), "make an event", "");
	if (!service_connect(request))
		SetConsoleCtrlHandler(on_console_event, TRUE);
	*ret_watch = &current;
	return 0;
}

void platform_watch_close(struct platform_watch *watch)
{
	if (watch)
		service_disconnect();
}

bool platform_watch_is_stopping(const struct platform_watch *watch)
{
	/* Set by hand: looking does not take the request away. */
	return WaitForSingleObject(watch->requests[SERVICE_REQUEST_STOP], 0) == WAIT_OBJECT_0;
}

void platform_watch_listen(struct platform_watch *watch, const char *directory)
{
	(void)watch;
	(void)directory;
}

void platform_watch_call(const char *directory)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE service =
		manager ? OpenServiceW(manager, SERVICE_NAME, SERVICE_PAUSE_CONTINUE) : NULL;
	SERVICE_STATUS status;

	(void)directory;
	if (service) {
		ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status);
		CloseServiceHandle(service);
	}
	if (manager)
		CloseServiceHandle(manager);
}

enum platform_wake platform_watch_wait(struct platform_watch *watch, uint64_t deadline_us)
{
	for (;;) {
		uint64_t now = platform_monotonic_us();
		uint64_t left_ms = deadline_us > now ? (deadline_us - now + 999) / 1000 : 0;
		DWORD which = WaitForMultipleObjects(
			2, watch->requests, FALSE, left_ms < 3600000 ? (DWORD)left_ms : 3600000);

		if (which == WAIT_OBJECT_0 + SERVICE_REQUEST_STOP)
			return PLATFORM_WAKE_STOP;
		if (which == WAIT_OBJECT_0 + SERVICE_REQUEST_RELOAD)
			return PLATFORM_WAKE_RELOAD;
		if (platform_monotonic_us() >= deadline_us)
			return PLATFORM_WAKE_TIMEOUT;
	}
}
