/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that the agent asks of an operating system. linux/ and win32/ each implement the whole of it,
 * in files of the same names.
 */
#ifndef AGENT_PLATFORM_H
#define AGENT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/transport.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/log.h"

/* Process-wide preparation, first thing in main: libraries kept from writing to the terminal on
 * their own. */
void platform_start(void);

/* Writes a line of this program, escaped by the caller, to where this process' messages go:
 * standard error, where the journal is told the level, or a Windows service's event log. */
void platform_log_write(enum log_level level, const char *program, const char *line);

/* Where the configuration file is when no --config names one. */
const char *platform_config_path(void);

/* The guest as its operating system describes it. Fields that cannot be read stay empty; fails only
 * when nothing can. */
int platform_guest_read(struct evidence_guest *ret_guest, struct error *err);

/* SMBIOS system information. Errors: NOT_FOUND (no SMBIOS), PERMISSION with the fields that could
 * be read filled in: the UUID is often an administrator's. */
int platform_smbios_read(struct evidence_smbios *ret_smbios, struct error *err);

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

uint64_t platform_monotonic_us(void);
uint64_t platform_uptime_ms(void);    /* since boot, time asleep included */
uint64_t platform_wall_clock_s(void); /* since 1970 */

void platform_sleep_us(uint64_t us);

/* Fills with bytes of the operating system's generator. */
int platform_random(void *ret_bytes, size_t len, struct error *err);

/* Appends a file of at most `max` bytes. Errors: NOT_FOUND, PERMISSION, TOO_LARGE, IO. */
int platform_file_read(const char *path, size_t max, struct buf *to, struct error *err);

/* Replaces a file by these bytes so that at any moment, a power loss included, either the old or
 * the new content is there in full. Errors: NOT_FOUND (no such directory), PERMISSION, IO. */
int platform_file_replace(const char *path, const void *bytes, size_t len, struct error *err);

/* Removes a file. Errors: NOT_FOUND, PERMISSION, IO. */
int platform_file_remove(const char *path, struct error *err);

/* Where the service keeps its state when nothing else is configured. The directory may be missing.
 */
const char *platform_state_path(void);

/* Makes a directory and those above it, readable by this account alone. */
int platform_directory_make(const char *path, struct error *err);

/* What a running service waits for. */
enum platform_wake {
	PLATFORM_WAKE_TIMEOUT, /* the time has come */
	PLATFORM_WAKE_SIGN, /* the network card announced itself anew: the guest may have been moved
			     */
	PLATFORM_WAKE_RELOAD, /* SIGHUP, or the service manager's request */
	PLATFORM_WAKE_STOP,   /* SIGTERM, SIGINT, or the service manager's request */
};

struct platform_watch;

/* Begins to listen; from now on the requests above no longer end the process. */
int platform_watch_open(struct platform_watch **ret_watch, struct error *err);
void platform_watch_close(struct platform_watch *watch);

/* Waits for the first of them, until `deadline_us`. Keeps a service manager's watchdog content. */
enum platform_wake platform_watch_wait(struct platform_watch *watch, uint64_t deadline_us);

/* The request to stop is there; the next wait returns it. Never waits. */
bool platform_watch_is_stopping(const struct platform_watch *watch);

/* Tells the service manager, if there is one: ready, what it is doing in one line, ending. */
void platform_service_ready(const char *status);
void platform_service_stopping(void);

/* Asks the operating system's manager of services to "install", "remove", "start" or "stop" the
 * service. Errors: USAGE (another verb, or a system where that is the package's duty), PERMISSION,
 * NOT_FOUND (it is not installed), TIMEOUT, IO. */
int platform_service_control(const char *verb, struct error *err);

/* What standard output can show. */
struct platform_terminal {
	bool is_terminal;
	bool has_colour; /* a terminal that understands it, and NO_COLOR is not set */
	bool has_utf8;   /* symbols and lines beyond ASCII; never when not a terminal */
	unsigned columns;
};

struct platform_terminal platform_terminal_describe(void);

#endif
