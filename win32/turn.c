/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/turn.h"

#include <sddl.h>

#include "platform/system.h"
#include "win32/access.h"

/* SYSTEM, the administrators and who made it. */
#define ACCESS L"D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)"

uint32_t turn_left_ms(uint64_t until_us)
{
	uint64_t now = platform_monotonic_us();
	uint64_t left = until_us > now ? (until_us - now + 999) / 1000 : 0;

	return left < INT32_MAX ? (uint32_t)left : INT32_MAX;
}

static void close_turn(struct turn *turn)
{
	if (turn->mutex)
		CloseHandle(turn->mutex);
	if (turn->ended)
		CloseHandle(turn->ended);
	*turn = (struct turn){0};
}

/* The event tells each time a run ends its turn: by it those who wait know one from the next. Both
 * names may be another user's, who then says nothing. */
static void open_turn(struct turn *turn)
{
	SECURITY_ATTRIBUTES attributes = {.nLength = sizeof(attributes)};

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    ACCESS, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		return;
	turn->mutex =
		CreateMutexExW(&attributes, L"Global\\vtpm-agent", 0, SYNCHRONIZE | READ_CONTROL);
	turn->ended = CreateEventExW(&attributes, L"Global\\vtpm-agent-ended",
		CREATE_EVENT_MANUAL_RESET, SYNCHRONIZE | EVENT_MODIFY_STATE);
	LocalFree(attributes.lpSecurityDescriptor);
}

bool turn_take(struct turn *ret_turn, uint64_t queue_us, uint64_t patience_us)
{
	struct turn turn = {0};
	bool tells;
	DWORD got = WAIT_FAILED;

	open_turn(&turn);
	tells = turn.ended && turn.mutex && access_is_owned(turn.mutex);
	while (turn.mutex) {
		const HANDLE both[] = {turn.mutex, turn.ended};

		got = WaitForMultipleObjects(
			tells ? 2 : 1, both, FALSE, turn_left_ms(tells ? patience_us : queue_us));
		if (got != WAIT_OBJECT_0 + 1)
			break;
		/* Another one's turn: they come one after the other. */
		tells = false;
	}
	if (got == WAIT_OBJECT_0 || got == WAIT_ABANDONED_0) {
		if (turn.ended)
			ResetEvent(turn.ended);
		*ret_turn = turn;
		return true;
	}
	close_turn(&turn);
	return got != WAIT_TIMEOUT || !tells;
}

void turn_end(struct turn *turn)
{
	if (!turn->mutex)
		return;
	/* Before the next one resets it */
	if (turn->ended)
		SetEvent(turn->ended);
	ReleaseMutex(turn->mutex);
	close_turn(turn);
}
