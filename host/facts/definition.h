/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain's XML says of its vTPM (libvirt's formatdomain), and what Nova wrote beside it. */
#ifndef HOST_FACTS_DEFINITION_H
#define HOST_FACTS_DEFINITION_H

#include <stdint.h>

#include "host/facts/facts.h"

/* Fills in what is defined. What is no XML says nothing. ret_nova: the version of the Nova that
 * wrote it, as in struct facts, 0 where none did. */
void definition_read(const char *xml, struct facts_domain *domain, uint64_t *ret_nova);

#endif
