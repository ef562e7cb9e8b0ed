/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/guest/socket.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/json/tree.h"
#include "platform/system.h"

struct through_socket {
	struct guest_channel channel;
	int fd;
	struct buf left; /* what came behind the last line */
};

static uint64_t deadline(void)
{
	return platform_monotonic_us() + GUEST_ANSWER_WAIT_S * UINT64_C(1000000);
}

static int wait_for(int fd, short events, uint64_t deadline_us, struct error *err)
{
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = events};
		uint64_t now = platform_monotonic_us();
		int ready = now >= deadline_us
				    ? 0
				    : poll(&wait, 1, (int)((deadline_us - now) / 1000 + 1));

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			return error_set(err, ERROR_IO, "poll: %s", strerror(errno));
		return ready ? 0 : guest_channel_silent(err);
	}
}

static int send_all(struct through_socket *own, const void *bytes, size_t len, uint64_t deadline_us,
	struct error *err)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t sent = send(own->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int rc = 0;

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			rc = wait_for(own->fd, POLLOUT, deadline_us, err);
		else if (sent < 0)
			rc = error_set(err, ERROR_IO, "the agent's socket: %s", strerror(errno));
		if (rc)
			return rc;
		if (sent > 0) {
			at += sent;
			len -= (size_t)sent;
		}
	}
	return 0;
}

/* Moves the first line of what is left, if it is whole, to `to`. */
static bool take_line(struct through_socket *own, struct buf *to)
{
	struct buf *left = &own->left;
	uint8_t *end = left->len ? memchr(left->data, '\n', left->len) : NULL;
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - left->data);
	buf_append(to, left->data, len);
	memmove(left->data, end + 1, left->len - len - 1);
	left->len -= len + 1;
	return true;
}

/* The next line that the agent sends. */
static int read_line(
	struct through_socket *own, uint64_t deadline_us, struct buf *to, struct error *err)
{
	while (!take_line(own, to)) {
		uint8_t *room = buf_reserve(&own->left, 65536);
		int rc = wait_for(own->fd, POLLIN, deadline_us, err);
		ssize_t len;

		if (rc)
			return rc;
		if (!room)
			return error_set(err, ERROR_NO_MEMORY, "out of memory");
		len = recv(own->fd, room, 65536, MSG_DONTWAIT);
		if (len < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (len <= 0)
			return error_set(err, ERROR_IO,
				"the agent's socket was closed: is another "
				"program connected to it?");
		own->left.len += (size_t)len;
		if (own->left.len > GUEST_ANSWER_MAX)
			return error_set(err, ERROR_TOO_LARGE,
				"the guest agent's answer is longer "
				"than any");
	}
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

/* The agent's {"error": …}: what it says of it. */
static int take_error(const struct buf *line, const char *program, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *error;
	const char *text;
	int rc = json_tree_parse(line->data, line->len, GUEST_ANSWER_MAX, &tree, err);

	if (rc)
		return error_wrap(err, "the guest agent's answer");
	error = json_node_member(tree.root, "error");
	text = json_node_text(json_node_member(error, "desc"));
	return error ? guest_channel_refuse(
			       "the guest's agent", text ? text : "an error", program, err)
		     : 0;
}

static int ask(struct guest_channel *channel, const char *command, const char *program,
	struct buf *to, struct error *err)
{
	struct through_socket *own = (struct through_socket *)channel;
	uint64_t deadline_us = deadline();
	int rc = send_all(own, command, strlen(command), deadline_us, err);

	if (!rc)
		rc = send_all(own, "\n", 1, deadline_us, err);
	if (!rc)
		rc = read_line(own, deadline_us, to, err);
	return rc ? rc : take_error(to, program, err);
}

/* Whether a line is the answer to our question and to no earlier one: 0xff goes before it. */
static bool is_answer(const struct buf *line, int64_t number)
{
	const uint8_t *begin = line->len ? memrchr(line->data, 0xff, line->len) : NULL;
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *answer;
	struct error ignored;
	size_t len;

	if (!begin)
		return false;
	len = line->len - (size_t)(begin + 1 - line->data);
	if (json_tree_parse(begin + 1, len, GUEST_ANSWER_MAX, &tree, &ignored))
		return false;
	answer = json_node_member(tree.root, "return");
	return answer && answer->kind == JSON_NODE_INTEGER && answer->integer == number;
}

/* An earlier conversation may have left half a command, and answers that nobody took
 * (guest-sync-delimited of qemu-ga's protocol). */
static int synchronise(struct through_socket *own, struct error *err)
{
	uint64_t deadline_us = deadline();
	uint32_t number = 0;
	char command[128];
	int rc = platform_random(&number, sizeof(number), err);

	snprintf(command, sizeof(command),
		"\xff{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": %" PRIu32
		"}}\n",
		number);
	if (!rc)
		rc = send_all(own, command, strlen(command), deadline_us, err);
	while (!rc) {
		BUF_SCOPED line = {0};

		rc = read_line(own, deadline_us, &line, err);
		if (!rc && is_answer(&line, number))
			break;
	}
	return rc;
}

static void close_channel(struct guest_channel *channel)
{
	struct through_socket *own = (struct through_socket *)channel;

	close(own->fd);
	buf_free(&own->left);
	free(own);
}

static int connect_to(int fd, const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ERROR_MALFORMED, "%s is too long for a socket", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	do
		rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
	while (rc && errno == EINTR);
	if (rc && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
			"there is no socket %s; does the VM run, with its guest agent's port?",
			path);
	if (rc)
		return error_set(err, errno == EACCES ? ERROR_PERMISSION : ERROR_IO, "%s: %s", path,
			strerror(errno));
	return 0;
}

int guest_socket_open(const char *path, struct guest_channel **ret_channel, struct error *err)
{
	struct through_socket *own = calloc(1, sizeof(*own));
	int rc;

	if (!own)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	own->channel = (struct guest_channel){.ask = ask, .close = close_channel};
	own->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (own->fd < 0) {
		free(own);
		return error_set(err, ERROR_IO, "socket: %s", strerror(errno));
	}
	rc = connect_to(own->fd, path, err);
	if (!rc)
		rc = synchronise(own, err);
	if (rc) {
		close_channel(&own->channel);
		return rc;
	}
	*ret_channel = &own->channel;
	return 0;
}
