/* SPDX-License-Identifier: BSD-2-Clause */
/* A service under systemd: sd_notify(3)'s protocol, which that page invites programs to speak
 * themselves. */
#include "linux/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/text.h"
#include "platform/system.h"

void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A service manager that does not listen is no reason to stop. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

uint64_t service_watchdog_us(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long us = text ? strtoull(text, NULL, 10) : 0;

	if (pid && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	return us / 2;
}

bool platform_credential_path(const char *name, char *ret_path, size_t size)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	int len = directory ? snprintf(ret_path, size, "%s/%s", directory, name) : -1;

	return len >= 0 && (size_t)len < size && platform_file_is_there(ret_path);
}

int service_credential_read(const char *name, size_t max, struct buf *to, struct error *err)
{
	static const char none[] = "none"; /* SetCredential= in installer/systemd/agent.conf */
	size_t begin = to->len;
	char path[1024];
	bool is_as_long;
	int rc;

	if (!platform_credential_path(name, path, sizeof(path)))
		return error_set(err, ERROR_NOT_FOUND, "no credential %s", name);
	rc = platform_file_read(path, max, to, err);
	is_as_long = !rc && to->len - begin == strlen(none);
	if (is_as_long && memcmp(to->data + begin, none, strlen(none)) == 0) {
		to->len = begin;
		rc = error_set(err, ERROR_NOT_FOUND, "credential %s: none", name);
	}
	return rc;
}

void platform_log_write(enum log_level level, const char *program, const char *line)
{
	/* sd-daemon(3): syslog's levels. */
	static const char *const prefixes[] = {[LOG_LEVEL_ERROR] = "<3>",
		[LOG_LEVEL_WARNING] = "<4>",
		[LOG_LEVEL_INFO] = "<6>",
		[LOG_LEVEL_DEBUG] = "<7>"};

	fprintf(stderr, "%s%s: %s\n", getenv("JOURNAL_STREAM") ? prefixes[level] : "", program,
		line);
}

int platform_service_control(const char *verb, struct error *err)
{
	return error_set(err, ERROR_USAGE,
		"service %s is for Windows; here, systemctl manages vtpm-agent.service", verb);
}

void platform_service_ready(const char *status)
{
	BUF_SCOPED state = {0};

	/* A newline in it would begin another assignment. */
	buf_append_text(&state, "READY=1\nWATCHDOG=1\nSTATUS=");
	text_escape(&state, status, false);
	if (!state.failed)
		service_notify((char *)state.data);
}

void platform_service_stopping(void)
{
	service_notify("STOPPING=1");
}
