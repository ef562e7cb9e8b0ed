/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TPM Base Services: the part of tbs.dll that is used here, declared in full because mingw-w64's
 * own tbs.h lacks half of it, and loaded from System32 alone: a program that is started by hand
 * from a download directory must not pick up a DLL that was planted there.
 */
#ifndef WIN32_TBS_H
#define WIN32_TBS_H

#include "win32/api.h"
#include <stdint.h>

#include "core/error.h"

typedef uint32_t tbs_rc;

/* winerror.h; TBS_RESULT_COMMAND_BLOCKED is its TPM_E_COMMAND_BLOCKED. */
#define TBS_RESULT_COMMAND_BLOCKED       0x80280400U
#define TBS_RESULT_INSUFFICIENT_BUFFER   0x80284005U
#define TBS_RESULT_SERVICE_NOT_RUNNING   0x80284008U
#define TBS_RESULT_SERVICE_START_PENDING 0x8028400BU
#define TBS_RESULT_TPM_NOT_FOUND         0x8028400FU
#define TBS_RESULT_NO_EVENT_LOG          0x80284011U
#define TBS_RESULT_ACCESS_DENIED         0x80284012U

/* TBS_CONTEXT_PARAMS2. To be zeroed: the flags are bits of one word, and those that are not named
 * here must be clear. */
struct tbs_context_params {
	uint32_t version; /* 2 */
	uint32_t flags;
};

#define TBS_FLAG_INCLUDE_TPM20 0x4U

/* TPM_DEVICE_INFO */
struct tbs_device_info {
	uint32_t version;     /* 1 */
	uint32_t tpm_version; /* 1: 1.2, 2: 2.0 */
	uint32_t interface_type;
	uint32_t revision;
};

/* What stands below; NULL where this Windows is too old to have it. */
struct tbs {
	tbs_rc(WINAPI *context_create)(const struct tbs_context_params *params, void **ret_context);
	tbs_rc(WINAPI *context_close)(void *context);
	tbs_rc(WINAPI *submit)(void *context, uint32_t locality, uint32_t priority,
		const uint8_t *command, uint32_t command_len, uint8_t *ret_response, uint32_t *len);
	tbs_rc(WINAPI *cancel)(void *context);
	tbs_rc(WINAPI *device_info)(uint32_t size, struct tbs_device_info *ret_info);
	tbs_rc(WINAPI *log)(void *context, uint8_t *ret_log, uint32_t *len);
	tbs_rc(WINAPI *log_of_type)(uint32_t type, uint8_t *ret_log, uint32_t *len);
};

/* The process' one tbs.dll, loaded by the first call. Errors: DEVICE_MISSING (Windows without TPM
 * Base Services). */
int tbs_load(const struct tbs **ret_tbs, struct error *err);

/* Sets the error of a TBS call that failed: what, code, meaning and remedy. Where Windows finds no
 * TPM and firmware shows one, it is DEVICE_UNBOUND. Returns -code. */
int tbs_error(struct error *err, tbs_rc rc, const char *what);

#endif
