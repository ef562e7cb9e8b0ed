/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every program asks of an operating system: its start, log, clocks, files, terminal and
 * service manager. linux/ and win32/ each implement the whole of it, in files of the same names.
 */
#ifndef PLATFORM_SYSTEM_H
#define PLATFORM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/log.h"

/* Process-wide preparation, first thing in main: libraries kept from writing to the terminal on
 * their own. */
void platform_start(void);

/* Writes a line of this program, escaped by the caller, to where this process' messages go:
 * standard error, where the journal is told the level, or a Windows service's event log. */
void platform_log_write(enum log_level level, const char *program, const char *line);

/* Where the configuration file is when no --config names one. */
const char *platform_config_path(void);

uint64_t platform_monotonic_us(void); /* since some moment, by a clock that is never set */
uint64_t platform_monotonic_ms(void);
uint64_t platform_uptime_ms(void);     /* since boot, time asleep included */
uint64_t platform_wall_clock_ms(void); /* since 1970 */

void platform_sleep_us(uint64_t us);

/* Fills with bytes of the operating system's generator. */
int platform_random(void *ret_bytes, size_t len, struct error *err);

/* Appends a file of at most `max` bytes. Errors: NOT_FOUND, PERMISSION, TOO_LARGE, IO. */
int platform_file_read(const char *path, size_t max, struct buf *to, struct error *err);

/* Replaces a file by these bytes so that at any moment, a power loss included, either the old or
 * the new content is there in full. A symbolic link is refused. Errors: NOT_FOUND (no such
 * directory), PERMISSION, IO, UNSUPPORTED (a link). */
int platform_file_replace(const char *path, const void *bytes, size_t len, struct error *err);

/* The same for a file of the program's own, in a directory that may be another account's: what
 * stands in its place and is no regular file is refused, and never opened. */
int platform_file_keep(const char *path, const void *bytes, size_t len, struct error *err);

/* The same for a file that every user of the machine may read. A directory for it is made where
 * only the last one lacks. */
int platform_file_publish(const char *path, const void *bytes, size_t len, struct error *err);

/* Gives a file to whom its directory belongs, where this process may: a service must be able to
 * read what root wrote for it. */
void platform_file_give(const char *path);

/* Whether there is a file with something in it, and no device. */
bool platform_file_is_there(const char *path);

/* Appends the names of a directory's entries that end so, each with its NUL, in the order of their
 * bytes; without those that begin with a dot. Errors: NOT_FOUND, PERMISSION, IO, NO_MEMORY. */
int platform_directory_list(
	const char *directory, const char *ending, struct buf *to, struct error *err);

/* Removes a file. Errors: NOT_FOUND, PERMISSION, IO. */
int platform_file_remove(const char *path, struct error *err);

/* Where the service keeps its state when nothing else is configured. The directory may be missing.
 */
const char *platform_state_path(void);

/* The file in which the service's last verdict is published; NULL: in none. `is_usual`: what it
 * keeps is where platform_state_path() says. */
const char *platform_public_path(bool is_usual);

/* Makes a directory and those above it, readable by this account alone. */
int platform_directory_make(const char *path, struct error *err);

/* Keeps a directory from all others who ask for it so, and waits for that until `until_us` on
 * platform_monotonic_us()'s clock. The end of the process ends it, too. Errors: NOT_FOUND,
 * PERMISSION, IO; TIMEOUT where another process has it for so long. */
int platform_lock_take(
	const char *directory, uint64_t until_us, intptr_t *ret_lock, struct error *err);
void platform_lock_end(intptr_t lock);

/* Tells the service manager, if there is one: ready, what it is doing in one line, ending. */
void platform_service_ready(const char *status);
void platform_service_stopping(void);

/* The path of a credential of that name that the service manager has for this service; false where
 * there is none. */
bool platform_credential_path(const char *name, char *ret_path, size_t size);

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

/* Whether a person sees what is printed and can answer. */
bool platform_terminal_can_ask(void);

#endif
