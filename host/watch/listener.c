/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/watch/events_libvirt.h"
#include "platform/system.h"

static int detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	if (dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return -1;
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int listener_start(const char *uri, struct listener *ret_listener, struct error *err)
{
	int ends[2];
	pid_t parent = getpid(), pid;

	/* One datagram a message; the reader sees the end of the writer. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return error_set(err, ERROR_IO, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		if (detach() || getppid() != parent)
			_exit(1);
		events_libvirt_run(uri, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return error_set(err, ERROR_IO, "fork: %s", strerror(errno));
	}
	*ret_listener = (struct listener){.pid = pid, .fd = ends[0]};
	return 0;
}

bool listener_take(struct listener *listener, struct watch_message *ret_message)
{
	ssize_t len = recv(listener->fd, ret_message, sizeof(*ret_message), MSG_DONTWAIT);

	if (len == (ssize_t)sizeof(*ret_message))
		return true;
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	*ret_message = (struct watch_message){
		.kind = WATCH_LOST, .error = "the connection to libvirt ended"};
	return true;
}

void listener_stop(struct listener *listener)
{
	int status;

	if (!listener->pid)
		return;
	kill(listener->pid, SIGKILL);
	/* One that hangs in the kernel is left to init. */
	for (int i = 0; i < 100 && waitpid(listener->pid, &status, WNOHANG) == 0; i++)
		platform_sleep_us(1000);
	close(listener->fd);
	*listener = (struct listener){0};
}
