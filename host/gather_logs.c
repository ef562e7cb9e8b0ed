/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/gather_logs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/child.h"
#include "host/log_lines.h"

#define TAIL_BYTES 65536

struct tail {
	char path[512], text[TAIL_BYTES + 1];
};

/* The end of the file; NULs would hide what follows. */
static void read_tail(void *context)
{
	struct tail *tail = context;
	int fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t len;

	if (fd < 0)
		return;
	len = pread(fd, tail->text, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);
	for (ssize_t i = 0; i < len; i++) {
		if (!tail->text[i])
			tail->text[i] = '?';
	}
	close(fd);
}

void gather_logs(const char *domain, uint32_t timeout_ms, struct findings *findings)
{
	for (size_t i = 0; i < 2; i++) {
		static struct tail tail; /* too large for a stack */
		struct error err = {0};

		tail = (struct tail){0};
		if (i == 0)
			snprintf(tail.path, sizeof(tail.path),
				"/var/log/swtpm/libvirt/qemu/%s-swtpm.log", domain);
		else
			snprintf(tail.path, sizeof(tail.path), "/var/log/libvirt/qemu/%s.log",
				domain);
		if (strchr(domain, '/') ||
			child_call(read_tail, &tail, sizeof(tail), NULL, timeout_ms, &err))
			continue;
		log_lines_judge(tail.text, domain, tail.path, findings);
	}
}
