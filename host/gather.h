/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of this host, read and never changed. */
#ifndef HOST_GATHER_H
#define HOST_GATHER_H

#include <libvirt/libvirt.h>

#include "host/facts.h"

struct gather_places {
	const char *uri, *state, *localca, *qemu_conf, *mountinfo;
	uint32_t timeout_ms; /* for each thing that may hang */
};

/* Everything. Errors: what libvirt says, where it cannot be asked. */
int gather_facts(const struct gather_places *places, virConnectPtr libvirt, struct facts *ret,
	struct error *err);

/* Its parts. */
void gather_account(const struct gather_places *places, struct facts *facts);
void gather_mount(const struct gather_places *places, struct facts *facts);
void gather_versions(const struct gather_places *places, struct facts *facts);
void gather_files(const struct gather_places *places, struct facts *facts);
void gather_processes(struct facts *facts);
int gather_domains(virConnectPtr libvirt, struct facts *facts, struct error *err);

#endif
