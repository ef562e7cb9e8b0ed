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

/* What went wrong, each with its stable name, which is part of the evidence format. */
#define ERROR_CODES(ROW)                                                                           \
	ROW(NONE, "none")                                                                          \
	/* A promise of our own code does not hold. */                                             \
	ROW(INTERNAL, "internal")                                                                  \
	/* Allocation failed. */                                                                   \
	ROW(NO_MEMORY, "no-memory")                                                                \
	/* Bytes that do not have the form they must have. */                                      \
	ROW(MALFORMED, "malformed")                                                                \
	/* More bytes or items than the format allows. */                                          \
	ROW(TOO_LARGE, "too-large")                                                                \
	/* Well-formed, but of a version or kind not known here. */                                \
	ROW(UNSUPPORTED, "unsupported")                                                            \
	/* The crypto library failed, or a signature does not verify. */                           \
	ROW(CRYPTO, "crypto")                                                                      \
	/* The command line is wrong. */                                                           \
	ROW(USAGE, "usage")                                                                        \
	/* The configuration file is wrong. */                                                     \
	ROW(CONFIG, "config")                                                                      \
	/* EIO, a broken pipe, a closed socket. */                                                 \
	ROW(IO, "io")                                                                              \
	/* A file or a thing asked for is not there. */                                            \
	ROW(NOT_FOUND, "not-found")                                                                \
	/* EACCES, EPERM. */                                                                       \
	ROW(PERMISSION, "permission")                                                              \
	/* No answer before the deadline. */                                                       \
	ROW(TIMEOUT, "timeout")                                                                    \
	/* No TPM device node (ENOENT). */                                                         \
	ROW(DEVICE_MISSING, "device-missing")                                                      \
	/* A TPM is there, no driver serves it: a node gives ENODEV or ENXIO, or there is none. */ \
	ROW(DEVICE_UNBOUND, "device-unbound")                                                      \
	/* The node is open elsewhere (EBUSY). */                                                  \
	ROW(DEVICE_BUSY, "device-busy")                                                            \
	/* The answer carries a TPM 1.2 tag: no TPM 2.0 behind the driver. */                      \
	ROW(TPM_12, "tpm-1.2")                                                                     \
	/* The command itself came where its answer should be: the answer was lost on the way. */  \
	ROW(ANSWER_LOST, "answer-lost")                                                            \
	/* TPM_RC_FAILURE: the TPM is in failure mode. */                                          \
	ROW(TPM_FAILURE, "tpm-failure")                                                            \
	/* TPM_RC_INITIALIZE: nobody sent TPM2_Startup. */                                         \
	ROW(TPM_INITIALIZE, "tpm-initialize")                                                      \
	/* TPM_RC_LOCKOUT: dictionary-attack protection is active. */                              \
	ROW(TPM_LOCKOUT, "tpm-lockout")                                                            \
	/* An authorization that is not the empty one is set. */                                   \
	ROW(TPM_AUTH, "tpm-auth")                                                                  \
	/* The operating system refuses to pass the command on. */                                 \
	ROW(TPM_BLOCKED, "tpm-blocked")                                                            \
	/* Any other response code; see `rc`. */                                                   \
	ROW(TPM_RC, "tpm-rc")

#define ERROR_ENUMERATOR(id, name) ERROR_##id,
enum error_code { ERROR_CODES(ERROR_ENUMERATOR) ERROR_CODE_COUNT };

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
