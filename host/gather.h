/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of this host, read and never changed. */
#ifndef HOST_GATHER_H
#define HOST_GATHER_H

#include "host/facts.h"

struct gather_places {
	const char *uri, *state, *localca, *qemu_conf, *mountinfo;
	const char *domain;             /* whose directory is written to; NULL: any one's */
	const char *vm_path;            /* the VMs' disks; NULL: not looked at */
	const char *ha_user, *ha_group; /* who must own both; NULL: nobody in particular */
	uint32_t timeout_ms;            /* for each thing that may hang */
};

/* Everything. Errors: what libvirt says, where it cannot be asked; TIMEOUT. */
int gather_facts(const struct gather_places *places, struct facts *ret, struct error *err);

/* Its parts. */
int gather_libvirt(const struct gather_places *places, struct facts *facts, struct error *err);
void gather_accounts(const struct gather_places *places, struct facts *facts);
void gather_programs(const struct gather_places *places, struct facts *facts);
void gather_processes(struct facts *facts);
void gather_files(const struct gather_places *places, struct facts *facts); /* and mounts */

#endif
