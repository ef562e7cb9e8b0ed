/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of record tables (core/evidence/record.h), for the files that hold such tables. */
#ifndef CORE_EVIDENCE_RECORD_ROWS_H
#define CORE_EVIDENCE_RECORD_ROWS_H

#include <stddef.h>

#include "core/evidence/record.h"

#define RECORD_COUNT(table)            (sizeof(table) / sizeof((table)[0]))
#define RECORD_SIZE_OF(type, member)   sizeof(((type *)0)->member)
#define RECORD_LENGTH_OF(type, member) RECORD_COUNT(((type *)0)->member)

/* A member of `type`, called `title` in JSON. TEXT and BYTES need not be there. */
#define ROW_PLAIN(title, type, member, how)                                                        \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member)                   \
	}
#define ROW_OPTIONAL(title, type, member, how)                                                     \
	{                                                                                          \
		.name = (title), .kind = (how), .is_optional = true,                               \
		.offset = offsetof(type, member)                                                   \
	}
#define ROW_TEXT(title, type, member)                                                              \
	{                                                                                          \
		.name = (title), .kind = FIELD_TEXT, .is_optional = true,                          \
		.offset = offsetof(type, member), .size = RECORD_SIZE_OF(type, member)             \
	}
#define ROW_TEXT_NEEDED(title, type, member)                                                       \
	{                                                                                          \
		.name = (title), .kind = FIELD_TEXT, .offset = offsetof(type, member),             \
		.size = RECORD_SIZE_OF(type, member)                                               \
	}
#define ROW_BYTES(title, type, member, how)                                                        \
	{                                                                                          \
		.name = (title), .kind = (how), .is_optional = true,                               \
		.offset = offsetof(type, member), .size = RECORD_SIZE_OF(type, member.data)        \
	}
#define ROW_NAMED(title, type, member, registry)                                                   \
	{                                                                                          \
		.name = (title), .kind = FIELD_NAMED, .is_optional = true,                         \
		.offset = offsetof(type, member), .names = &(registry)                             \
	}
#define ROW_NUMBERED(title, type, member, how, registry)                                           \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member),                  \
		.size = RECORD_LENGTH_OF(type, member.items), .names = &(registry)                 \
	}
#define ROW_LIST(title, type, member, of)                                                          \
	{                                                                                          \
		.name = (title), .kind = FIELD_LIST, .offset = offsetof(type, member),             \
		.size = RECORD_LENGTH_OF(type, member.items), .record = &(of)                      \
	}
#define ROW_OPTIONAL_LIST(title, type, member, of)                                                 \
	{                                                                                          \
		.name = (title), .kind = FIELD_LIST, .is_optional = true,                          \
		.offset = offsetof(type, member), .size = RECORD_LENGTH_OF(type, member.items),    \
		.record = &(of)                                                                    \
	}
#define ROW_NESTED(title, type, member, how, of)                                                   \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member), .record = &(of)  \
	}
#define ROW_WORD(title, type, member, list)                                                        \
	{                                                                                          \
		.name = (title), .kind = FIELD_WORD, .offset = offsetof(type, member),             \
		.words = &(list)                                                                   \
	}
#define ROW_CUSTOM(title, type, member, of)                                                        \
	{                                                                                          \
		.name = (title), .kind = FIELD_CUSTOM, .offset = offsetof(type, member),           \
		.custom = &(of)                                                                    \
	}

#define ROW_OPTIONAL_CUSTOM(title, type, member, of)                                               \
	{                                                                                          \
		.name = (title), .kind = FIELD_CUSTOM, .is_optional = true,                        \
		.offset = offsetof(type, member), .custom = &(of)                                  \
	}

#define RECORD_OF(title, type, table)                                                              \
	static const struct record title = {.struct_size = sizeof(type),                           \
		.field_count = RECORD_COUNT(table),                                                \
		.fields = (table)}

#endif
