/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates that a TPM holds. */
#ifndef AGENT_COLLECT_CERTIFICATES_H
#define AGENT_COLLECT_CERTIFICATES_H

#include "agent/collect/run.h"

/* Reads the certificates of the indices that part nv lists or, where that part could not be read,
 * of those that stand in the range of EK certificates. An index that cannot be read costs no other
 * one: it is named in the part's list `unread`, with its own reason. */
int collect_read_certificates(struct collect_run *run, struct error *err);

#endif
