/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of file system a vTPM's state is on. Pure. */
#ifndef HOST_FACTS_STORAGE_H
#define HOST_FACTS_STORAGE_H

#include <stdbool.h>

#include "host/facts/facts.h"

bool storage_is_nfs(const struct facts_mount *mount);

/* Whether hosts share this kind of file system, by libvirt's own list (virFileIsSharedFSType() of
 * src/util/virfile.c): there it leaves a vTPM's state where it is when a VM migrates; from any
 * other QEMU carries it in the migration's stream. */
bool storage_is_shared(const struct facts_mount *mount);

/* Whether libvirt takes the host's state directory for shared: by its kind, or as qemu.conf's
 * shared_filesystems says. */
bool storage_is_state_shared(const struct facts *facts);

/* Whether two hosts' mounts are of one export; of a cluster's block device, whose name is each
 * host's own, that cannot be told: false, and *ret_is_known false. */
bool storage_is_same_export(
	const struct facts_mount *one, const struct facts_mount *other, bool *ret_is_known);

#endif
