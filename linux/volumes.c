/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's LUKS2 volumes, by the headers of its block devices. libcryptsetup would lock and
 * repair what it reads; here only the first bytes are wanted, and nothing is written.
 */
#include "platform/guest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/header_child.h"
#include "linux/os_error.h"
#include "platform/system.h"

#define BLOCK_DEVICES "/sys/class/block"

int platform_volume_read(const char *path, uint64_t deadline_us, platform_volume_visit *visit,
	void *context, struct error *err)
{
	BUF_SCOPED header = {0};
	bool is_luks1 = false;
	int rc = header_child_read(path, deadline_us, &header, &is_luks1, err);

	if (rc)
		return rc;
	if (is_luks1)
		return error_set(err, ERROR_UNSUPPORTED,
			"%s: a volume of LUKS1, which has no place for a TPM's slots", path);
	if (!header.len)
		return error_set(err, ERROR_MALFORMED, "%s: no LUKS2 volume", path);
	return visit(&(struct platform_volume){path, header.data, header.len, NULL}, context, err);
}

/* Drives of removable disks, some of which tell a size without one, and what is of size 0. */
static bool is_empty(const char *name)
{
	char path[sizeof(BLOCK_DEVICES) + 256 + 8];
	BUF_SCOPED text = {0};
	struct error ignored;

	if (strncmp(name, "sr", 2) == 0 || strncmp(name, "fd", 2) == 0)
		return true;
	snprintf(path, sizeof(path), BLOCK_DEVICES "/%.255s/size", name);
	return platform_file_read(path, 64, &text, &ignored) || !text.len ||
	       strcmp((char *)text.data, "0\n") == 0;
}

struct looking {
	uint64_t deadline_us;
	platform_volume_visit *visit;
	void *context;
	bool is_refused; /* one could not be opened for want of permission */
	struct error refused;
};

/* A container sees its host's devices in sysfs, and has no nodes of them. */
static bool is_elsewhere(int rc)
{
	return rc == -ERROR_NOT_FOUND || rc == -ERROR_DEVICE_MISSING;
}

static int look_at(const char *name, struct looking *looking, struct error *err)
{
	char path[5 + 256];
	BUF_SCOPED header = {0};
	struct error why;
	bool is_luks1;
	int rc;

	if (name[0] == '.' || is_empty(name))
		return 0;
	snprintf(path, sizeof(path), "/dev/%.255s", name);
	/* sysfs has '!' where a name has a '/'. */
	for (char *at = strchr(path, '!'); at; at = strchr(at, '!'))
		*at = '/';
	rc = header_child_read(path, looking->deadline_us, &header, &is_luks1, &why);
	if (rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	if (rc == -ERROR_PERMISSION) {
		looking->is_refused = true;
		looking->refused = why;
	}
	if (is_elsewhere(rc) || (!rc && !header.len))
		return 0;
	return looking->visit(
		&(struct platform_volume){path, header.data, rc ? 0 : header.len, NULL},
		looking->context, err);
}

int platform_volumes_read(
	uint64_t deadline_us, platform_volume_visit *visit, void *context, struct error *err)
{
	struct looking looking = {.deadline_us = deadline_us, .visit = visit, .context = context};
	struct dirent **names = NULL;
	int count = scandir(BLOCK_DEVICES, &names, NULL, alphasort);
	int rc = 0;

	if (count < 0)
		return os_error_file(err, errno, "open", BLOCK_DEVICES);
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = look_at(names[i]->d_name, &looking, err);
		free(names[i]);
	}
	free(names);
	if (!rc && looking.is_refused)
		rc = error_set(err, ERROR_PERMISSION, "%s; %s", looking.refused.message,
			geteuid() ? "only root may read the headers of disks"
				  : "this root is confined, as by a container's device rules");
	return rc;
}
