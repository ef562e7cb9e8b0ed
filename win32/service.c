/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/service.h"

#include <stdio.h>
#include <stdlib.h>

#include "messages.h"
#include "platform/system.h"
#include "win32/wide.h"

#define CONNECT_MS 10000
#define STOP_MS    5000

static struct {
	HANDLE thread;    /* in the dispatcher */
	HANDLE connected; /* an event: service_main() runs, or there is no manager */
	HANDLE stopped;   /* an event: service_main() may return */
	SERVICE_STATUS_HANDLE status;
	void (*request)(enum service_request request);
} service;

static void tell(DWORD state)
{
	SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
		.dwCurrentState = state,
		.dwControlsAccepted =
			SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE};

	if (state == SERVICE_START_PENDING || state == SERVICE_STOPPED)
		status.dwControlsAccepted = 0;
	if (state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING)
		status.dwWaitHint = 30000;
	if (service.status)
		SetServiceStatus(service.status, &status);
}

static DWORD WINAPI handle(DWORD control, DWORD event, void *data, void *context)
{
	(void)event;
	(void)data;
	(void)context;
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_SHUTDOWN:
		tell(SERVICE_STOP_PENDING);
		service.request(SERVICE_REQUEST_STOP);
		return NO_ERROR;
	case SERVICE_CONTROL_PARAMCHANGE:
		service.request(SERVICE_REQUEST_RELOAD);
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE:
		return NO_ERROR;
	default:
		return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
	(void)argc;
	(void)argv;
	service.status = RegisterServiceCtrlHandlerExW(SERVICE_NAME, handle, NULL);
	tell(SERVICE_START_PENDING);
	SetEvent(service.connected);
	WaitForSingleObject(service.stopped, INFINITE);
	tell(SERVICE_STOPPED);
}

static DWORD WINAPI dispatch(void *argument)
{
	wchar_t name[] = SERVICE_NAME;
	const SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};

	(void)argument;
	StartServiceCtrlDispatcherW(table);
	SetEvent(service.connected);
	return 0;
}

bool service_connect(void (*request)(enum service_request request))
{
	service.request = request;
	service.connected = CreateEventW(NULL, TRUE, FALSE, NULL);
	service.stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
	service.thread = CreateThread(NULL, 0, dispatch, NULL, 0, NULL);
	if (service.thread)
		WaitForSingleObject(service.connected, CONNECT_MS);
	return service.status;
}

void service_disconnect(void)
{
	if (!service.status)
		return;
	SetEvent(service.stopped);
	WaitForSingleObject(service.thread, STOP_MS);
}

void platform_service_ready(const char *status)
{
	(void)status; /* the manager has no place for it; the event log has the line */
	tell(SERVICE_RUNNING);
}

void platform_service_stopping(void)
{
	tell(SERVICE_STOP_PENDING);
}

/* To the event log, as messages.mc has it: one message for each level, of which the line is all. */
static void report_event(enum log_level level, const char *line)
{
	static const struct {
		WORD type;
		DWORD id;
	} events[] = {[LOG_LEVEL_ERROR] = {EVENTLOG_ERROR_TYPE, EVENT_ERROR},
		[LOG_LEVEL_WARNING] = {EVENTLOG_WARNING_TYPE, EVENT_WARNING},
		[LOG_LEVEL_INFO] = {EVENTLOG_INFORMATION_TYPE, EVENT_INFORMATION},
		[LOG_LEVEL_DEBUG] = {EVENTLOG_INFORMATION_TYPE, EVENT_INFORMATION}};
	HANDLE source = RegisterEventSourceW(NULL, SERVICE_NAME);
	wchar_t *wide = wide_from_text(line);
	const wchar_t *strings[] = {wide};

	if (source && wide)
		ReportEventW(
			source, events[level].type, 0, events[level].id, NULL, 1, 0, strings, NULL);
	free(wide);
	if (source)
		DeregisterEventSource(source);
}

/* What the service control manager starts has no standard error: also before it is connected, such
 * as when its configuration is wrong. */
static bool has_reader(void)
{
	HANDLE output = GetStdHandle(STD_ERROR_HANDLE);

	return !service.status && output && output != INVALID_HANDLE_VALUE;
}

void platform_log_write(enum log_level level, const char *program, const char *line)
{
	if (!has_reader())
		report_event(level, line);
	else
		fprintf(stderr, "%s: %s\n", program, line);
}

/* Windows hands its services none. */
bool platform_credential_path(const char *name, char *ret_path, size_t size)
{
	(void)name;
	(void)ret_path;
	(void)size;
	return false;
}
