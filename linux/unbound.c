/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux/unbound.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/reader.h"
#include "core/text.h"
#include "platform/system.h"

/* By which name a device asks for its driver: kernel, drivers/char/tpm/. Without a module: the
 * ACPI table TPM2 tells which of two. */
static const struct announced {
	const char *bus, *modalias, *module, *driver;
} announced[] = {
	{"acpi", "acpi:MSFT0101:", NULL, NULL},
	{"acpi", "acpi:PNP0C31:", "tpm_tis", "tpm_tis"},
	{"acpi", "acpi:SMO0768:", "tpm_tis_spi", "tpm_tis_spi"},
	{"acpi", "acpi:SCX0009:", "tpm_tis_synquacer", "tpm_tis_synquacer"},
	{"acpi", "acpi:GOOG0005:", "tpm_tis_i2c_cr50", "cr50_i2c"},
	{"platform", "Ctcg,tpm-tis-mmio", "tpm_tis", "tpm_tis"},
	{"platform", "Cmicrosoft,ftpm", "tpm_ftpm_tee", "ftpm-tee"},
	{"platform", "platform:tpm-svsm", "tpm_svsm", "tpm-svsm"},
	{"platform", "platform:tpm_loongson", "tpm_loongson", "tpm_loongson"},
	{"spi", "tpm_tis-spi", "tpm_tis_spi", "tpm_tis_spi"},
	{"spi", "spi:cr50", "tpm_tis_spi", "tpm_tis_spi"},
	{"i2c", "tpm-tis-i2c", "tpm_tis_i2c", "tpm_tis_i2c"},
	{"vio", "SIBM,vtpm", "tpm_ibmvtpm", "tpm_ibmvtpm"},
	{"xen", "xen:vtpm", "xen-tpmfront", "vtpm"},
};

/* The start method in the ACPI table TPM2 (TCG ACPI Specification, table 7): 6 is a FIFO in memory,
 * all others are command response buffers. Root's to read. */
#define TPM2_START_METHOD_AT 48
#define START_METHOD_FIFO    6

static const char *microsoft_module(void)
{
	BUF_SCOPED table = {0};
	struct error ignored;
	struct reader reader;
	uint32_t method;

	if (platform_file_read("/sys/firmware/acpi/tables/TPM2", 4096, &table, &ignored))
		return NULL;
	reader = reader_of(table.data, table.len);
	reader_bytes(&reader, TPM2_START_METHOD_AT);
	method = reader_u32le(&reader);
	if (reader.failed)
		return NULL;
	return method == START_METHOD_FIFO ? "tpm_tis" : "tpm_crb";
}

/* A line of a device's file, or an empty one. */
static void read_attribute(
	const char *bus, const char *device, const char *attribute, char *ret_line, size_t size)
{
	BUF_SCOPED text = {0};
	struct error ignored;
	char path[512];

	*ret_line = 0;
	snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/%s", bus, device, attribute);
	if (!platform_file_read(path, 4096, &text, &ignored) && text.data)
		text_copy_ascii(ret_line, size, text.data, strcspn((const char *)text.data, "\n"));
}

/* ACPI lists devices that firmware has switched off as well: _STA, ACPI 6.5 section 6.3.7, bits 0
 * (present) and 1 (enabled). */
static bool is_switched_off(const char *bus, const char *device)
{
	char status[16];

	read_attribute(bus, device, "status", status, sizeof(status));
	return *status && (strtoul(status, NULL, 10) & 3) != 3;
}

static bool is_directory_empty(const char *path, const char *prefix)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool is_empty = true;

	while (directory && is_empty && (entry = readdir(directory)))
		is_empty = strncmp(entry->d_name, prefix, strlen(prefix)) != 0;
	if (directory)
		closedir(directory);
	return is_empty;
}

/* The name of the first device on the bus that asks for this driver. */
static bool find_device(const struct announced *wanted, char *ret_name, size_t size)
{
	char path[64], modalias[256];
	struct dirent *entry;
	bool is_found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", wanted->bus);
	directory = opendir(path);
	while (directory && !is_found && (entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		read_attribute(wanted->bus, entry->d_name, "modalias", modalias, sizeof(modalias));
		is_found = strstr(modalias, wanted->modalias) &&
			   !is_switched_off(wanted->bus, entry->d_name);
		if (is_found)
			text_copy_ascii(ret_name, size, entry->d_name, strlen(entry->d_name));
	}
	if (directory)
		closedir(directory);
	return is_found;
}

/* A driver that is built in need not be listed as a module. Later kernels, 7.2 among them, call the
 * one of an ACPI device tpm_crb_acpi. */
static bool is_driver_there(const char *driver)
{
	static const char *const buses[] = {"acpi", "platform", "pnp", "spi", "i2c", "vio", "xen"};
	static const char *const endings[] = {"", "_acpi"};
	char path[128];

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]); j++) {
			snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%s%s", buses[i], driver,
				endings[j]);
			if (!access(path, F_OK))
				return true;
		}
	}
	return false;
}

static void describe(
	const struct announced *wanted, const char *device, char *ret_text, size_t size)
{
	const char *shown_by = strcmp(wanted->bus, "acpi") == 0 ? "ACPI" : "the kernel";
	const char *module = wanted->module ? wanted->module : microsoft_module();
	const char *driver = wanted->driver ? wanted->driver : module;

	if (!module)
		snprintf(ret_text, size, "%s shows %s; load tpm_crb or tpm_tis", shown_by, device);
	else if (is_driver_there(driver))
		snprintf(ret_text, size, "%s shows %s; %s is there, but does not serve it",
			shown_by, device, module);
	else
		snprintf(ret_text, size, "%s shows %s; load %s", shown_by, device, module);
}

bool unbound_describe(char *ret_text, size_t size)
{
	char device[64];

	if (!is_directory_empty("/sys/class/tpm", "tpm"))
		return false;
	for (size_t i = 0; i < sizeof(announced) / sizeof(announced[0]); i++) {
		if (find_device(&announced[i], device, sizeof(device))) {
			describe(&announced[i], device, ret_text, size);
			return true;
		}
	}
	return false;
}
