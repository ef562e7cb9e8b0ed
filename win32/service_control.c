/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-agent service install|remove|start|stop. */
#include "win32/service.h"

#include <stdio.h>
#include <string.h>

#include "platform/system.h"
#include "win32/access.h"
#include "win32/os_error.h"

#define WAIT_MS 35000

static int fail(struct error *err, const char *what)
{
	DWORD number = GetLastError();
	int rc = os_error(err, number, what, "the service vtpm-agent");

	return number == ERROR_ACCESS_DENIED ? error_wrap(err, "run as administrator") : rc;
}

static int add_event_source(const wchar_t *program, struct error *err)
{
	const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
	DWORD size = (DWORD)((wcslen(program) + 1) * sizeof(*program));
	LSTATUS status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, SERVICE_EVENT_KEY, L"EventMessageFile",
		REG_EXPAND_SZ, program, size);

	if (!status)
		status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, SERVICE_EVENT_KEY, L"TypesSupported",
			REG_DWORD, &types, sizeof(types));
	return status ? os_error(err, (DWORD)status, "register", "the event source") : 0;
}

/* Before the service looks for them: in ProgramData any user may make a directory, and would own
 * what it is to believe. */
static int make_directories(struct error *err)
{
	BUF_SCOPED folder = {0};
	const char *config = platform_config_path();
	const char *name = strrchr(config, '\\');
	int rc;

	buf_append(&folder, config, name ? (size_t)(name - config) : 0);
	if (folder.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a path");
	rc = access_make_owned((char *)folder.data, ACCESS_PUBLIC, err);
	return rc ? rc : access_make_owned(platform_state_path(), ACCESS_PRIVATE, err);
}

static int install(SC_HANDLE manager, struct error *err)
{
	wchar_t description[] = L"Tells whether this guest's vTPM is present, working and still "
				L"the same one.";
	SERVICE_DESCRIPTIONW text = {.lpDescription = description};
	SERVICE_DELAYED_AUTO_START_INFO delayed = {.fDelayedAutostart = TRUE};
	wchar_t program[1024], command[1100];
	DWORD len = GetModuleFileNameW(NULL, program, 1024);
	SC_HANDLE service;
	int rc;

	if (!len || len >= 1024)
		return error_set(err, ERROR_TOO_LARGE, "the program's own path is too long");
	rc = make_directories(err);
	if (rc)
		return rc;
	/* In quotes: else "C:\Program Files\..." would first be tried as C:\Program.exe. */
	swprintf(command, 1100, L"\"%ls\" run", program);
	service = CreateServiceW(manager, SERVICE_NAME, L"vTPM verification agent",
		SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
		SERVICE_ERROR_NORMAL, command, NULL, NULL, NULL, NULL, NULL);
	if (!service)
		return fail(err, "install");
	ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &text);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
	CloseServiceHandle(service);
	return add_event_source(program, err);
}

/* Waits until the service is in that state; false when it is not in time. */
static bool wait_for(SC_HANDLE service, DWORD state)
{
	uint64_t deadline_us = platform_monotonic_us() + WAIT_MS * 1000;
	SERVICE_STATUS status;

	while (QueryServiceStatus(service, &status) && status.dwCurrentState != state) {
		if (state == SERVICE_RUNNING && status.dwCurrentState == SERVICE_STOPPED)
			break;
		if (platform_monotonic_us() >= deadline_us)
			break;
		Sleep(100);
	}
	return status.dwCurrentState == state;
}

/* While Windows starts its services, it lets nobody else start one. */
static DWORD start_when_allowed(SC_HANDLE service)
{
	uint64_t deadline_us = platform_monotonic_us() + WAIT_MS * 1000;
	DWORD number;

	do {
		if (StartServiceW(service, 0, NULL))
			return 0;
		number = GetLastError();
		if (number != ERROR_SERVICE_DATABASE_LOCKED)
			break;
		Sleep(100);
	} while (platform_monotonic_us() < deadline_us);
	SetLastError(number);
	return number == ERROR_SERVICE_ALREADY_RUNNING ? 0 : number;
}

static int start(SC_HANDLE service, struct error *err)
{
	if (start_when_allowed(service)) {
		fail(err, "start");
		return error_wrap(err, "see the event log, source vtpm-agent");
	}
	return wait_for(service, SERVICE_RUNNING)
		       ? 0
		       : error_set(err, ERROR_IO,
				 "the service does not run; see the event log, source vtpm-agent");
}

static int stop(SC_HANDLE service, struct error *err)
{
	SERVICE_STATUS status;
	BOOL is_told = ControlService(service, SERVICE_CONTROL_STOP, &status);

	if (!is_told && GetLastError() != ERROR_SERVICE_NOT_ACTIVE)
		return fail(err, "stop");
	return wait_for(service, SERVICE_STOPPED)
		       ? 0
		       : error_set(err, ERROR_TIMEOUT, "the service did not stop in time");
}

static int remove_service(SC_HANDLE service, struct error *err)
{
	int rc = stop(service, err);

	if (rc)
		return rc;
	if (!DeleteService(service))
		return fail(err, "remove");
	RegDeleteTreeW(HKEY_LOCAL_MACHINE, SERVICE_EVENT_KEY);
	return 0;
}

int platform_service_control(const char *verb, struct error *err)
{
	static const struct {
		const char *name;
		int (*run)(SC_HANDLE service, struct error *err);
	} verbs[] = {{"start", start}, {"stop", stop}, {"remove", remove_service}};
	bool is_install = strcmp(verb, "install") == 0;
	SC_HANDLE manager, service = NULL;
	size_t i = 0;
	int rc;

	while (i < 3 && strcmp(verbs[i].name, verb) != 0)
		i++;
	if (i == 3 && !is_install)
		return error_set(err, ERROR_USAGE,
			"service install, remove, start or stop, not \"%s\"", verb);
	manager =
		OpenSCManagerW(NULL, NULL, is_install ? SC_MANAGER_ALL_ACCESS : SC_MANAGER_CONNECT);
	if (!manager)
		return fail(err, "reach the manager of");
	if (!is_install)
		service = OpenServiceW(manager, SERVICE_NAME, SERVICE_ALL_ACCESS);
	if (is_install)
		rc = install(manager, err);
	else
		rc = service ? verbs[i].run(service, err) : fail(err, "open");
	if (service)
		CloseServiceHandle(service);
	CloseServiceHandle(manager);
	return rc;
}
