/* SPDX-License-Identifier: BSD-2-Clause */
/* What vtpm-agent can be asked to do: one function for each command. */
#ifndef AGENT_COMMAND_COMMANDS_H
#define AGENT_COMMAND_COMMANDS_H

#include "agent/options.h"
#include "console/page.h"
#include "core/checks/checks.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/judge.h"

/* Runs a command to its end, output included. ret_code: what the program ends with. Fails where the
 * command could not be carried out, or what it has to say not be written. */
typedef int command_function(
	const struct options *options, enum exit_code *ret_code, struct error *err);

command_function command_status;   /* the page for a person, and its forms for programs */
command_function command_evidence; /* the evidence document, with a quote */
command_function command_baseline; /* evidence kept as the reference */
command_function command_compare;  /* the verdict against a baseline */

command_function command_report;      /* evidence to a collector, and its verdict */
command_function command_relay;       /* the same in two steps, the requests carried by others */
command_function command_run;         /* the service */
command_function command_beacon;      /* the opt-in NV counter against rollbacks */
command_function command_reset_state; /* forgets what the service keeps */
command_function command_service;     /* installs, removes, starts and stops the service */

/* What all of them begin with: evidence and its checks, by the options. */
int command_collect(const struct options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err);

/* The same for a comparison with `baseline`, which may be NULL: it advances the beacon. */
int command_collect_to_compare(const struct options *options, const struct evidence *baseline,
	struct evidence **ret_evidence, struct checks *ret_checks, struct error *err);

/* A comparison by the options: the baseline that the command line's first word names, evidence, and
 * the verdict. The caller frees both documents. */
int command_judge(const struct options *options, struct evidence **ret_baseline,
	struct evidence **ret_evidence, struct verdict *ret_verdict, struct error *err);

/* Its page, which the caller frees; NULL when memory is short. */
struct page *command_verdict_page(const struct options *options, const struct verdict *verdict,
	const struct evidence *baseline, const struct evidence *evidence);

#endif
