/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/logs/gather.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/child.h"
#include "host/logs/lines.h"
#include "host/logs/made.h"
#include "host/logs/nova.h"

/* With <backend debug=…> swtpm writes a line for each byte that passes. */
#define TAIL_BYTES        (1024 * 1024)
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

/* A domain's own logs, and what libvirt and the kernel tell the journal, which is not of one
 * domain: it may be another's. */
struct reading {
	struct tail swtpm, qemu;
	struct buf journals[2];
	struct log_text logs[4];
	size_t count;
};

static void add(struct reading *reading, const char *text, const char *place, bool is_past)
{
	reading->logs[reading->count++] =
		(struct log_text){.text = text, .place = place, .is_past = is_past};
}

static void read_files(
	const struct facts_domain *domain, uint32_t timeout_ms, struct reading *reading)
{
	struct tail *swtpm = &reading->swtpm, *qemu = &reading->qemu;
	const char *name = domain->name;

	if (strchr(name, '/'))
		return;
	snprintf(
		swtpm->path, sizeof(swtpm->path), "/var/log/swtpm/libvirt/qemu/%s-swtpm.log", name);
	snprintf(qemu->path, sizeof(qemu->path), "/var/log/libvirt/qemu/%s.log", name);
	if (read_file(swtpm, timeout_ms))
		add(reading, swtpm->text, swtpm->path,
			domain->swtpm_pid && swtpm->mtime < domain->swtpm_started);
	if (read_file(qemu, timeout_ms))
		add(reading, log_lines_last_start(qemu->text), qemu->path, false);
}

static void read_journals(
	const struct facts_domain *domain, uint32_t timeout_ms, struct reading *reading)
{
	static const char *const libvirt[] = {"journalctl", "-q", "--no-pager", "-b", "-o", "cat",
		"-n", "500", "-u", "libvirtd", "-u", "virtqemud", NULL};
	static const char *const kernel[] = {
		"journalctl", "-q", "--no-pager", "-b", "-o", "cat", "-n", "2000", "-k", NULL};
	static const struct {
		const char *const *argv;
		const char *place;
	} sources[] = {{libvirt, "libvirt's journal"}, {kernel, "the kernel's journal"}};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct buf *text = &reading->journals[i];
		struct error ignored;
		int rc = child_run(sources[i].argv, JOURNAL_BYTES_MAX, timeout_ms, text, &ignored);

		if (!rc && text->len)
			add(reading, (char *)text->data, sources[i].place, domain->swtpm_pid != 0);
	}
}

/* Where nova-compute writes: upstream's packages, and a product's. */
static void judge_nova(
	const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings)
{
	static const char *const places[] = {
		"/var/log/nova/nova-compute.log", "/var/log/pf9/ostackhost.log"};
	static struct tail tail; /* too large for a stack */

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		tail = (struct tail){0};
		snprintf(tail.path, sizeof(tail.path), "%s", places[i]);
		if (read_file(&tail, timeout_ms))
			log_nova_judge(tail.text, tail.path, domain, findings);
	}
}

void gather_logs(const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings)
{
	static struct reading reading; /* too large for a stack */
	size_t before = findings->count;
	struct log_made made;

	reading = (struct reading){0};
	read_files(domain, timeout_ms, &reading);
	read_journals(domain, timeout_ms, &reading);
	log_lines_judge(reading.logs, reading.count, domain, findings);
	judge_nova(domain, timeout_ms, findings);
	log_made_read(reading.swtpm.text, domain->uuid, &made);
	log_made_judge(&made, log_made_first_start(reading.qemu.text, domain->uuid), domain->name,
		findings);
	if (findings->count == before)
		findings_add(findings, "log", domain->name, VERDICT_AFFIRMING,
			reading.count ? "no known failure in its logs, which alone is not health"
				      : "there are no logs to read, which is not health");
	for (size_t i = 0; i < 2; i++)
		buf_free(&reading.journals[i]);
}
