/* SPDX-License-Identifier: BSD-2-Clause */
/* A function for each command: what it found, or VERDICT_NONE with `err` set. */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

#include "core/verdict.h"
#include "host/options.h"

enum verdict_status command_facts(const struct host_options *options, struct error *err);
enum verdict_status command_preflight(const struct host_options *options, struct error *err);
enum verdict_status command_diagnose(const struct host_options *options, struct error *err);
enum verdict_status command_confirm(const struct host_options *options, struct error *err);

/* confirm --all: every vTPM that runs here. */
enum verdict_status command_confirm_all(const struct host_options *options, struct error *err);

#endif
