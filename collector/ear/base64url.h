/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 as in RFC 4648 section 5: for URLs, and without padding, as JOSE has it. */
#ifndef COLLECTOR_EAR_BASE64URL_H
#define COLLECTOR_EAR_BASE64URL_H

#include <stddef.h>

#include "core/buf.h"

void base64url_encode(struct buf *to, const void *bytes, size_t len);

#endif
