/* SPDX-License-Identifier: BSD-2-Clause */
/* The token of systemd-cryptenroll, "systemd-tpm2". */
#ifndef CORE_DISK_TOKEN_SYSTEMD_H
#define CORE_DISK_TOKEN_SYSTEMD_H

#include "core/disk/sealed.h"
#include "core/error.h"
#include "core/json/tree.h"

/* Errors: MALFORMED, TOO_LARGE, UNSUPPORTED (systemd may open it all the same). */
int token_systemd_read(const struct json_node *token, struct sealed *ret_sealed, struct error *err);

#endif
