/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the agent asks of the guest's operating system: the guest itself, its TPM, and the signs
 * that it was moved. linux/ and win32/ each implement the whole of it, in files of the same names.
 */
#ifndef PLATFORM_GUEST_H
#define PLATFORM_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/disk/bitlocker.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "platform/transport.h"

/* The guest as its operating system describes it. Fields that cannot be read stay empty; fails only
 * when nothing can. */
int platform_guest_read(struct evidence_guest *ret_guest, struct error *err);

/* SMBIOS system information. Errors: NOT_FOUND (no SMBIOS), PERMISSION with the fields that could
 * be read filled in: the UUID is often an administrator's. */
int platform_smbios_read(struct evidence_smbios *ret_smbios, struct error *err);

/* Appends what follows `prefix` in each of SMBIOS' OEM strings that begins so, with its NUL: a word
 * of who made this machine. Errors: NOT_FOUND (no SMBIOS), PERMISSION, TOO_LARGE, IO. */
int platform_oem_strings_read(const char *prefix, struct buf *to, struct error *err);

/* The first TPM the operating system knows: nodes, driver, model; ret_device->path is what
 * platform_transport_start() will open. Nothing is opened. A machine without one is no error: the
 * default nodes are named, as missing. */
int platform_device_read(struct evidence_device *ret_device, struct error *err);

/* Begins to open the way to the TPM, while the caller does something else: `tcti` when it is not
 * NULL (a TPM command transmission interface as in tpm2-tss, "device:/dev/tpm0" or
 * "swtpm:host=…,port=…"), else device->path. Neither this nor any later transmission goes on after
 * `deadline_us` on platform_monotonic_us()'s clock. `tcti` and `device` are borrowed until
 * transport->wait_open() returns. Errors: NO_MEMORY, IO; what is wrong with the TPM is told by
 * transport->wait_open(). */
int platform_transport_start(const char *tcti, const struct evidence_device *device,
	uint64_t deadline_us, struct transport **ret_transport, struct error *err);

/* Appends the firmware's event log of this boot. Errors: NOT_FOUND (the firmware or the driver gave
 * none), PERMISSION, TOO_LARGE, IO. */
int platform_event_log_read(
	const struct evidence_device *device, struct buf *to, struct error *err);

/* Appends the log of what the operating system itself measured in this boot
 * (core/measured/system_log.h). Errors: NOT_FOUND (it measures nothing, or logs it elsewhere),
 * PERMISSION, TOO_LARGE, IO. */
int platform_system_log_read(
	const struct evidence_device *device, struct buf *to, struct error *err);

/* A volume, or a file with something sealed: borrowed. */
struct platform_volume {
	const char *device;
	/* Its first bytes, as many as its LUKS2 header takes (core/disk/luks2.h), or fewer where it
	 * ends before; the whole of a file. None (`len` 0): it could not be read. */
	const uint8_t *header;
	size_t len;
	/* What the operating system tells where it keeps the header to itself, else NULL. */
	const struct bitlocker_volume *bitlocker;
};

/* Shown a volume. A failure ends the reading. */
typedef int platform_volume_visit(
	const struct platform_volume *volume, void *context, struct error *err);

/* Shows each encrypted volume of the machine of a kind that the operating system has: LUKS2,
 * BitLocker. A device that does not answer by then, on the monotonic clock, is left alone. Errors:
 * PERMISSION (this user may not read them all), TIMEOUT (nobody answers for any), IO; those of
 * `visit`. */
int platform_volumes_read(
	uint64_t deadline_us, platform_volume_visit *visit, void *context, struct error *err);

/* Shows this one: a device, or a file with its image or header. Errors: NOT_FOUND, PERMISSION, IO,
 * TIMEOUT, MALFORMED (no such volume); those of `visit`. */
int platform_volume_read(const char *path, uint64_t deadline_us, platform_volume_visit *visit,
	void *context, struct error *err);

/* Shows each file where the system keeps encrypted credentials, of at most `max` bytes. Errors:
 * PERMISSION (this user may not read them), NO_MEMORY; those of `visit`. */
int platform_credentials_read(
	size_t max, platform_volume_visit *visit, void *context, struct error *err);

/* What somebody says who may read all disks, and asks the TPM for us: appends the text of
 * `vtpm-agent unlock --json`, at most `max` bytes. Errors: NOT_FOUND (there is nobody), PERMISSION
 * (not for this user), TIMEOUT, TOO_LARGE, IO. */
int platform_unlock_ask(uint64_t deadline_us, size_t max, struct buf *to, struct error *err);

/* What a running service waits for. */
enum platform_wake {
	PLATFORM_WAKE_TIMEOUT, /* the time has come */
	PLATFORM_WAKE_SIGN, /* the network card announced itself anew: the guest may have been moved
			     */
	PLATFORM_WAKE_NETWORK, /* an address came: whom nobody could reach may be reached again */
	PLATFORM_WAKE_RELOAD,  /* SIGHUP, or the service manager's request */
	PLATFORM_WAKE_CALL,    /* platform_watch_call() */
	PLATFORM_WAKE_STOP,    /* SIGTERM, SIGINT, or the service manager's request */
};

struct platform_watch;

/* Begins to listen; from now on the requests above no longer end the process. */
int platform_watch_open(struct platform_watch **ret_watch, struct error *err);
void platform_watch_close(struct platform_watch *watch);

/* From now on a call in this directory wakes, too; where the system lets nobody hear it, none does.
 */
void platform_watch_listen(struct platform_watch *watch, const char *directory);

/* Wakes the service that listens there, if there is one: what it keeps was changed. On Windows it
 * is PLATFORM_WAKE_RELOAD for the installed service, whatever its directory. */
void platform_watch_call(const char *directory);

/* Waits for the first of them, until `deadline_us`. Keeps a service manager's watchdog content. */
enum platform_wake platform_watch_wait(struct platform_watch *watch, uint64_t deadline_us);

/* The request to stop is there; the next wait returns it. Never waits. */
bool platform_watch_is_stopping(const struct platform_watch *watch);

#endif
