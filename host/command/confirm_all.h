/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_COMMAND_CONFIRM_ALL_H
#define HOST_COMMAND_CONFIRM_ALL_H

#include "host/command/commands.h"

command_function command_confirm_all; /* confirm --all: every vTPM that runs here */

#endif
