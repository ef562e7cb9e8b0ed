/* SPDX-License-Identifier: BSD-2-Clause */
/* Our reader of JSON text against jansson's: both take the same, and make the same of it. */
#include <string.h>

#include "core/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *theirs =
		json_loadb(size ? (const char *)data : "", size, JSON_REJECT_DUPLICATES, NULL);
	json_t *ours = NULL;
	struct error err = {0};
	int rc = record_parse(data, size, size, &ours, &err);

	FUZZ_ASSERT(rc ? rc == -ERROR_MALFORMED && err.message[0] && !ours : ours != NULL);
	/* Ours alone refuses arrays, what nests deeper than any document of ours, and a NUL between
	 * two tokens, which jansson's lexer loses. */
	if (rc)
		FUZZ_ASSERT(!json_is_object(theirs) || memchr(data, 0, size) ||
			    strstr(err.message, "nested too deep"));
	else
		FUZZ_ASSERT(theirs && json_equal(ours, theirs));
	json_decref(theirs);
	json_decref(ours);
	return 0;
}
