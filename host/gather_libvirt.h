/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt says: its version, and the domains as it defines them. */
#ifndef HOST_GATHER_LIBVIRT_H
#define HOST_GATHER_LIBVIRT_H

#include "host/facts.h"
#include "host/gather_places.h"

/* Errors: what libvirt says, where it cannot be asked; TIMEOUT. */
int gather_libvirt(const struct gather_places *places, struct facts *facts, struct error *err);

#endif
