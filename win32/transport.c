/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to the TPM through TPM Base Services. A thread of its own opens it and submits commands,
 * because a TPM that hangs holds the caller up; the agent waits for it until the deadline, then
 * cancels the command and, where that does not help either, leaves the thread behind.
 *
 * What is created in the TPM belongs to the context: TBS flushes it when the context is closed,
 * also when the process is killed.
 */
#include "win32/api.h"

#include "platform/guest.h"
#include "platform/system.h"

#include <stdlib.h>
#include <string.h>

#include "win32/os_error.h"
#include "win32/tbs.h"
#include "win32/turn.h"

#define LOCALITY       0
#define PRIORITY       200 /* TBS_COMMAND_PRIORITY_NORMAL */
#define FIRST_PAUSE_MS 50
#define LAST_PAUSE_MS  1000
#define CANCEL_MS      500 /* for a cancelled command to come back */

struct tbs_transport {
	struct transport transport;
	const struct tbs *tbs;
	uint64_t deadline_us;
	uint64_t turn_us;   /* how long to wait for other runs at most */
	uint64_t waited_us; /* for them */
	bool is_behind;     /* an earlier run still waits for the TPM */
	HANDLE thread;
	HANDLE wanted; /* an event: there is a command, or the end */
	HANDLE done;   /* an event: opened, or the answer is there */
	void *volatile context;
	volatile bool is_ending;
	/* The thread's between `wanted` and `done`, else the caller's. */
	uint8_t command[TRANSPORT_BYTES_MAX], response[TRANSPORT_BYTES_MAX];
	uint32_t command_len, response_len;
	uint64_t us;
	tbs_rc rc;
	bool is_stuck; /* the thread was left behind, and with it this structure */
};

/* TBS starts on demand and late in the boot: that is waited for. */
static tbs_rc open_context(struct tbs_transport *tbs, uint64_t deadline_us)
{
	const struct tbs_context_params params = {.version = 2, .flags = TBS_FLAG_INCLUDE_TPM20};
	uint32_t pause_ms = FIRST_PAUSE_MS;
	void *context = NULL;
	tbs_rc rc;

	for (;;) {
		bool is_starting;

		rc = tbs->tbs->context_create(&params, &context);
		is_starting = rc == TBS_RESULT_SERVICE_NOT_RUNNING ||
			      rc == TBS_RESULT_SERVICE_START_PENDING;
		if (!is_starting || turn_left_ms(deadline_us) <= 2 * pause_ms || tbs->is_ending)
			break;
		Sleep(pause_ms);
		pause_ms = 2 * pause_ms < LAST_PAUSE_MS ? 2 * pause_ms : LAST_PAUSE_MS;
	}
	if (!rc)
		tbs->context = context;
	return rc;
}

static DWORD WINAPI serve(void *argument)
{
	struct tbs_transport *tbs = argument;
	const uint64_t begin_us = platform_monotonic_us();
	struct turn turn = {0};

	tbs->is_behind = !turn_take(&turn, begin_us + TRANSPORT_TURN_US, begin_us + tbs->turn_us);
	tbs->waited_us = platform_monotonic_us() - begin_us;
	if (!tbs->is_behind)
		tbs->rc = open_context(tbs, tbs->deadline_us + tbs->waited_us);
	SetEvent(tbs->done);
	while (WaitForSingleObject(tbs->wanted, INFINITE) == WAIT_OBJECT_0 && !tbs->is_ending) {
		uint64_t begin = platform_monotonic_us();

		tbs->response_len = sizeof(tbs->response);
		tbs->rc = tbs->tbs->submit(tbs->context, LOCALITY, PRIORITY, tbs->command,
			tbs->command_len, tbs->response, &tbs->response_len);
		tbs->us = platform_monotonic_us() - begin;
		SetEvent(tbs->done);
	}
	if (tbs->context)
		tbs->tbs->context_close(tbs->context);
	turn_end(&turn);
	return 0;
}

static int wait_done(struct tbs_transport *tbs, uint64_t deadline_us, struct error *err)
{
	if (WaitForSingleObject(tbs->done, turn_left_ms(deadline_us)) == WAIT_OBJECT_0)
		return 0;
	if (tbs->context)
		tbs->tbs->cancel(tbs->context);
	tbs->is_stuck = WaitForSingleObject(tbs->done, CANCEL_MS) != WAIT_OBJECT_0;
	return error_set(err, ERROR_TIMEOUT, "the TPM did not answer in time");
}

