/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sealed beside disks: files that the configuration names, and systemd's credentials. */
#ifndef AGENT_COLLECT_SEALED_H
#define AGENT_COLLECT_SEALED_H

#include "agent/collect/run.h"

/* Adds those that the options name, whichever TPM is asked. Errors: PERMISSION (this user may not
 * read them all), NO_MEMORY. */
int collect_find_named(struct collect_run *run, struct error *err);

/* Adds the encrypted credentials that the machine keeps. Errors: the same. */
int collect_find_credentials(struct collect_run *run, struct error *err);

#endif
