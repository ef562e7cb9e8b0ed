/* SPDX-License-Identifier: BSD-2-Clause */
/* The service's place with the operating system's manager of services. */
#include "agent/command/commands.h"
#include "platform/system.h"

enum verdict_status command_service(const struct options *options, struct error *err)
{
	const char *verb = options->line.word_count ? options->line.words[0] : "";

	return platform_service_control(verb, err) ? VERDICT_NONE : VERDICT_AFFIRMING;
}
