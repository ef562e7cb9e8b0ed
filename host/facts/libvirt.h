/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt says: its version, and the domains as it defines them. */
#ifndef HOST_FACTS_LIBVIRT_H
#define HOST_FACTS_LIBVIRT_H

#include "host/facts/facts.h"
#include "host/facts/places.h"

/* Errors: what libvirt says, where it cannot be asked; TIMEOUT. */
int gather_libvirt(const struct gather_places *places, struct facts *facts, struct error *err);

#endif
