/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's LUKS2 volumes, by the headers of its block devices. libcryptsetup would lock and
 * repair what it reads; here only the first bytes are wanted, and nothing is written.
 */
#include "platform/guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/disk/luks2.h"
#include "linux/os_error.h"
#include "platform/system.h"

#define BLOCK_DEVICES "/sys/class/block"

/* Up to `max` bytes from the beginning. */
static int read_beginning(
	int fd, const char *path, size_t max, struct buf *ret_bytes, struct error *err)
{
	uint8_t *to = buf_reserve(ret_bytes, max);
	size_t done = 0;
	ssize_t got = 1;

	if (!to)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the header of %s", path);
	while (got > 0 && done < max) {
		got = pread(fd, to + done, max - done, (off_t)done);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return os_error_file(err, errno, "read", path);
		else
			done += (size_t)got;
	}
	ret_bytes->len = done;
	return 0;
}

/* *ret_header is empty where the device begins otherwise. */
static int read_header(const char *path, struct buf *ret_header, struct error *err)
{
	/* O_NONBLOCK: a drive without a disk must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;
	size_t size;

	if (fd < 0)
		return os_error_file(err, errno, "open", path);
	rc = read_beginning(fd, path, LUKS2_BINARY_SIZE, ret_header, err);
	size = rc ? 0 : luks2_size(ret_header->data, ret_header->len);
	ret_header->len = 0;
	if (size)
		rc = read_beginning(fd, path, size, ret_header, err);
	close(fd);
	return rc;
}

int platform_volume_read(
	const char *path, platform_volume_visit *visit, void *context, struct error *err)
{
	BUF_SCOPED header = {0};
	int rc = read_header(path, &header, err);

	if (rc)
		return rc;
	if (!header.len)
		return error_set(err, ERROR_MALFORMED, "%s: no LUKS2 volume", path);
	return visit(path, header.data, header.len, context, err);
}

/* Loop devices and drives without anything in them are of size 0, and need not be opened. */
static bool is_empty(const char *name)
{
	char path[sizeof(BLOCK_DEVICES) + 256 + 8];
	BUF_SCOPED text = {0};
	struct error ignored;

	snprintf(path, sizeof(path), BLOCK_DEVICES "/%.255s/size", name);
	return platform_file_read(path, 64, &text, &ignored) || !text.len ||
	       strcmp((char *)text.data, "0\n") == 0;
}

struct looking {
	platform_volume_visit *visit;
	void *context;
	bool is_refused; /* one could not be opened for want of permission */
	bool has_read;   /* and one could */
	struct error refused;
};

static int look_at(const char *name, struct looking *looking, struct error *err)
{
	char path[5 + 256];
	BUF_SCOPED header = {0};
	struct error why;
	int rc;

	if (name[0] == '.' || is_empty(name))
		return 0;
	snprintf(path, sizeof(path), "/dev/%.255s", name);
	/* sysfs has '!' where a name has a '/'. */
	for (char *at = strchr(path, '!'); at; at = strchr(at, '!'))
		*at = '/';
	rc = read_header(path, &header, &why);
	if (rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	if (rc == -ERROR_PERMISSION) {
		looking->is_refused = true;
		looking->refused = why;
	}
	looking->has_read = looking->has_read || !rc;
	return rc || !header.len
		       ? 0
		       : looking->visit(path, header.data, header.len, looking->context, err);
}

int platform_volumes_read(platform_volume_visit *visit, void *context, struct error *err)
{
	struct looking looking = {.visit = visit, .context = context};
	struct dirent **names = NULL;
	int count = scandir(BLOCK_DEVICES, &names, NULL, alphasort);
	int rc = 0;

	if (count < 0 && errno != ENOENT)
		return os_error_file(err, errno, "open", BLOCK_DEVICES);
	for (int i = 0; i < count; i++) {
		if (!rc)
			rc = look_at(names[i]->d_name, &looking, err);
		free(names[i]);
	}
	free(names);
	if (!rc && looking.is_refused && !looking.has_read)
		rc = error_set(err, ERROR_PERMISSION, "%s; only root may read the headers of disks",
			looking.refused.message);
	return rc;
}
