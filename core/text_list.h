/* SPDX-License-Identifier: BSD-2-Clause */
/* A few texts in one value that can be copied and cleared as a whole. All zero: none. */
#ifndef CORE_TEXT_LIST_H
#define CORE_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct text_list {
	size_t count, used;
	char texts[1024]; /* each with its NUL, one behind the other */
};

/* Appends the first `len` bytes of `text`; false where there is no room: nothing is changed. */
bool text_list_add(struct text_list *list, const char *text, size_t len);

/* Text number `index`, from 0; "" where there are not so many. It lives as long as the list. */
const char *text_list_at(const struct text_list *list, size_t index);

bool text_list_has(const struct text_list *list, const char *text);

#endif
