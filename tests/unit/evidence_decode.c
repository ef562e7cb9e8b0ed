/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an evidence document from standard input and writes it again, compact and with a newline,
 * as `vtpm-agent evidence` does. What is refused: exit status 1, the reason on standard error. */
#include <jansson.h>
#include <stdio.h>

#include "core/evidence/evidence.h"
#include "core/json/text.h"

static void read_input(struct buf *to)
{
	size_t got = 1;

	/* One byte over the limit is enough to be refused. */
	while (got && to->len <= EVIDENCE_MAX_BYTES) {
		uint8_t *at = buf_reserve(to, 4096);

		got = at ? fread(at, 1, 4096, stdin) : 0;
		to->len += got;
	}
}

int main(void)
{
	BUF_SCOPED in = {0}, out = {0};
	EVIDENCE_SCOPED *evidence = NULL;
	struct error err = {0};
	json_t *json;

	read_input(&in);
	if (in.failed)
		return 2;
	if (evidence_parse(in.data, in.len, &evidence, &err)) {
		fprintf(stderr, "%s: %s\n", error_code_name(err.code), err.message);
		return 1;
	}
	json = evidence_to_json(evidence);
	if (json)
		json_text_print(&out, json, false);
	json_decref(json);
	buf_append_text(&out, "\n");
	return !json || out.failed || fwrite(out.data, 1, out.len, stdout) != out.len ? 2 : 0;
}
