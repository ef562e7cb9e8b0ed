/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/journal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/text.h"

#define JOURNAL "/run/systemd/journal/socket"

static bool send_entry(const struct buf *entry)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = JOURNAL};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t sent = -1;

	if (fd < 0)
		return false;
	sent = sendto(fd, entry->data, entry->len, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&address, sizeof(address));
	close(fd);
	return sent == (ssize_t)entry->len;
}

bool journal_send(const struct journal_field *fields, size_t count)
{
	BUF_SCOPED entry = {0};

	for (size_t i = 0; i < count; i++) {
		buf_append_text(&entry, fields[i].name);
		buf_append_text(&entry, "=");
		text_escape(&entry, fields[i].value, false);
		buf_append_text(&entry, "\n");
	}
	return !entry.failed && send_entry(&entry);
}
