/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text_list.h"

#include <string.h>

bool text_list_add(struct text_list *list, const char *text, size_t len)
{
	if (len >= sizeof(list->texts) - list->used)
		return false;
	memcpy(list->texts + list->used, text, len);
	list->texts[list->used + len] = '\0';
	list->used += len + 1;
	list->count++;
	return true;
}

const char *text_list_at(const struct text_list *list, size_t index)
{
	const char *text = list->texts;

	if (index >= list->count)
		return "";
	while (index--)
		text += strlen(text) + 1;
	return text;
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!strcmp(text_list_at(list, i), text))
			return true;
	}
	return false;
}
