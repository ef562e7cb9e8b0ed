/* SPDX-License-Identifier: BSD-2-Clause */
/* What vtpm-host can be asked to do: one function for each command. */
#ifndef HOST_COMMAND_COMMANDS_H
#define HOST_COMMAND_COMMANDS_H

#include "core/status.h"
#include "host/options.h"

/* Runs a command to its end, output included. ret_code: what the program ends with. Fails where the
 * command could not be carried out, or what it has to say not be written. */
typedef int command_function(
	const struct host_options *options, enum exit_code *ret_code, struct error *err);

command_function command_facts;
command_function command_preflight;
command_function command_diagnose;
command_function command_confirm;
command_function command_watch;
command_function command_status;
command_function command_baselines;
command_function command_eks;
command_function command_explain;

#endif
