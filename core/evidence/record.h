/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records: one table of fields describes how a C structure stands in JSON, and serves for writing
 * it and for reading it back, so that the two cannot drift apart.
 *
 * Reading is strict where it matters and tolerant where a format must be able to grow: unknown
 * members are ignored; a missing member is an error unless the field is optional; every text, blob
 * and list is bounded by the structure it goes to. Errors name the place ("pcrs: banks: …").
 */
#ifndef CORE_EVIDENCE_RECORD_H
#define CORE_EVIDENCE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/json/value.h"

enum field_kind {
	FIELD_BOOL,   /* bool */
	FIELD_U16,    /* uint16_t, a JSON integer */
	FIELD_U32,    /* uint32_t, a JSON integer */
	FIELD_U64,    /* uint64_t, a JSON integer below 2^63 */
	FIELD_I64,    /* int64_t, a JSON integer */
	FIELD_HEX32,  /* uint32_t, "0x" and 8 digits */
	FIELD_TEXT,   /* char[size], UTF-8 without control characters */
	FIELD_HEX,    /* struct { size_t len; uint8_t data[size]; }, hexadecimal */
	FIELD_BASE64, /* likewise, base64 */
	FIELD_NAMED,  /* a number with a name: `names` (uint16_t; an enum is not) */
	FIELD_WORD,   /* an enumeration of 32 bits, one of its `words` */
	FIELD_RECORD, /* a structure: `record` */
	FIELD_PART,   /* a structure that begins with a struct record_part: `record` */
	FIELD_ERROR,  /* struct error, {"code", "message", "rc"} */
	FIELD_LIST,   /* struct { size_t count; T items[size]; }, an array of `record` */
	FIELD_IDS,    /* struct record_ids with `size` items, an array of names */
	FIELD_MAP,    /* struct record_map with `size` items, an object of name: number */
	FIELD_CUSTOM, /* anything else: `custom` */
};

/* A part of a document that could be read, could not (and why), or was not looked for. As JSON: its
 * fields; {"error": {"code", "message", "rc"}}; no member at all. */
struct record_part {
	enum { PART_ABSENT, PART_READ, PART_FAILED } state;
	struct error error; /* when PART_FAILED */
};

/* Numbers that have names in some registry. A number without a name is written "0x…". */
struct record_names {
	const char *(*name)(uint32_t id); /* NULL when it has none */
	uint32_t (*parse)(const char *name, uint32_t unknown);
};

/* An enumeration's words, counted from 0. A value without a word is written "unknown". */
struct record_words {
	const char *const *words;
	uint32_t count;
	uint32_t unknown; /* what any other word is read as; RECORD_REFUSED: nothing */
};
#define RECORD_REFUSED UINT32_MAX

/* Layouts of FIELD_IDS and FIELD_MAP; the arrays are as long as the field's `size` says. */
struct record_ids {
	size_t count;
	uint32_t items[];
};
struct record_entry {
	uint32_t id, value;
};
struct record_map {
	size_t count;
	struct record_entry items[];
};

struct field;

struct field_custom {
	json_t *(*write)(const void *from); /* a new reference, or NULL when memory is short */
	int (*read)(const struct json_node *json, void *ret, struct error *err);
	bool (*is_empty)(const void *from);
};

struct field {
	const char *name;
	enum field_kind kind;
	bool is_optional; /* not written when zero or empty; stays zero when missing */
	/* Shown to a person, who is served by part of it: a reader leaves out what is over the size
	 * and keeps control characters, which are escaped at the exit. FIELD_TEXT, FIELD_LIST. */
	bool is_lenient;
	size_t offset;
	size_t size; /* FIELD_TEXT, FIELD_HEX, FIELD_BASE64, FIELD_LIST, FIELD_IDS, FIELD_MAP */
	union {
		const struct record *record;
		const struct record_names *names;
		const struct record_words *words;
		const struct field_custom *custom;
	};
};

struct record {
	size_t struct_size;
	size_t field_count;
	const struct field *fields;
};

/* Writes the structure at `from` as a new JSON object, or NULL when memory is short. Texts become
 * what a reader takes: see text_append_clean(). A FIELD_U64 over 2^63 - 1 is written as that. */
json_t *record_write(const struct record *record, const void *from);

/* Reads `json` into the structure at `ret`, which must be zeroed; on failure it is partly filled.
 * Errors: MALFORMED, TOO_LARGE, UNSUPPORTED (a word that must be known). */
int record_read(
	const struct record *record, const struct json_node *json, void *ret, struct error *err);

#endif
