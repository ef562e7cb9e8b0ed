/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/system.h"

enum { STATUS_NO_ACCOUNT = 125, STATUS_NO_PROGRAM = 127 };

static int milliseconds_left(uint64_t deadline_us)
{
	uint64_t now = platform_monotonic_us();

	return now >= deadline_us ? 0 : (int)((deadline_us - now + 999) / 1000);
}

/* Waits for the end of a child; false when the deadline came first. */
static bool has_ended(pid_t pid, uint64_t deadline_us, int *ret_status)
{
	while (waitpid(pid, ret_status, WNOHANG) == 0) {
		if (milliseconds_left(deadline_us) == 0)
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

/* One that hangs in the kernel is left to init. */
static void kill_late(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	(void)has_ended(pid, platform_monotonic_us() + 10000, &status);
}

/* With all that it has started, also where it has ended itself and they have not. */
static void kill_group(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill_late(pid);
}

/* --- a function of this program --- */

static int become(const struct child_user *user)
{
	if (!user || (geteuid() == user->uid && getegid() == user->gid))
		return 0;
	if (setgroups(0, NULL) || setgid(user->gid) || setuid(user->uid))
		return -1;
	return 0;
}

/* Whoever reads our output to its end must not wait for a child that was left behind. Control-C is
 * not for one that has something to remove; the others end with us. */
static int detach(bool cleans_up)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	if (dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return -1;
	if (cleans_up)
		setsid();
	else
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

int child_start(void (*function)(void *context), const void *context, size_t size,
	const struct child_how *how, struct child *ret_child, struct error *err)
{
	struct child child = {.size = size,
		.how = *how,
		.deadline_us = platform_monotonic_us() + how->timeout_ms * UINT64_C(1000)};

	child.shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (child.shared == MAP_FAILED)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	memcpy(child.shared, context, size);
	child.pid = fork();
	if (child.pid == 0) {
		if (detach(how->cleans_up))
			_exit(1);
		if (become(how->user))
			_exit(STATUS_NO_ACCOUNT);
		function(child.shared);
		_exit(0);
	}
	if (child.pid < 0) {
		munmap(child.shared, size);
		return error_set(err, ERROR_IO, "fork: %s", strerror(errno));
	}
	*ret_child = child;
	return 0;
}

bool child_is_due(struct child *child)
{
	if (!child->has_ended)
		child->has_ended = waitpid(child->pid, &child->status, WNOHANG) != 0;
	return child->has_ended || milliseconds_left(child->deadline_us) == 0;
}

int child_finish(struct child *child, void *context, struct error *err)
{
	int rc = 0;

	if (!child->has_ended && !has_ended(child->pid, child->deadline_us, &child->status)) {
		if (!child->how.cleans_up)
			kill_late(child->pid);
		rc = error_set(err, ERROR_TIMEOUT, "no answer within %u ms", child->how.timeout_ms);
	} else if (WIFEXITED(child->status) && WEXITSTATUS(child->status) == STATUS_NO_ACCOUNT) {
		rc = error_set(err, ERROR_PERMISSION, "cannot become uid %u; run as root",
			(unsigned)child->how.user->uid);
	} else if (!WIFEXITED(child->status) || WEXITSTATUS(child->status) != 0) {
		rc = error_set(err, ERROR_IO, "the child process ended abnormally");
	} else {
		memcpy(context, child->shared, child->size);
	}
	munmap(child->shared, child->size);
	*child = (struct child){0};
	return rc;
}

int child_call(void (*function)(void *context), void *context, size_t size,
	const struct child_how *how, struct error *err)
{
	struct child child = {0};
	int rc = child_start(function, context, size, how, &child, err);

	return rc ? rc : child_finish(&child, context, err);
}

/* --- another program --- */

/* What a program says on standard error, of which the last line tells why it failed. */
struct complaint {
	size_t len;
	char text[2048];
};

static void keep_end(struct complaint *complaint, const char *bytes, size_t len)
{
	size_t room = sizeof(complaint->text) - 1, over;

	if (len > room) {
		bytes += len - room;
		len = room;
	}
	over = complaint->len + len > room ? complaint->len + len - room : 0;
	memmove(complaint->text, complaint->text + over, complaint->len - over);
	memcpy(complaint->text + complaint->len - over, bytes, len);
	complaint->len = complaint->len - over + len;
	complaint->text[complaint->len] = 0;
}

/* Its last line that says anything, cut off at the end; empty: it said nothing. */
static const char *last_line(struct complaint *complaint)
{
	size_t end = complaint->len, begin;

	while (end && strchr("\r\n \t", complaint->text[end - 1]))
		end--;
	complaint->text[end] = 0;
	for (begin = end; begin && complaint->text[begin - 1] != '\n';)
		begin--;
	return complaint->text + begin;
}

/* One read of one of the two pipes. Returns 1 at its end. */
static int read_some(int fd, struct buf *to, struct complaint *complaint, struct error *err)
{
	char bytes[4096];
	ssize_t len = read(fd, bytes, sizeof(bytes));

	if (len < 0 && errno == EINTR)
		return 0;
	if (len < 0)
		return error_set(err, ERROR_IO, "read: %s", strerror(errno));
	if (to)
		buf_append(to, bytes, (size_t)len);
	else
		keep_end(complaint, bytes, (size_t)len);
	if (to && to->failed)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	return len == 0;
}

/* Both pipes, to the end of its output. */
static int read_output(const int fds[2], size_t max, uint64_t deadline_us, struct buf *to,
	struct complaint *complaint, struct error *err)
{
	size_t before = to->len;
	struct pollfd wait[2] = {
		{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}};

	while (wait[0].fd >= 0 || wait[1].fd >= 0) {
		int ready = poll(wait, 2, milliseconds_left(deadline_us));

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return error_set(err, ERROR_TIMEOUT, "no answer in time");
		for (int i = 0; i < 2; i++) {
			int rc = wait[i].revents ? read_some(fds[i], i ? NULL : to, complaint, err)
						 : 0;

			if (rc < 0)
				return rc;
			if (rc)
				wait[i].fd = -1;
		}
		if (to->len - before > max)
			return error_set(err, ERROR_TOO_LARGE, "more than %zu bytes", max);
	}
	return 0;
}

/* A group of its own, which is ended whole when it is late; it ends with us, too. */
static void exec_program(const char *const argv[], int out, int complaints)
{
	int null = open("/dev/null", O_RDWR);

	if (setpgid(0, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(STATUS_NO_ACCOUNT);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(complaints, STDERR_FILENO) < 0)
		_exit(STATUS_NO_ACCOUNT);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(STATUS_NO_ACCOUNT);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(STATUS_NO_PROGRAM);
}

/* What its end says. */
static int judge_end(int status, struct complaint *complaint, struct error *err)
{
	const char *said = last_line(complaint);

	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_PROGRAM)
		return error_set(err, ERROR_NOT_FOUND, "not installed");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(err, ERROR_IO, "failed with status %d%s%.160s",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), *said ? ": " : "",
		said);
}

int child_run(const char *const argv[], size_t max, uint32_t timeout_ms, struct buf *to,
	struct error *err)
{
	uint64_t deadline_us = platform_monotonic_us() + timeout_ms * UINT64_C(1000);
	int out[2], complaints[2], status = 0, rc = 0;
	struct complaint complaint = {0};
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return error_set(err, ERROR_IO, "pipe: %s", strerror(errno));
	if (pipe2(complaints, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return error_set(err, ERROR_IO, "pipe: %s", strerror(errno));
	}
	pid = fork();
	if (pid == 0)
		exec_program(argv, out[1], complaints[1]);
	/* Whichever of the two comes first: it may be late before it was scheduled. */
	if (pid > 0)
		setpgid(pid, pid);
	close(out[1]);
	close(complaints[1]);
	if (pid < 0)
		rc = error_set(err, ERROR_IO, "fork: %s", strerror(errno));
	else
		rc = read_output((const int[]){out[0], complaints[0]}, max, deadline_us, to,
			&complaint, err);
	close(out[0]);
	close(complaints[0]);
	if (pid > 0 && (rc || !has_ended(pid, deadline_us + 100000, &status))) {
		kill_group(pid);
		rc = rc ? rc : error_set(err, ERROR_TIMEOUT, "does not end");
	}
	if (!rc)
		rc = judge_end(status, &complaint, err);
	return rc ? error_wrap(err, "%s", argv[0]) : 0;
}
