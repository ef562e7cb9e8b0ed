/* SPDX-License-Identifier: BSD-2-Clause */
/* What vtpm-collector can be asked to do: one function for each command. */
#ifndef COLLECTOR_COMMANDS_H
#define COLLECTOR_COMMANDS_H

#include "collector/options.h"
#include "core/error.h"
#include "core/status.h"

/* Runs a command to its end, output included. ret_code: what the program ends with. Fails where the
 * command could not be carried out, or what it has to say not be written. */
typedef int command_function(
	const struct options *options, enum exit_code *ret_code, struct error *err);

command_function command_explain;
command_function command_serve;                              /* the service */
command_function command_init, command_backup, command_copy; /* its store */

/* An operator's requests to a collector. */
command_function command_confirm, command_announce, command_page, command_list, command_show,
	command_diff, command_event_log;
command_function command_token, command_result_key;
command_function command_accept, command_forget, command_trust_ca, command_export,
	command_checkpoint, command_verify;

#endif
