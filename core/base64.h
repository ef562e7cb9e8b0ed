/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 as in RFC 4648 section 4: padded, no line breaks. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* Appends the encoding of `len` bytes. */
void base64_encode(struct buf *to, const void *bytes, size_t len);

/* Decodes `len` characters into at most `size` bytes. Returns the number of bytes, or -1 when they
 * do not fit or the text is not what base64_encode() writes (stray characters, missing padding,
 * non-zero bits behind the end). `out` may be partly written on failure. */
long base64_decode(const char *text, size_t len, uint8_t *out, size_t size);

#endif
