/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's end of the broker: see linux/broker.h for why there are two processes. */
#include "platform/guest.h"
#include "platform/system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/broker.h"
#include "linux/wait.h"

struct broker_transport {
	struct transport transport;
	int socket;
	pid_t broker;
	uint64_t deadline_us;
	uint64_t turn_us; /* how long the broker waits for other runs at most, at the beginning */
	bool is_tcti;
	const char *name; /* of what is opened; the caller's */
};

static int receive(struct broker_transport *broker, uint8_t *ret_response, size_t *ret_len,
	uint64_t *ret_us, struct error *err)
{
	struct broker_reply head;
	struct iovec parts[] = {
		{.iov_base = &head, .iov_len = sizeof(head)},
		{.iov_base = ret_response, .iov_len = ret_response ? TRANSPORT_BYTES_MAX : 0},
	};
	ssize_t len;

	if (!wait_readable(broker->socket, broker->deadline_us))
		return error_set(err, ERROR_TIMEOUT, "the TPM did not answer in time");
	len = readv(broker->socket, parts, 2);
	if (len < (ssize_t)sizeof(head))
		return error_set(err, ERROR_IO, "the TPM broker process ended unexpectedly");
	if (head.has_failed)
		return error_copy(err, &head.error);
	*ret_len = (size_t)len - sizeof(head);
	*ret_us = head.us;
	return 0;
}

static int transmit(struct transport *transport, const uint8_t *command, size_t len,
	uint8_t *ret_response, size_t *ret_len, uint64_t *ret_us, struct error *err)
{
	struct broker_transport *broker = (struct broker_transport *)transport;

	if (send(broker->socket, command, len, MSG_NOSIGNAL) < 0)
		return error_set(err, ERROR_IO, "the TPM broker process is gone");
	return receive(broker, ret_response, ret_len, ret_us, err);
}

/* The broker's first messages, unasked. */
static int wait_open(struct transport *transport, struct error *err)
{
	struct broker_transport *broker = (struct broker_transport *)transport;
	uint64_t us = 0;
	size_t len;
	int rc;

	broker->deadline_us += broker->turn_us;
	rc = receive(broker, NULL, &len, &us, err);
	/* The wait for other runs is none for the TPM. */
	broker->deadline_us -= broker->turn_us;
	if (!rc)
		broker->deadline_us += us < broker->turn_us ? us : broker->turn_us;
	if (!rc && broker->is_tcti)
		rc = receive(broker, NULL, &len, &us, err);
	return rc == -ERROR_TIMEOUT ? error_wrap(err, "open %s", broker->name) : rc;
}

/* Lets the broker flush and end, unless it hangs: then it ends when the TPM answers. */
static void close_transport(struct transport *transport)
{
	struct broker_transport *broker = (struct broker_transport *)transport;
	uint64_t patience_us = platform_monotonic_us() + 500000;
	uint8_t byte;

	shutdown(broker->socket, SHUT_WR);
	while (wait_readable(broker->socket, patience_us) && read(broker->socket, &byte, 1) > 0)
		;
	close(broker->socket);
	waitpid(broker->broker, NULL, platform_monotonic_us() < patience_us ? 0 : WNOHANG);
	free(broker);
}

static bool is_resource_managed(const char *path)
{
	const char *name = strrchr(path, '/');

	return strncmp(name ? name + 1 : path, "tpmrm", strlen("tpmrm")) == 0;
}

/* For a run that has the turn all the while it waits as long as for an answer. */
static struct turn plan_turn(struct broker_transport *broker)
{
	const uint64_t now_us = platform_monotonic_us();
	struct turn turn = {
		.queue_us = now_us + TRANSPORT_TURN_US, .patience_us = broker->deadline_us};

	if (turn.patience_us < turn.queue_us)
		turn.patience_us = turn.queue_us;
	broker->turn_us = turn.patience_us - now_us;
	return turn;
}

int platform_transport_start(const char *tcti, const struct evidence_device *device,
	uint64_t deadline_us, struct transport **ret_transport, struct error *err)
{
	static const char device_prefix[] = "device:";
	struct broker_transport *broker;
	const char *path = device->path;
	struct turn turn;
	int ends[2];

	/* Our own way to a device tells each errno apart; the loader's would not. */
	if (tcti && strncmp(tcti, device_prefix, strlen(device_prefix)) == 0) {
		path = tcti + strlen(device_prefix);
		tcti = NULL;
	}
	broker = calloc(1, sizeof(*broker));
	if (!broker)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a transport");
	broker->transport.wait_open = wait_open;
	broker->transport.transmit = transmit;
	broker->transport.close = close_transport;
	broker->transport.is_raw = tcti || !is_resource_managed(path);
	broker->deadline_us = deadline_us;
	broker->is_tcti = tcti != NULL;
	broker->name = tcti ? tcti : path;
	turn = plan_turn(broker);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		free(broker);
		return error_set(err, ERROR_IO, "socketpair: %s", strerror(errno));
	}
	broker->broker = fork();
	if (broker->broker == 0)
		broker_run(ends[1], tcti, path, turn);
	close(ends[1]);
	broker->socket = ends[0];
	if (broker->broker < 0) {
		close(ends[0]);
		free(broker);
		return error_set(err, ERROR_IO, "fork: %s", strerror(errno));
	}
	*ret_transport = &broker->transport;
	return 0;
}
