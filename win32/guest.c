/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/api.h"

#include "platform/guest.h"
#include "platform/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winternl.h>

#include "core/crypto/crypto.h"
#include "win32/wide.h"

static const wchar_t version_key[] = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
static const wchar_t boot_key[] = L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\"
				  L"Memory Management\\PrefetchParameters";

/* mingw-w64's winternl.h lacks it. */
NTSYSAPI NTSTATUS NTAPI RtlGetVersion(RTL_OSVERSIONINFOW *version);

/* And has this without names. */
struct time_of_day {
	LARGE_INTEGER boot_time, current_time, zone_bias;
	ULONG zone_id, reserved;
	ULONGLONG boot_time_bias, sleep_time_bias;
};

static DWORD read_number(const wchar_t *key, const wchar_t *name)
{
	DWORD value = 0, size = sizeof(value);

	RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, &value, &size);
	return value;
}

static void read_text(const wchar_t *key, const wchar_t *name, char *ret_text, size_t size)
{
	wchar_t value[128] = L"";
	DWORD value_size = sizeof(value);
	char *text;

	*ret_text = 0;
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, NULL, value, &value_size))
		return;
	text = wide_to_utf8(value);
	if (text)
		text_copy_ascii(ret_text, size, text, strlen(text));
	free(text);
}

static void describe_os(struct evidence_guest *guest)
{
	RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
	char product[96], release[32], os[160], kernel[96];
	SYSTEM_INFO system;

	/* GetVersionEx() tells what the manifest wants to hear. */
	RtlGetVersion(&version);
	GetNativeSystemInfo(&system);
	read_text(version_key, L"ProductName", product, sizeof(product));
	read_text(version_key, L"DisplayVersion", release, sizeof(release));
	/* Windows 11 still calls itself Windows 10 there. */
	if (version.dwBuildNumber >= 22000 && strncmp(product, "Windows 10", 10) == 0)
		product[9] = '1';
	snprintf(os, sizeof(os), "%s%s%s", *product ? product : "Windows", *release ? " " : "",
		release);
	snprintf(kernel, sizeof(kernel), "Windows NT %lu.%lu.%lu.%lu %s", version.dwMajorVersion,
		version.dwMinorVersion, version.dwBuildNumber, read_number(version_key, L"UBR"),
		system.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64 ? "aarch64"
									      : "x86_64");
	text_copy_ascii(guest->os, sizeof(guest->os), os, strlen(os));
	text_copy_ascii(guest->kernel, sizeof(guest->kernel), kernel, strlen(kernel));
}

/* Windows has no identity of a boot. What stays within one and is new at each: the time of the boot
 * on the clock as it was then (setting the clock moves boot time and bias alike), and the number
 * that the prefetcher gives it. */
static void describe_boot(struct evidence_guest *guest)
{
	struct {
		ULONGLONG boot_time;
		DWORD number;
	} boot = {0};
	struct time_of_day now = {0};
	uint8_t digest[TCG_DIGEST_MAX];
	char hex[33], uuid[TEXT_UUID_SIZE];
	struct error ignored;
	size_t size = offsetof(struct time_of_day, sleep_time_bias);
	NTSTATUS status;

	status = NtQuerySystemInformation(SystemTimeOfDayInformation, &now, sizeof(now), NULL);
	if (status)
		status = NtQuerySystemInformation(
			SystemTimeOfDayInformation, &now, (ULONG)size, NULL);
	if (status)
		return;
	boot.boot_time = (ULONGLONG)now.boot_time.QuadPart - now.boot_time_bias;
	boot.number = read_number(boot_key, L"BootId");
	if (crypto_digest(TCG_ALG_SHA256, &(struct crypto_bytes){&boot, sizeof(boot)}, 1, digest,
		    &ignored))
		return;
	digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x80); /* RFC 9562: version 8, our own form */
	digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
	text_hex(digest, 16, hex, sizeof(hex));
	snprintf(uuid, sizeof(uuid), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		hex + 20);
	text_uuid(uuid, guest->boot_id);
}

int platform_guest_read(struct evidence_guest *ret_guest, struct error *err)
{
	wchar_t name[256] = L"";
	DWORD len = 256;
	char *hostname = NULL;

	(void)err;
	if (GetComputerNameExW(ComputerNameDnsHostname, name, &len))
		hostname = wide_to_utf8(name);
	if (hostname)
		text_copy_ascii(ret_guest->hostname, sizeof(ret_guest->hostname), hostname,
			strlen(hostname));
	free(hostname);
	describe_os(ret_guest);
	describe_boot(ret_guest);
	ret_guest->uptime_ms = platform_uptime_ms();
	return 0;
}
