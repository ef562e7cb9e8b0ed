/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/guest.h"
#include "platform/system.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/measured/eventlog.h"
#include "linux/os_error.h"
#include "linux/service.h"

#define SECURITYFS "/sys/kernel/security"

/* The lowest N for which /sys/class/tpm/tpmN exists, or 0: the chip whose nodes are then missing.
 */
static unsigned long first_chip(void)
{
	unsigned long first = ~0UL;
	DIR *directory = opendir("/sys/class/tpm");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		const char *name = entry->d_name;
		char *end;
		unsigned long chip;

		if (strncmp(name, "tpm", 3) != 0 || name[3] < '0' || name[3] > '9')
			continue;
		chip = strtoul(name + 3, &end, 10);
		if (!*end && chip < first)
			first = chip;
	}
	if (directory)
		closedir(directory);
	return first == ~0UL ? 0 : first;
}

static void describe_node(struct evidence_node *node, const char *prefix, unsigned long chip)
{
	const char *access_name = "usable";

	snprintf(node->path, sizeof(node->path), "/dev/%s%lu", prefix, chip);
	if (access(node->path, R_OK | W_OK))
		access_name = errno == EACCES || errno == EPERM ? "denied" : "missing";
	snprintf(node->access, sizeof(node->access), "%s", access_name);
}

/* libvirt's name for the model where it has one; else the driver's. A driver that has more than its
 * TPM in common with others is called as its module: drivers/char/tpm/xen-tpmfront.c. */
static void name_model(struct evidence_device *device)
{
	static const struct {
		const char *driver, *model;
	} others[] = {
		{"tpm_crb_acpi", "tpm-crb"}, /* later kernels', 7.2 among them */
		{"tpm_ibmvtpm", "tpm-spapr"},
		{"vtpm", "xen-tpmfront"},
	};
	const char *model = device->driver;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(device->driver, others[i].driver) == 0)
			model = others[i].model;
	}
	snprintf(device->model, sizeof(device->model), "%s", model);
	for (char *at = device->model; *at; at++) {
		if (*at == '_')
			*at = '-';
	}
}

/* The driver bound to the chip's parent device. One without a parent is a program's, made through
 * /dev/vtpmx: drivers/char/tpm/tpm_vtpm_proxy.c. */
static void describe_driver(struct evidence_device *device, unsigned long chip)
{
	char path[128], target[256];
	const char *name = "tpm_vtpm_proxy";
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/tpm/tpm%lu/device", chip);
	if (!access(path, F_OK)) {
		snprintf(path, sizeof(path), "/sys/class/tpm/tpm%lu/device/driver", chip);
		len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			return;
		target[len] = 0;
		name = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
	}
	text_copy_ascii(device->driver, sizeof(device->driver), name, strlen(name));
	name_model(device);
}

int platform_device_read(struct evidence_device *ret_device, struct error *err)
{
	unsigned long chip = first_chip();
	BUF_SCOPED version = {0};
	struct error ignored;
	char path[128];

	(void)err;
	describe_node(&ret_device->resource_manager, "tpmrm", chip);
	describe_node(&ret_device->raw, "tpm", chip);
	snprintf(path, sizeof(path), "/sys/class/tpm/tpm%lu", chip);
	if (!access(path, F_OK))
		describe_driver(ret_device, chip);
	snprintf(path, sizeof(path), "/sys/class/tpm/tpm%lu/tpm_version_major", chip);
	if (!platform_file_read(path, 64, &version, &ignored) && version.len)
		ret_device->version_major = (uint16_t)(version.data[0] - '0');
	snprintf(ret_device->transport, sizeof(ret_device->transport), "device");
	/* Shared access through the resource manager wherever the kernel has one. */
	snprintf(ret_device->path, sizeof(ret_device->path), "%s",
		strcmp(ret_device->resource_manager.access, "missing") != 0
			? ret_device->resource_manager.path
			: ret_device->raw.path);
	return 0;
}

/* The kernel makes the file only where it was handed a log: under UEFI its EFI stub asks for it,
 * which GRUB before 2.12 passes by where Secure Boot is off. */
static int explain_no_log(const char *path, struct error *err)
{
	struct statfs found;

	if (access(SECURITYFS "/.", X_OK))
		return error_set(err, ERROR_PERMISSION, "%s: %s", path, strerror(errno));
	if (!statfs(SECURITYFS, &found) && found.f_type != SECURITYFS_MAGIC)
		return error_wrap(err,
			"securityfs is not mounted (mount -t securityfs securityfs " SECURITYFS
			")");
	return error_wrap(err,
		"no event log was handed over: the firmware has none, or GRUB before 2.12, without "
		"Secure Boot, kept it from the kernel");
}

int platform_event_log_read(const struct evidence_device *device, struct buf *to, struct error *err)
{
	bool is_first = strcmp(device->raw.path, "/dev/tpm0") == 0;
	struct error ignored;
	char path[128];
	int rc;

	/* The unit hands over the log of the first chip. */
	if (is_first && !service_credential_read("firmware-log", EVENTLOG_MAX_BYTES, to, &ignored))
		return 0;
	/* The node is called as the chip is: /dev/tpm0. */
	snprintf(path, sizeof(path), SECURITYFS "/%s/binary_bios_measurements",
		device->raw.path + strlen("/dev/"));
	rc = platform_file_read(path, EVENTLOG_MAX_BYTES, to, err);
	return rc == -ERROR_NOT_FOUND ? explain_no_log(path, err) : rc;
}
