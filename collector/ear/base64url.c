/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ear/base64url.h"

#include "core/base64.h"

void base64url_encode(struct buf *to, const void *bytes, size_t len)
{
	size_t at = to->len;

	base64_encode(to, bytes, len);
	while (!to->failed && to->len > at && to->data[to->len - 1] == '=')
		to->len--;
	for (; !to->failed && at < to->len; at++) {
		if (to->data[at] == '+')
			to->data[at] = '-';
		else if (to->data[at] == '/')
			to->data[at] = '_';
	}
}
