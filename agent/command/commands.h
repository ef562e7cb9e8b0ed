/* SPDX-License-Identifier: BSD-2-Clause */
/* What vtpm-agent can be asked to do: one function for each command. */
#ifndef AGENT_COMMAND_COMMANDS_H
#define AGENT_COMMAND_COMMANDS_H

#include "agent/options.h"
#include "core/error.h"
#include "core/status.h"

/* Runs a command to its end, output included. ret_code: what the program ends with. Fails where the
 * command could not be carried out, or what it has to say not be written. */
typedef int command_function(
	const struct options *options, enum exit_code *ret_code, struct error *err);

command_function command_status;   /* the page for a person, and its forms for programs */
command_function command_evidence; /* the evidence document, with a quote */
command_function command_boot;     /* what was booted */
command_function command_unlock;   /* whether the sealed disks open */
command_function command_baseline; /* evidence kept as the reference */
command_function command_compare;  /* the verdict against a baseline */
command_function command_accept;   /* this vTPM as the service's baseline */

command_function command_report;      /* evidence to a collector, and its verdict */
command_function command_relay;       /* the same in two steps, the requests carried by others */
command_function command_run;         /* the service */
command_function command_beacon;      /* the opt-in NV counter against rollbacks */
command_function command_reset_state; /* forgets what the service keeps */
command_function command_explain;     /* what a word of a verdict or check means */
command_function command_service;     /* installs, removes, starts and stops the service */

#endif
