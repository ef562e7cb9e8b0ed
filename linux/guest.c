/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/guest.h"
#include "platform/system.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/smbios.h"
#include "linux/service.h"

#define SMBIOS_TABLE_MAX 1048576

/* The first line of a small file, printable, or an empty string. */
static void copy_line(const struct buf *text, char *ret_line, size_t size)
{
	text_copy_ascii(
		ret_line, size, text->data, strcspn(text->data ? (char *)text->data : "", "\n"));
}

static int read_line(const char *path, char *ret_line, size_t size, struct error *err)
{
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, 4096, &text, err);

	if (!rc)
		copy_line(&text, ret_line, size);
	return rc;
}

/* Root's file, or what the service manager read of it for us. */
static int read_uuid_line(char *ret_line, size_t size, struct error *err)
{
	BUF_SCOPED text = {0};
	struct error ignored;
	int rc = service_credential_read("smbios-uuid", 4096, &text, &ignored);

	if (rc)
		rc = platform_file_read("/sys/class/dmi/id/product_uuid", 4096, &text, err);
	if (!rc)
		copy_line(&text, ret_line, size);
	return rc;
}

/* PRETTY_NAME of os-release(5), unquoted. */
static void read_os(char *ret_os, size_t size)
{
	BUF_SCOPED text = {0};
	struct error err;
	const char *at;
	size_t len;

	if (platform_file_read("/etc/os-release", 65536, &text, &err) || !text.data)
		return;
	at = strstr((char *)text.data, "PRETTY_NAME=");
	if (!at || (at != (char *)text.data && at[-1] != '\n'))
		return;
	at += strlen("PRETTY_NAME=");
	len = strcspn(at, "\n");
	if (len >= 2 && (at[0] == '"' || at[0] == '\'') && at[len - 1] == at[0]) {
		at++;
		len -= 2;
	}
	text_copy_ascii(ret_os, size, at, len);
}

int platform_guest_read(struct evidence_guest *ret_guest, struct error *err)
{
	struct utsname names;
	char boot_id[64] = "", kernel[256];
	struct error ignored;

	if (uname(&names))
		return error_set(err, ERROR_IO, "uname failed");
	text_copy_ascii(ret_guest->hostname, sizeof(ret_guest->hostname), names.nodename,
		sizeof(names.nodename));
	snprintf(kernel, sizeof(kernel), "%s %s %s", names.sysname, names.release, names.machine);
	text_copy_ascii(ret_guest->kernel, sizeof(ret_guest->kernel), kernel, strlen(kernel));
	read_os(ret_guest->os, sizeof(ret_guest->os));
	if (!read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id), &ignored))
		text_uuid(boot_id, ret_guest->boot_id);
	ret_guest->uptime_ms = platform_uptime_ms();
	return 0;
}

int platform_smbios_read(struct evidence_smbios *ret_smbios, struct error *err)
{
	static const char directory[] = "/sys/class/dmi/id";
	char uuid[64] = "";
	struct error ignored;
	int rc;

	if (access(directory, F_OK))
		return error_set(err, ERROR_NOT_FOUND, "%s: the machine has no SMBIOS", directory);
	/* World-readable, unlike the UUID; a machine that leaves them out is no error. */
	read_line("/sys/class/dmi/id/sys_vendor", ret_smbios->manufacturer,
		sizeof(ret_smbios->manufacturer), &ignored);
	read_line("/sys/class/dmi/id/product_name", ret_smbios->product,
		sizeof(ret_smbios->product), &ignored);
	read_line("/sys/class/dmi/id/bios_vendor", ret_smbios->firmware_vendor,
		sizeof(ret_smbios->firmware_vendor), &ignored);
	read_line("/sys/class/dmi/id/bios_version", ret_smbios->firmware_version,
		sizeof(ret_smbios->firmware_version), &ignored);
	rc = read_uuid_line(uuid, sizeof(uuid), err);
	if (rc)
		return rc;
	if (!text_uuid(uuid, uuid))
		return error_set(err, ERROR_MALFORMED, "%s/product_uuid: not a UUID", directory);
	if (text_uuid_is_placeholder(uuid))
		return error_set(err, ERROR_NOT_FOUND,
			"%s/product_uuid: %s is a placeholder, which many machines have", directory,
			uuid);
	memcpy(ret_smbios->uuid, uuid, sizeof(ret_smbios->uuid));
	return 0;
}

int platform_oem_strings_read(const char *prefix, struct buf *to, struct error *err)
{
	BUF_SCOPED table = {0};
	struct error ignored;
	int rc = service_credential_read("smbios-table", SMBIOS_TABLE_MAX, &table, &ignored);

	if (rc)
		rc = platform_file_read(
			"/sys/firmware/dmi/tables/DMI", SMBIOS_TABLE_MAX, &table, err);
	if (!rc)
		smbios_oem_strings(table.data, table.len, prefix, to);
	return rc;
}
