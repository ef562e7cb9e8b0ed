/* SPDX-License-Identifier: BSD-2-Clause */
/* What a collector, or whoever stands in its place, answers. */
#include <string.h>

#include "link/messages.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message_challenge challenge;
	static struct message_result answer;
	struct error err = {0};

	if (message_read_challenge(data, size, &challenge, &err))
		FUZZ_ASSERT(err.code && err.message[0]);
	else
		FUZZ_ASSERT(memchr(challenge.id, 0, sizeof(challenge.id)));
	err = (struct error){0};
	if (message_read_result(data, size, &answer, &err))
		FUZZ_ASSERT(err.code && err.message[0]);
	else
		FUZZ_ASSERT(answer.verdict.reason_count > 0 &&
			    answer.verdict.reason_count <= VERDICT_REASONS_MAX);
	err = (struct error){0};
	FUZZ_ASSERT(message_refuse(503, data, size, &err) == -ERROR_TIMEOUT && err.message[0]);
	return 0;
}
