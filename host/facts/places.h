/* SPDX-License-Identifier: BSD-2-Clause */
/* Where facts are looked for. */
#ifndef HOST_FACTS_PLACES_H
#define HOST_FACTS_PLACES_H

#include <stdint.h>

struct gather_places {
	const char *uri, *state, *localca, *qemu_conf, *mountinfo;
	const char *domain;             /* whose directory is written to; NULL: any one's */
	const char *vm_path;            /* the VMs' disks; NULL: not looked at */
	const char *ha_user, *ha_group; /* who must own both; NULL: nobody in particular */
	uint32_t timeout_ms;            /* for each thing that may hang */
};

#endif
