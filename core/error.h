/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors: a stable code for programs, one line for a person.
 *
 * Every fallible function takes a `struct error *err` last, never NULL, and returns 0 or a negative
 * `enum error_code`. The return value alone says whether it failed; `err` says why. A function that
 * succeeds may leave anything in `err`, and nobody need clear it: its code tells kinds of failure
 * apart, and is read after a failure only. It is set once, where the fault is first seen; callers
 * add context with error_wrap() and pass the code on. Outputs named `ret_…` are untouched on
 * failure.
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

/* What went wrong. The names that error_code_name() gives are part of the evidence format. */
enum error_code {
	ERROR_NONE = 0,
	ERROR_INTERNAL,       /* a promise of our own code does not hold */
	ERROR_NO_MEMORY,      /* allocation failed */
	ERROR_MALFORMED,      /* bytes that do not have the form they must have */
	ERROR_TOO_LARGE,      /* more bytes or items than the format allows */
	ERROR_UNSUPPORTED,    /* well-formed, but of a version or kind not known here */
	ERROR_CRYPTO,         /* the crypto library failed, or a signature does not verify */
	ERROR_USAGE,          /* the command line is wrong */
	ERROR_CONFIG,         /* the configuration file is wrong */
	ERROR_IO,             /* EIO, a broken pipe, a closed socket */
	ERROR_NOT_FOUND,      /* a file or a thing asked for is not there */
	ERROR_PERMISSION,     /* EACCES, EPERM */
	ERROR_TIMEOUT,        /* no answer before the deadline */
	ERROR_DEVICE_MISSING, /* no TPM device node (ENOENT) */
	ERROR_DEVICE_UNBOUND, /* the node is there, no driver is behind it (ENODEV, ENXIO) */
	ERROR_DEVICE_BUSY,    /* the node is open elsewhere (EBUSY) */
	ERROR_TPM_12,         /* the answer carries a TPM 1.2 tag: no TPM 2.0 behind the driver */
	ERROR_TPM_FAILURE,    /* TPM_RC_FAILURE: the TPM is in failure mode */
	ERROR_TPM_INITIALIZE, /* TPM_RC_INITIALIZE: nobody sent TPM2_Startup */
	ERROR_TPM_LOCKOUT,    /* TPM_RC_LOCKOUT: dictionary-attack protection is active */
	ERROR_TPM_AUTH,       /* an authorization that is not the empty one is set */
	ERROR_TPM_BLOCKED,    /* the operating system refuses to pass the command on */
	ERROR_TPM_RC,         /* any other response code; see `rc` */
	ERROR_CODE_COUNT,
};

struct error {
	enum error_code code;
	uint32_t rc;       /* the TSS or TPM response code behind it, 0 where there is none */
	char message[320]; /* one line, no newline; may quote foreign bytes: escape at the exit */
};

/* Sets code and message (printf style) and clears rc. Returns -code. A message that does not fit is
 * cut. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "<text>: " before the message that is there; code and rc stay. Returns -code. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Fails with what failed before and was kept. Returns -code. */
int error_copy(struct error *err, const struct error *kept);

/* A failure is never 0: clang's analyzer does not see into error.c. */
#ifdef __clang_analyzer__
#define error_set(err, code, ...) (error_set(err, code, __VA_ARGS__), -(int)(code))
#endif

/* The stable lower-case name of a code, such as "device-missing". Never NULL. */
const char *error_code_name(enum error_code code);

/* The code of a stable name; ERROR_CODE_COUNT where no code has that name. */
enum error_code error_code_parse(const char *name);

#endif
