/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/broker.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/reader.h"
#include "linux/link.h"
#include "platform/guest.h"
#include "platform/system.h"

/* TPM_CC, Part 2 section 6.5: the commands that create something which must be flushed. */
#define CC_CREATE_PRIMARY     0x131U
#define CC_LOAD               0x157U
#define CC_CONTEXT_LOAD       0x161U
#define CC_FLUSH_CONTEXT      0x165U
#define CC_LOAD_EXTERNAL      0x167U
#define CC_START_AUTH_SESSION 0x176U
#define CC_CREATE_LOADED      0x191U

/* Handles created and not flushed. A TPM has room for 3 objects and 3 sessions or little more. */
struct ledger {
	uint32_t handles[32];
	unsigned count;
};

static void remember(struct ledger *ledger, uint32_t handle)
{
	if (ledger->count < sizeof(ledger->handles) / sizeof(ledger->handles[0]))
		ledger->handles[ledger->count++] = handle;
}

static void forget(struct ledger *ledger, uint32_t handle)
{
	for (unsigned i = 0; i < ledger->count; i++) {
		if (ledger->handles[i] == handle) {
			ledger->handles[i] = ledger->handles[--ledger->count];
			return;
		}
	}
}

static bool makes_handle(uint32_t code)
{
	switch (code) {
	case CC_CREATE_PRIMARY:
	case CC_CREATE_LOADED:
	case CC_LOAD:
	case CC_LOAD_EXTERNAL:
	case CC_CONTEXT_LOAD:
	case CC_START_AUTH_SESSION:
		return true;
	default:
		return false;
	}
}

/* Keeps the ledger from the bytes that pass by: header of both, then the handle. */
static void note(struct ledger *ledger, const uint8_t *command, size_t command_len,
	const uint8_t *response, size_t response_len)
{
	struct reader sent = reader_of(command, command_len);
	struct reader got = reader_of(response, response_len);
	uint32_t code, handle, rc;

	reader_bytes(&sent, 6);
	code = reader_u32be(&sent);
	handle = reader_u32be(&sent);
	reader_bytes(&got, 6);
	rc = reader_u32be(&got);
	if (got.failed || rc)
		return;
	if (code == CC_FLUSH_CONTEXT && !sent.failed)
		forget(ledger, handle);
	handle = reader_u32be(&got);
	if (got.failed)
		return;
	if (makes_handle(code))
		remember(ledger, handle);
}

static void flush_all(struct ledger *ledger, struct link *link)
{
	uint8_t response[TRANSPORT_BYTES_MAX];
	struct error err;
	size_t len;

	while (ledger->count) {
		uint32_t handle = ledger->handles[--ledger->count];
		uint8_t command[] = {0x80, 0x01, 0, 0, 0, 14, 0, 0, CC_FLUSH_CONTEXT >> 8,
			CC_FLUSH_CONTEXT & 0xff, (uint8_t)(handle >> 24), (uint8_t)(handle >> 16),
			(uint8_t)(handle >> 8), (uint8_t)handle};

		if (link->exchange(link, command, sizeof(command), response, &len, &err))
			return;
	}
}

/* Keeps the socket, as descriptor 3, and nothing else that was open: whoever waits for the end of
 * the agent's output must not wait for this process. */
static int detach(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	dup2(socket, 3);
	closefrom(4);
	/* A terminal's ^C reaches the whole process group. The agent ends by it; the broker ends
	 * when the agent has, after cleaning up. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "vtpm-broker");
	return 3;
}

static bool reply(int socket, const struct broker_reply *head, const uint8_t *response, size_t len)
{
	struct iovec parts[] = {
		{.iov_base = (void *)head, .iov_len = sizeof(*head)},
		{.iov_base = (void *)response, .iov_len = len},
	};

	return writev(socket, parts, 2) >= 0;
}

void broker_run(int socket, const char *tcti, const char *path, struct turn turn)
{
	const uint64_t started_us = platform_monotonic_us();
	uint8_t command[TRANSPORT_BYTES_MAX], response[TRANSPORT_BYTES_MAX];
	struct broker_reply head = {0};
	struct ledger ledger = {0};
	struct link *link = NULL;
	bool is_heard;
	ssize_t len;

	socket = detach(socket);
	turn.socket = socket;
	head.has_failed = tcti ? turn_take_tcti(tcti, &turn, &head.error)
			       : link_device_open(path, &turn, &link, &head.error);
	head.us = platform_monotonic_us() - started_us;
	is_heard = reply(socket, &head, NULL, 0);
	if (tcti && is_heard && !head.has_failed) {
		head.has_failed = link_tcti_open(tcti, &link, &head.error);
		is_heard = reply(socket, &head, NULL, 0);
	}
	while (link && is_heard && (len = recv(socket, command, sizeof(command), 0)) > 0) {
		size_t response_len = 0;
		uint64_t begin = platform_monotonic_us();

		head = (struct broker_reply){0};
		head.has_failed = link->exchange(
			link, command, (size_t)len, response, &response_len, &head.error);
		head.us = platform_monotonic_us() - begin;
		/* What an answer that is too large tells of was made all the same. */
		if (!head.has_failed || head.error.code == ERROR_TOO_LARGE)
			note(&ledger, command, (size_t)len, response, response_len);
		is_heard = reply(socket, &head, response, head.has_failed ? 0 : response_len);
	}
	if (link) {
		flush_all(&ledger, link);
		link->close(link);
	}
	_exit(0);
}
