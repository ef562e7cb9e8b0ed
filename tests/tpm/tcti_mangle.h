/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCTI that stands between a program and a real TPM and damages some of the answers.
 *
 * Its configuration is "KEY=VALUE,…;INNER", INNER being what the TCTI loader takes for the real
 * TPM, such as "swtpm:host=127.0.0.1,port=2321":
 *
 *   mangle=none           pass everything through (default)
 *   mangle=truncate,at=N  only the first N bytes; the header goes on claiming the real size
 *   mangle=oversize,at=N  N more bytes behind the end
 *   mangle=claim,at=N     the header claims N bytes; the bytes stay
 *   mangle=flip,bits=N    N random bits inverted (default 1); mangle=flip,from=B spares the first B
 * bytes mangle=tag12          00C4 0000000A 00000009: no TPM 2.0 behind the driver; not sent to the
 * TPM mangle=rc,rc=0x101    a bare header with that response code; not sent to the TPM mangle=eio
 * sending fails with TSS2_TCTI_RC_IO_ERROR mangle=lost           sent, but receiving fails with
 * TSS2_TCTI_RC_IO_ERROR mangle=hang           no answer, ever; not sent to the TPM mangle=slow,ms=N
 * the answer is held back for N ms mangle=replace,file=PATH  the bytes of that file; not sent to
 * the TPM
 *   mangle=echo           sent, but the command itself comes back
 *
 * Which answers: fix=1 with truncate and oversize makes the header's size true again; code=0x17A
 * only of that command; handle=0x81000001 only of commands whose first handle it is; nth=N only of
 * the N-th such command, from 1; seed=N of flip's random numbers; log=PATH appends a line "COUNT
 * CODE RC" (RC as answered by the TPM, "-" where it was not asked).
 */
#ifndef TESTS_TPM_TCTI_MANGLE_H
#define TESTS_TPM_TCTI_MANGLE_H

#include <stdbool.h>
#include <stdint.h>

#define MANGLE_PATH_MAX 256

enum mangle {
	MANGLE_NONE,
	MANGLE_TRUNCATE,
	MANGLE_OVERSIZE,
	MANGLE_CLAIM,
	MANGLE_FLIP,
	MANGLE_TAG12,
	MANGLE_RC,
	MANGLE_EIO,
	MANGLE_LOST,
	MANGLE_HANG,
	MANGLE_SLOW,
	MANGLE_REPLACE,
	MANGLE_ECHO,
	MANGLE_COUNT,
};

struct mangle_conf {
	enum mangle mangle;
	uint32_t at;
	uint32_t bits;
	uint32_t from;
	uint32_t rc;
	uint32_t ms;
	uint32_t code;   /* 0: any */
	uint32_t nth;    /* 0: all */
	uint32_t handle; /* 0: any */
	uint32_t seed;
	bool fix;
	char log[MANGLE_PATH_MAX]; /* empty: none */
	char file[MANGLE_PATH_MAX];
	const char *inner; /* points into the text that was parsed */
};

/* Parses a configuration; false where it has an unknown key, a value that is no number, or no inner
 * TCTI. */
bool mangle_conf_parse(const char *text, struct mangle_conf *ret_conf);

#endif
