/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"

static int journal = -1;

/* A child of a service inherits the variable though its standard error may be another: compare. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char here[48];
	struct stat file;

	if (!stream || fstat(fd, &file))
		return false;
	snprintf(here, sizeof(here), "%llu:%llu", (unsigned long long)file.st_dev,
		(unsigned long long)file.st_ino);
	return strcmp(stream, here) == 0;
}

bool journal_open(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

	if (!is_journal(STDERR_FILENO))
		return false;
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal >= 0 && connect(journal, (const struct sockaddr *)&address, sizeof(address))) {
		close(journal);
		journal = -1;
	}
	return journal >= 0;
}

bool journal_write(enum log_level level, const char *message)
{
	static const int priorities[] = {[LOG_LEVEL_ERROR] = 3,
		[LOG_LEVEL_WARNING] = 4,
		[LOG_LEVEL_INFO] = 6,
		[LOG_LEVEL_DEBUG] = 7};
	BUF_SCOPED entry = {0};

	/* The message has no newline in it: it is escaped. */
	buf_printf(&entry, "PRIORITY=%d\nSYSLOG_IDENTIFIER=vtpm-collector\nMESSAGE=%s\n",
		priorities[level], message);
	return journal >= 0 && !entry.failed &&
	       send(journal, entry.data, entry.len, MSG_NOSIGNAL) == (ssize_t)entry.len;
}
