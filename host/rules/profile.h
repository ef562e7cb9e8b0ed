/* SPDX-License-Identifier: BSD-2-Clause */
/* What each platform that runs VMs with vTPMs asks of its hosts, and where that is written. Pure.
 */
#ifndef HOST_RULES_PROFILE_H
#define HOST_RULES_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "host/facts/facts.h"
#include "host/rules/rules.h"

#define PROFILE_NAMES "platform9, libvirt, nova, ovirt, proxmox, kubevirt or incus"

struct profile {
	const char *name, *source;      /* and where its requirements are written */
	const char *marks[2];           /* files that only such a host has; NULL: none */
	bool is_shared;                 /* the state directory must be on shared storage */
	const char *nfs_options[2];     /* what an NFS mount must have; NULL: anything */
	uint32_t uid;                   /* of the swtpm account; 0: any one */
	const char *ha_user, *ha_group; /* of a host of VM high availability; NULL: any */
	const char *secret_security;    /* what a flavor must say; NULL: nothing */
	const char
		*without_libvirt; /* what to do instead of what asks libvirt; NULL: it is there */
};

/* By its name; NULL: there is none such. */
const struct profile *profile_find(const char *name);

/* By its marks on this host, for each of which `has_mark` is asked; NULL: it has none. */
const struct profile *profile_recognise(bool (*has_mark)(const char *path));

/* Of a host without marks: whether its domains are Nova's. */
const struct profile *profile_of_facts(const struct facts *facts);

/* Asks for what the profile does wherever the command line did not say otherwise. */
void profile_apply(const struct profile *profile, struct rules_expect *expect);

#endif
