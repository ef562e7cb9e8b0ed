/* SPDX-License-Identifier: BSD-2-Clause */
/* A look at the TPM as command line and configuration ask for it. */
#ifndef AGENT_OPTIONS_LOOK_H
#define AGENT_OPTIONS_LOOK_H

#include "agent/look.h"
#include "agent/options.h"

/* Points into the options. */
struct look_options options_look(const struct options *options);

#endif
