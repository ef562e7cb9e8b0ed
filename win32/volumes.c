/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BitLocker's volumes. Their headers have nothing that a TPM could load, so Windows is asked: by a
 * thread of its own, since a provider that hangs holds its caller up and cannot be made to return.
 * It is left behind then, and nobody asks again before it is back.
 */
#include "win32/api.h"

#include "platform/guest.h"

#include <objbase.h>
#include <stdlib.h>
#include <string.h>

#include "win32/bitlocker.h"
#include "win32/os_error.h"
#include "win32/turn.h"

struct question {
	volatile LONG holders; /* who asked, and who answers: the last one frees it */
	HANDLE answered;
	int rc;
	struct error error;
	struct bitlocker_list list;
};

static volatile LONG is_asking;

static void let_go(struct question *question)
{
	if (InterlockedDecrement(&question->holders))
		return;
	if (question->answered)
		CloseHandle(question->answered);
	free(question);
}

static DWORD WINAPI answer(void *argument)
{
	struct question *question = argument;
	HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED);

	question->rc = FAILED(result) ? os_error(&question->error, (DWORD)result, "start COM", "")
				      : bitlocker_read(&question->list, &question->error);
	if (SUCCEEDED(result))
		CoUninitialize();
	/* Before the answer is there: whoever has it may ask again at once. */
	InterlockedExchange(&is_asking, 0);
	SetEvent(question->answered);
	let_go(question);
	return 0;
}

static int ask(struct question *question, uint64_t deadline_us, struct error *err)
{
	HANDLE thread;

	question->holders = 2;
	thread = CreateThread(NULL, 0, answer, question, 0, NULL);
	if (!thread) {
		question->holders = 1;
		InterlockedExchange(&is_asking, 0);
		return os_error(err, GetLastError(), "start a thread for BitLocker", "");
	}
	CloseHandle(thread);
	if (WaitForSingleObject(question->answered, turn_left_ms(deadline_us)) != WAIT_OBJECT_0)
		return error_set(err, ERROR_TIMEOUT, "BitLocker did not answer in time");
	return question->rc ? error_copy(err, &question->error) : 0;
}

static int start(struct question **ret_question, struct error *err)
{
	struct question *question;

	if (InterlockedCompareExchange(&is_asking, 1, 0))
		return error_set(
			err, ERROR_TIMEOUT, "BitLocker has not answered an earlier question yet");
	question = calloc(1, sizeof(*question));
	if (question)
		question->answered = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (question && question->answered) {
		*ret_question = question;
		return 0;
	}
	free(question);
	InterlockedExchange(&is_asking, 0);
	return error_set(err, ERROR_NO_MEMORY, "no memory for a question to BitLocker");
}

/* `only` is a device's name; NULL: all of them. */
static int show(const struct bitlocker_list *list, const char *only, platform_volume_visit *visit,
	void *context, struct error *err)
{
	bool is_found = !only;
	int rc = 0;

	for (size_t i = 0; !rc && i < list->count; i++) {
		const char *device = list->items[i].device;

		if (only && _stricmp(only, device) != 0)
			continue;
		is_found = true;
		rc = visit(&(struct platform_volume){device, NULL, 0, &list->items[i].volume},
			context, err);
	}
	for (uint32_t i = 0; !rc && !only && i < list->left_out; i++)
		rc = visit(&(struct platform_volume){"", NULL, 0, NULL}, context, err);
	return is_found ? rc
			: error_set(err, ERROR_NOT_FOUND, "BitLocker knows no volume %s", only);
}

static int read_volumes(const char *only, uint64_t deadline_us, platform_volume_visit *visit,
	void *context, struct error *err)
{
	struct question *question = NULL;
	int rc = start(&question, err);

	if (rc)
		return rc;
	rc = ask(question, deadline_us, err);
	if (!rc)
		rc = show(&question->list, only, visit, context, err);
	let_go(question);
	return rc;
}

int platform_volumes_read(
	uint64_t deadline_us, platform_volume_visit *visit, void *context, struct error *err)
{
	return read_volumes(NULL, deadline_us, visit, context, err);
}

int platform_volume_read(const char *path, uint64_t deadline_us, platform_volume_visit *visit,
	void *context, struct error *err)
{
	return read_volumes(path, deadline_us, visit, context, err);
}

int platform_credentials_read(
	size_t max, platform_volume_visit *visit, void *context, struct error *err)
{
	(void)max;
	(void)visit;
	(void)context;
	(void)err;
	return 0;
}
