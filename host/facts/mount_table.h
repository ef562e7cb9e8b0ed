/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_FACTS_MOUNT_TABLE_H
#define HOST_FACTS_MOUNT_TABLE_H

#include "host/facts/facts.h"

/* Finds the mount in which `path`, absolute and without symbolic links, is: by the table alone, as
 * the kernel would walk it (proc(5), /proc/PID/mountinfo). Nothing is asked of the file system.
 * ret_mount->point is empty when the table cannot be read. */
void mount_table_find(const char *mountinfo, const char *path, struct facts_mount *ret_mount);

/* Whether anything is mounted on a directory below `path`. */
bool mount_table_has_below(const char *mountinfo, const char *path);

#endif
