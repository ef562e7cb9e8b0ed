/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of this host, read and never changed. */
#ifndef HOST_FACTS_GATHER_H
#define HOST_FACTS_GATHER_H

#include "host/facts/facts.h"
#include "host/facts/places.h"

/* Everything. Errors: what libvirt says, where it cannot be asked; TIMEOUT. */
int gather_facts(const struct gather_places *places, struct facts *ret, struct error *err);

#endif
