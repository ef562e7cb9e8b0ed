/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/sender_json.h"

#include "core/json/text.h"

json_t *sender_json(const struct store_sender *sender)
{
	if (!*sender->address)
		return json_null();
	return json_pack("{s:s?, s:o, s:s}", "role", *sender->role ? sender->role : NULL, "name",
		*sender->role ? json_text_string(sender->name) : json_null(), "address",
		sender->address);
}
