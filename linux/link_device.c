/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/os_error.h"
#include "linux/unbound.h"
#include "platform/system.h"
#include "platform/transport.h"

#define PAUSE_US 10000
#define BUSY_US  2000000 /* longer than a run, where the node is for one at a time */

struct device_link {
	struct link link;
	int fd;
	char path[256];
};

/* One write(2) is one command and one read(2) its whole answer: kernel, drivers/char/tpm/
 * tpm-dev-common.c. Without O_NONBLOCK the write returns when the TPM has answered. */
static int exchange(struct link *link, const uint8_t *command, size_t len, uint8_t *ret_response,
	size_t *ret_len, struct error *err)
{
	struct device_link *device = (struct device_link *)link;
	ssize_t done;

	do
		done = write(device->fd, command, len);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return os_error_device(err, errno, "write", device->path);
	do
		done = read(device->fd, ret_response, TRANSPORT_BYTES_MAX);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return os_error_device(err, errno, "read", device->path);
	*ret_len = (size_t)done;
	return 0;
}

static void close_link(struct link *link)
{
	close(((struct device_link *)link)->fd);
	free(link);
}

/* Without its driver a TPM has no node; the machine may show it nevertheless. */
static int missing_error(struct error *err, int number, const char *path)
{
	bool is_no_node = number == ENOENT && strncmp(path, "/dev/tpm", strlen("/dev/tpm")) == 0;
	char why[160];

	if (!is_no_node || !unbound_describe(why, sizeof(why)))
		return os_error_device(err, number, "open", path);
	return error_set(
		err, ERROR_DEVICE_UNBOUND, "open %s: no such device node, but %s", path, why);
}

/* A node without a resource manager opens for one at a time, which may be another run. */
static int open_node(const char *path, uint64_t until_us)
{
	const uint64_t busy_us = platform_monotonic_us() + BUSY_US;
	int fd;

	if (until_us > busy_us)
		until_us = busy_us;
	while ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0 && errno == EBUSY) {
		if (platform_monotonic_us() >= until_us)
			break;
		platform_sleep_us(PAUSE_US);
	}
	return fd;
}

int link_device_open(
	const char *path, const struct turn *turn, struct link **ret_link, struct error *err)
{
	struct device_link *device;
	struct stat node;
	int fd = open_node(path, turn->queue_us), rc;

	if (fd < 0)
		return missing_error(err, errno, path);
	/* A command written to a file would destroy what it holds. */
	if (fstat(fd, &node) || !S_ISCHR(node.st_mode)) {
		close(fd);
		return error_set(
			err, ERROR_DEVICE_MISSING, "open %s: not a character device", path);
	}
	rc = turn_take_node(fd, turn, err);
	if (rc) {
		close(fd);
		return rc;
	}
	device = calloc(1, sizeof(*device));
	if (!device) {
		close(fd);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a TPM device");
	}
	device->link.exchange = exchange;
	device->link.close = close_link;
	device->fd = fd;
	snprintf(device->path, sizeof(device->path), "%s", path);
	*ret_link = &device->link;
	return 0;
}
