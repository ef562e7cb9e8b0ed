/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/options_look.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

struct look_options options_look(const struct options *options)
{
	const bool is_asked = command_line_names(&options_program, &options->line, "sealed");
	/* Where volumes are named, only what is named beside them. */
	const bool wants_sealed = is_asked || !options->volumes.count;

	return (struct look_options){.collect.tcti = or_null(options->tcti),
		.collect.timeout_ms = options->timeout_s * 1000,
		.collect.nonce = options->has_nonce ? options->nonce : NULL,
		.collect.nonce_len = options->nonce_len,
		.collect.volumes = options->volumes.texts,
		.collect.volume_count = options->volumes.count,
		.collect.sealed = options->sealed.texts,
		.collect.sealed_count = wants_sealed ? options->sealed.count : 0,
		.collect.must_read_sealed = is_asked,
		.model = or_null(options->model),
		.uuid = or_null(options->uuid)};
}
