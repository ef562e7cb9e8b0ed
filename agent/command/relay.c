/* SPDX-License-Identifier: BSD-2-Clause */
/* A report whose requests somebody else carries, such as a hypervisor's host through QEMU's guest
 * agent: for a guest without a network. Nothing is kept between the two steps, since the
 * attestation key is the same each time it is made. */
#include <stdio.h>
#include <string.h>

#include "agent/collect/bound.h"
#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "link/messages.h"

static int ask(
	const struct look_options *look_how, enum event event, struct buf *to, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	const struct error *fault;
	struct checks checks;
	int rc = look(look_how, &evidence, &checks, err);

	if (rc)
		return rc;
	fault = message_find_fault(evidence);
	if (!fault)
		return message_write_challenge_request(evidence, event, NULL, to, err);
	if (message_is_distress(fault))
		return message_write_distress(evidence, event, 0, to, err);
	return error_copy(err, fault);
}

static int read_input(struct buf *to, struct error *err)
{
	while (!feof(stdin) && to->len <= MESSAGE_ANSWER_MAX) {
		uint8_t *room = buf_reserve(to, 4096);

		if (!room)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
		to->len += fread(room, 1, 4096, stdin);
		if (ferror(stdin))
			return error_set(err, ERROR_IO, "standard input cannot be read");
	}
	return 0;
}

static int answer(const struct look_options *look_how, struct buf *to, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED input = {0}, document = {0};
	struct collect_options how = {.tcti = look_how->collect.tcti,
		.timeout_ms = look_how->collect.timeout_ms,
		.advances_beacon = true};
	struct message_challenge challenge;
	struct checks checks;
	int rc = read_input(&input, err);

	if (!rc)
		rc = message_read_challenge(input.data, input.len, &challenge, err);
	if (!rc)
		rc = look(look_how, &evidence, &checks, err);
	if (!rc)
		rc = collect_bound(&how, &challenge.binding, evidence, &document, err);
	return rc ? rc : message_write_report(&challenge, &document, evidence, 0, to, err);
}

int command_relay(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *step = options->line.word_count ? options->line.words[0] : "";
	const struct look_options how = options_look(options);
	BUF_SCOPED out = {0};
	int rc;

	if (strcmp(step, "ask") == 0)
		rc = ask(&how, options->event, &out, err);
	else if (strcmp(step, "answer") == 0)
		rc = answer(&how, &out, err);
	else
		rc = error_set(err, ERROR_USAGE,
			"usage: vtpm-agent relay ask, or relay answer < CHALLENGE");
	if (rc)
		return rc;
	buf_append_text(&out, "\n");
	rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
