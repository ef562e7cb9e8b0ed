/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/options_look.h"

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

struct look_options options_look(const struct options *options)
{
	return (struct look_options){.collect.tcti = or_null(options->tcti),
		.collect.timeout_ms = options->timeout_s * 1000,
		.collect.nonce = options->has_nonce ? options->nonce : NULL,
		.collect.nonce_len = options->nonce_len,
		.collect.volume = or_null(options->volume),
		.collect.sealed = options->sealed.texts,
		.collect.sealed_count = options->sealed.count,
		.model = or_null(options->model),
		.uuid = or_null(options->uuid)};
}
