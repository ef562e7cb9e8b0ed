/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/crypto/crypto.h"
#include "core/text.h"
#include "platform/system.h"
#include "platform/transport.h"

#define PAUSE_MS    10
#define NAME_DIGEST 32 /* SHA-256 */

/* A way to take the turn, and to tell who has it. */
struct way {
	bool (*take)(struct way *way);
	/* Another number for another run; 0: not known now. */
	uint64_t (*find_holder)(struct way *way);
	int fd;
	struct sockaddr_un name; /* of a TCTI's */
	socklen_t name_len;
	int connection; /* to who has the name; -1: none yet, -2: he is not to be believed */
};

/* False: the agent is gone. */
static bool pause_for(const struct turn *turn)
{
	struct pollfd agent = {.fd = turn->socket, .events = POLLIN};

	return poll(&agent, 1, PAUSE_MS) <= 0;
}

static int wait_turn(struct way *way, const struct turn *turn, struct error *err)
{
	uint64_t first = 0;
	bool has_changed = false;

	while (!way->take(way)) {
		const uint64_t now_us = platform_monotonic_us(), holder = way->find_holder(way);

		has_changed = has_changed || (first && holder && holder != first);
		first = first ? first : holder;
		if (now_us >= turn->queue_us && (has_changed || !first))
			return 0;
		if (now_us >= turn->patience_us)
			return error_set(err, ERROR_TIMEOUT, TRANSPORT_BEHIND);
		if (!pause_for(turn))
			return error_set(err, ERROR_IO, "nobody waits for the TPM any more");
	}
	return 0;
}

/* --- a name in the abstract namespace (unix(7)), which leaves nothing behind --- */

/* The socket listens only so that others learn who has it. */
static bool take_name(struct way *way)
{
	if (way->fd < 0)
		return true;
	if (bind(way->fd, (struct sockaddr *)&way->name, way->name_len))
		return errno != EADDRINUSE;
	listen(way->fd, SOMAXCONN);
	return true;
}

/* Anybody may take the name: only who may rule us anyway is believed to be a run of this program.
 */
static int connect_holder(const struct way *way)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred holder;
	socklen_t size = sizeof(holder);
	bool is_known;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&way->name, way->name_len)) {
		close(fd);
		return -1;
	}
	is_known = !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &holder, &size);
	if (is_known && (!holder.uid || holder.uid == geteuid()))
		return fd;
	close(fd);
	return -2;
}

/* The connection ends with who had the name when it was made. */
static uint64_t find_name_holder(struct way *way)
{
	struct pollfd holder;

	if (way->connection == -1)
		way->connection = connect_holder(way);
	if (way->connection < 0)
		return 0;
	holder = (struct pollfd){.fd = way->connection, .events = POLLIN};
	return poll(&holder, 1, 0) > 0 ? 2 : 1;
}

/* A name is cut nowhere: two TCTIs would share a turn. What is too long is named by its digest. */
static int print_name(struct way *way, const char *tcti, struct error *err)
{
	char *to = way->name.sun_path + 1, hex[2 * NAME_DIGEST + 1];
	const size_t size = sizeof(way->name.sun_path) - 1;
	const struct crypto_bytes all = {(const uint8_t *)tcti, strlen(tcti)};
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	way->name_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1);
	if ((size_t)snprintf(to, size, "vtpm-agent %s", tcti) >= size) {
		rc = crypto_digest(TCG_ALG_SHA256, &all, 1, digest, err);
		if (rc)
			return rc;
		text_hex(digest, NAME_DIGEST, hex, sizeof(hex));
		snprintf(to, size, "vtpm-agent sha256 %s", hex);
	}
	way->name_len += (socklen_t)strlen(to);
	return 0;
}

int turn_take_tcti(const char *tcti, const struct turn *turn, struct error *err)
{
	struct way way = {.take = take_name,
		.find_holder = find_name_holder,
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.name.sun_family = AF_UNIX,
		.connection = -1};
	int rc = print_name(&way, tcti, err);

	if (!rc)
		rc = wait_turn(&way, turn, err);
	if (way.connection >= 0)
		close(way.connection);
	return rc;
}

/* --- a lock on the device node --- */

static bool take_lock(struct way *way)
{
	struct flock mark = {.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)platform_monotonic_us(),
		.l_len = 1};

	if (flock(way->fd, LOCK_EX | LOCK_NB))
		return errno != EWOULDBLOCK;
	/* Since when, as the place of a second lock: by it others tell one run from the next. */
	fcntl(way->fd, F_OFD_SETLK, &mark);
	return true;
}

static uint64_t find_lock_holder(struct way *way)
{
	struct flock mark = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(way->fd, F_OFD_GETLK, &mark) || mark.l_type == F_UNLCK)
		return 0;
	return (uint64_t)mark.l_start;
}

int turn_take_node(int fd, const struct turn *turn, struct error *err)
{
	struct way way = {.take = take_lock, .find_holder = find_lock_holder, .fd = fd};

	return wait_turn(&way, turn, err);
}
