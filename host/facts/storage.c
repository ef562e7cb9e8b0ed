/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/storage.h"

#include <string.h>

bool storage_is_nfs(const struct facts_mount *mount)
{
	return strcmp(mount->type, "nfs") == 0 || strcmp(mount->type, "nfs4") == 0;
}

bool storage_is_shared(const struct facts_mount *mount)
{
	/* As /proc/self/mountinfo spells them. */
	static const char *const types[] = {"nfs", "nfs4", "gfs2", "ocfs2", "afs", "smb3", "smbfs",
		"cifs", "ceph", "gpfs", "acfs", "beegfs", "fuse.quobyte", "fuse.glusterfs"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(mount->type, types[i]) == 0)
			return true;
	}
	return false;
}

bool storage_is_state_shared(const struct facts *facts)
{
	return facts->is_declared_shared || storage_is_shared(&facts->mount);
}

/* CephFS names its monitors, of which two hosts may know others: "a,b:/path", "user@fsid.fs=/path".
 */
static const char *what_is_exported(const struct facts_mount *mount)
{
	const char *path = strstr(mount->source, ":/");

	if (strcmp(mount->type, "ceph") != 0)
		return mount->source;
	return path ? path + 1 : mount->source;
}

bool storage_is_same_export(
	const struct facts_mount *one, const struct facts_mount *other, bool *ret_is_known)
{
	bool is_device = strncmp(one->source, "/dev/", 5) == 0;
	bool is_alike = strcmp(what_is_exported(one), what_is_exported(other)) == 0;

	*ret_is_known = is_alike || !is_device || !storage_is_shared(one);
	/* One export may be mounted by two versions of NFS. */
	if (storage_is_nfs(one) && storage_is_nfs(other))
		return is_alike;
	return is_alike && strcmp(one->type, other->type) == 0;
}
