/* SPDX-License-Identifier: BSD-2-Clause */
/* A function for each command: what it found, or VERDICT_NONE with `err` set. */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

#include "core/status.h"
#include "host/options.h"

typedef enum verdict_status command_function(const struct host_options *options, struct error *err);

command_function command_facts;
command_function command_preflight;
command_function command_diagnose;
command_function command_confirm;
command_function command_confirm_all; /* of every vTPM that runs here: confirm --all */

/* What confirm asks of one domain. */
struct confirm_request command_confirm_request(
	const struct host_options *options, const char *domain);

#endif
