/* SPDX-License-Identifier: BSD-2-Clause */
/* The service's place with the operating system's manager of services. */
#include "agent/command/commands.h"
#include "platform/system.h"

int command_service(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *verb = options->line.word_count ? options->line.words[0] : "";
	int rc = platform_service_control(verb, err);

	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