static int wait_open(struct transport *transport, struct error *err)
{
	struct tbs_transport *tbs = (struct tbs_transport *)transport;
	int rc = wait_done(tbs, tbs->deadline_us + tbs->turn_us, err);

	if (!rc && tbs->is_behind)
		rc = error_set(err, ERROR_TIMEOUT, TRANSPORT_BEHIND);
	if (rc)
		return error_wrap(err, "open TPM Base Services");
	/* The wait for other runs is none for the TPM. */
	tbs->deadline_us += tbs->waited_us;
	return tbs->rc ? tbs_error(err, tbs->rc, "open TPM Base Services") : 0;
}

/* Windows refuses some commands to everybody, and more to those who are not administrators. The
 * others go on: so it is the TPM's answer, a header with that code. */
static bool is_refusal(tbs_rc rc)
{
	return rc == TBS_RESULT_COMMAND_BLOCKED || rc == TBS_RESULT_ACCESS_DENIED;
}

static int transmit(struct transport *transport, const uint8_t *command, size_t len,
	uint8_t *ret_response, size_t *ret_len, uint64_t *ret_us, struct error *err)
{
	static const uint8_t refused[] = {0x80, 0x01, 0, 0, 0, 10, 0x80, 0x28, 0x04, 0x00};
	struct tbs_transport *tbs = (struct tbs_transport *)transport;
	int rc;

	if (len > sizeof(tbs->command) || tbs->is_stuck)
		return error_set(err, ERROR_IO, "the TPM does not take this command");
	memcpy(tbs->command, command, len);
	tbs->command_len = (uint32_t)len;
	SetEvent(tbs->wanted);
	rc = wait_done(tbs, tbs->deadline_us, err);
	if (rc)
		return rc;
	*ret_us = tbs->us;
	if (is_refusal(tbs->rc)) {
		memcpy(ret_response, refused, sizeof(refused));
		*ret_len = sizeof(refused);
		return 0;
	}
	if (tbs->rc == TBS_RESULT_INSUFFICIENT_BUFFER)
		return error_set(err, ERROR_TOO_LARGE, "an answer of more than %d bytes",
			TRANSPORT_BYTES_MAX);
	if (tbs->rc)
		return tbs_error(err, tbs->rc, "TPM Base Services");
	if (tbs->response_len > sizeof(tbs->response))
		return error_set(err, ERROR_IO, "TPM Base Services: an answer of %lu bytes",
			(unsigned long)tbs->response_len);
	memcpy(ret_response, tbs->response, tbs->response_len);
	*ret_len = tbs->response_len;
	return 0;
}

static void free_transport(struct tbs_transport *tbs)
{
	if (tbs->wanted)
		CloseHandle(tbs->wanted);
	if (tbs->done)
		CloseHandle(tbs->done);
	if (tbs->thread)
		CloseHandle(tbs->thread);
	free(tbs);
}

static void close_transport(struct transport *transport)
{
	struct tbs_transport *tbs = (struct tbs_transport *)transport;

	tbs->is_ending = true;
	SetEvent(tbs->wanted);
	/* A thread that hangs still uses the structure: it ends with the process. */
	if (!tbs->is_stuck && WaitForSingleObject(tbs->thread, CANCEL_MS) == WAIT_OBJECT_0)
		free_transport(tbs);
}

/* For a run that has the turn all the while it waits as long as for an answer. */
static uint64_t plan_turn(uint64_t deadline_us)
{
	const uint64_t now_us = platform_monotonic_us();
	const uint64_t left_us = deadline_us > now_us ? deadline_us - now_us : 0;

	return left_us > TRANSPORT_TURN_US ? left_us : TRANSPORT_TURN_US;
}

int platform_transport_start(const char *tcti, const struct evidence_device *device,
	uint64_t deadline_us, struct transport **ret_transport, struct error *err)
{
	struct tbs_transport *transport;
	const struct tbs *tbs;
	int rc;

	(void)device;
	if (tcti)
		return error_set(err, ERROR_UNSUPPORTED,
			"on Windows there is no way to \"%s\": leave --tcti away to ask TPM Base "
			"Services",
			tcti);
	rc = tbs_load(&tbs, err);
	if (rc)
		return rc;
	transport = calloc(1, sizeof(*transport));
	if (!transport)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a transport");
	transport->transport.wait_open = wait_open;
	transport->transport.transmit = transmit;
	transport->transport.close = close_transport;
	transport->tbs = tbs;
	transport->deadline_us = deadline_us;
	transport->turn_us = plan_turn(deadline_us);
	transport->wanted = CreateEventW(NULL, FALSE, FALSE, NULL);
	transport->done = CreateEventW(NULL, FALSE, FALSE, NULL);
	if (transport->wanted && transport->done)
		transport->thread = CreateThread(NULL, 0, serve, transport, 0, NULL);
	if (!transport->thread) {
		DWORD number = GetLastError();

		free_transport(transport);
		return os_error(err, number, "start a thread for the TPM", "");
	}
	*ret_transport = &transport->transport;
	return 0;
}
