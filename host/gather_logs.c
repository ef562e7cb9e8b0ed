/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/gather_logs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/child.h"
#include "host/log_lines.h"

#define TAIL_BYTES        65536
#define JOURNAL_BYTES_MAX (4 * 1024 * 1024)

struct tail {
	char path[512], text[TAIL_BYTES + 1];
	bool is_there;
	uint64_t mtime;
};

/* The end of the file; NULs would hide what follows. */
static void read_tail(void *context)
{
	struct tail *tail = context;
	int fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	struct stat status;
	ssize_t len;

	if (fd < 0)
		return;
	tail->is_there = fstat(fd, &status) == 0;
	tail->mtime = tail->is_there ? (uint64_t)status.st_mtime : 0;
	len = pread(fd, tail->text, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);
	for (ssize_t i = 0; i < len; i++) {
		if (!tail->text[i])
			tail->text[i] = '?';
	}
	close(fd);
}

static bool read_file(struct tail *tail, uint32_t timeout_ms)
{
	const struct child_how how = {.timeout_ms = timeout_ms};
	struct error ignored;

	return child_call(read_tail, tail, sizeof(*tail), &how, &ignored) == 0 && tail->is_there;
}

static size_t judge_files(
	const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings)
{
	static struct tail tail; /* too large for a stack */
	const char *name = domain->name;
	struct log_text log = {.text = tail.text, .place = tail.path};
	struct log_made made = {0};
	int64_t first_start = 0;
	size_t count = 0;

	if (strchr(name, '/'))
		return 0;
	tail = (struct tail){0};
	snprintf(tail.path, sizeof(tail.path), "/var/log/swtpm/libvirt/qemu/%s-swtpm.log", name);
	if (read_file(&tail, timeout_ms)) {
		count++;
		log.is_past = domain->swtpm_pid && tail.mtime < domain->swtpm_started;
		log_lines_made(tail.text, domain->uuid, &made);
		log_lines_judge(&log, name, findings);
	}
	tail = (struct tail){0};
	snprintf(tail.path, sizeof(tail.path), "/var/log/libvirt/qemu/%s.log", name);
	if (read_file(&tail, timeout_ms)) {
		count++;
		log.is_past = false;
		first_start = log_lines_first_start(tail.text, domain->uuid);
		log.text = log_lines_last_start(tail.text);
		log_lines_judge(&log, name, findings);
	}
	log_lines_judge_made(&made, first_start, name, findings);
	return count;
}

/* What libvirt and the kernel tell the journal is not of one domain: it may be another's. */
static size_t judge_journal(
	const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings)
{
	static const char *const libvirt[] = {"journalctl", "-q", "--no-pager", "-b", "-o", "cat",
		"-n", "500", "-u", "libvirtd", "-u", "virtqemud", NULL};
	static const char *const kernel[] = {
		"journalctl", "-q", "--no-pager", "-b", "-o", "cat", "-n", "2000", "-k", NULL};
	static const struct {
		const char *const *argv;
		const char *place;
	} sources[] = {{libvirt, "libvirt's journal"}, {kernel, "the kernel's journal"}};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		BUF_SCOPED text = {0};
		struct error ignored;
		int rc = child_run(sources[i].argv, JOURNAL_BYTES_MAX, timeout_ms, &text, &ignored);

		if (rc || !text.len)
			continue;
		count++;
		log_lines_judge(&(struct log_text){.text = (char *)text.data,
					.place = sources[i].place,
					.is_past = domain->swtpm_pid != 0},
			domain->name, findings);
	}
	return count;
}

void gather_logs(const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings)
{
	size_t before = findings->count;
	size_t read = judge_files(domain, timeout_ms, findings) +
		      judge_journal(domain, timeout_ms, findings);

	if (findings->count == before)
		findings_add(findings, "log", domain->name, VERDICT_AFFIRMING,
			read ? "no known failure in its logs, which alone is not health"
			     : "there are no logs to read, which is not health");
}
