/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/private.h"

const TSS2L_SYS_AUTH_COMMAND tpm_empty_password = {
	.count = 1, .auths = {{.sessionHandle = TPM2_RS_PW}}};
