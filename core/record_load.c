/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON text to jansson's values: RFC 8259, in one pass, with strings copied once. jansson's own
 * lexer goes byte by byte through a callback (10 ns each: two thirds of what a collector spent on a
 * report), and where memory is short can read on past the text's end. What is taken is what it
 * takes, with JSON_REJECT_DUPLICATES: tests/fuzz/fuzz_json.c holds both against each other.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/record_private.h"
#include "core/text.h"

/* What nests deeper is refused: no document of ours reaches 10, and each level is a call here. */
#define DEPTH_MAX 64

struct loading {
	const uint8_t *start, *at, *end;
	unsigned depth;
	struct buf text; /* a string whose escapes had to be resolved */
	struct error *err;
};

/* Tells what is wrong with the byte at `where`; lines and columns count from 1. Always NULL, which
 * serves as false, too. */
static json_t *refuse(struct loading *loading, const uint8_t *where, const char *what)
{
	unsigned line = 1, column = where < loading->end;

	for (const uint8_t *at = loading->start; at < where; at++) {
		column++;
		if (*at == '\n') {
			line++;
			column = where < loading->end;
		}
	}
	error_set(loading->err, ERROR_MALFORMED, "not JSON: line %u column %u: %s", line, column,
		what);
	return NULL;
}

/* Likewise. */
static json_t *want_memory(struct loading *loading)
{
	error_set(loading->err, ERROR_NO_MEMORY, "no memory for %zu bytes of JSON",
		(size_t)(loading->end - loading->start));
	return NULL;
}

static void skip_blanks(struct loading *loading)
{
	while (loading->at < loading->end && (*loading->at == ' ' || *loading->at == '\n' ||
						     *loading->at == '\t' || *loading->at == '\r'))
		loading->at++;
}

static bool take(struct loading *loading, uint8_t byte)
{
	if (loading->at == loading->end || *loading->at != byte)
		return false;
	loading->at++;
	return true;
}

/* The length of the UTF-8 sequence (RFC 3629) at `at`, 0 where there is none. */
static size_t measure_utf8(const uint8_t *at, const uint8_t *end)
{
	static const struct {
		uint8_t first, last, low, high, len;
	} forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = forms[i].len;

		if (*at < forms[i].first || *at > forms[i].last)
			continue;
		if ((size_t)(end - at) < len || at[1] < forms[i].low || at[1] > forms[i].high ||
			(len > 2 && (at[2] & 0xc0) != 0x80) || (len > 3 && (at[3] & 0xc0) != 0x80))
			return 0;
		return len;
	}
	return 0;
}

/* Whether one of eight bytes is a quote, a backslash, a control character or no ASCII. */
static bool is_special(const uint8_t *at)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
	uint64_t word, quote, escape;

	memcpy(&word, at, sizeof(word));
	quote = word ^ ones * '"';
	escape = word ^ ones * '\\';
	/* A byte below n borrows when n is taken away, and its highest bit is then set. */
	return ((word - ones * ' ') | (quote - ones) | (escape - ones) | word) & high;
}

/* Moves behind the characters that stand for themselves. False where one cannot stand there. */
static bool skip_plain(struct loading *loading)
{
	char what[40];

	while (loading->at < loading->end) {
		size_t len = 1;
		uint8_t byte;

		while (loading->end - loading->at >= 8 && !is_special(loading->at))
			loading->at += 8;
		if (loading->at == loading->end)
			break;
		byte = *loading->at;
		if (byte == '"' || byte == '\\')
			return true;
		if (byte < ' ')
			return refuse(loading, loading->at, "control character in a string");
		if (byte >= 0x80)
			len = measure_utf8(loading->at, loading->end);
		if (!len) {
			snprintf(what, sizeof(what), "unable to decode byte 0x%02x", byte);
			return refuse(loading, loading->at, what);
		}
		loading->at += len;
	}
	return refuse(loading, loading->at, "premature end of input");
}

/* The four digits at `at`, or a number that no four digits are. */
static uint32_t read_digits(const struct loading *loading, const uint8_t *at)
{
	uint8_t bytes[2];

	if ((size_t)(loading->end - at) < 4 || text_unhex((const char *)at, 4, bytes, 2) != 2)
		return UINT32_MAX;
	return (uint32_t)bytes[0] << 8 | bytes[1];
}

static void append_utf8(struct buf *to, uint32_t point)
{
	if (point < 0x80) {
		buf_append_u8(to, (uint8_t)point);
		return;
	}
	if (point < 0x800) {
		buf_append_u8(to, (uint8_t)(0xc0 | point >> 6));
	} else {
		if (point < 0x10000) {
			buf_append_u8(to, (uint8_t)(0xe0 | point >> 12));
		} else {
			buf_append_u8(to, (uint8_t)(0xf0 | point >> 18));
			buf_append_u8(to, (uint8_t)(0x80 | (point >> 12 & 0x3f)));
		}
		buf_append_u8(to, (uint8_t)(0x80 | (point >> 6 & 0x3f)));
	}
	buf_append_u8(to, (uint8_t)(0x80 | (point & 0x3f)));
}

/* "\uXXXX", and a second one where the first is half of a pair; `at` is behind the first "\u". */
static bool read_code(struct loading *loading)
{
	const uint8_t *begin = loading->at - 2;
	uint32_t point = read_digits(loading, loading->at), low;

	if (point == UINT32_MAX)
		return refuse(loading, begin, "invalid escape");
	loading->at += 4;
	if (point >= 0xd800 && point < 0xdc00) {
		if (!take(loading, '\\') || !take(loading, 'u'))
			return refuse(loading, begin, "invalid Unicode: half a surrogate pair");
		low = read_digits(loading, loading->at);
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(loading, begin, "invalid Unicode: half a surrogate pair");
		loading->at += 4;
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	} else if (point >= 0xdc00 && point < 0xe000) {
		return refuse(loading, begin, "invalid Unicode: half a surrogate pair");
	}
	if (!point)
		return refuse(loading, begin, "\\u0000 is not allowed");
	append_utf8(&loading->text, point);
	return true;
}

static bool read_escape(struct loading *loading)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const uint8_t *begin = loading->at++;
	const char *letter;

	if (take(loading, 'u'))
		return read_code(loading);
	letter = loading->at < loading->end && *loading->at ? strchr(letters, *loading->at) : NULL;
	if (!letter)
		return refuse(loading, begin, "invalid escape");
	loading->at++;
	buf_append_u8(&loading->text, (uint8_t)bytes[letter - letters]);
	return true;
}

/* A string, `at` on its first quote: borrowed from the input, or from `text` until the next one. */
static bool read_string(struct loading *loading, const char **ret_text, size_t *ret_len)
{
	const uint8_t *from = ++loading->at;

	loading->text.len = 0;
	if (!skip_plain(loading))
		return false;
	if (*loading->at == '"') {
		*ret_text = (const char *)from;
		*ret_len = (size_t)(loading->at++ - from);
		return true;
	}
	while (*loading->at != '"') {
		buf_append(&loading->text, from, (size_t)(loading->at - from));
		if (!read_escape(loading))
			return false;
		from = loading->at;
		if (!skip_plain(loading))
			return false;
	}
	buf_append(&loading->text, from, (size_t)(loading->at++ - from));
	if (loading->text.failed)
		return want_memory(loading);
	*ret_text = (const char *)loading->text.data;
	*ret_len = loading->text.len;
	return true;
}

static json_t *load_string(struct loading *loading)
{
	const char *text;
	size_t len;
	json_t *json;

	if (!read_string(loading, &text, &len))
		return NULL;
	json = json_stringn_nocheck(text, len);
	return json ? json : want_memory(loading);
}

static size_t skip_digits(struct loading *loading)
{
	const uint8_t *from = loading->at;

	while (loading->at < loading->end && *loading->at >= '0' && *loading->at <= '9')
		loading->at++;
	return (size_t)(loading->at - from);
}

/* Fraction and exponent; false where what begins as one is none. */
static bool skip_real(struct loading *loading)
{
	if (take(loading, '.') && !skip_digits(loading))
		return false;
	if (!take(loading, 'e') && !take(loading, 'E'))
		return true;
	if (!take(loading, '+'))
		take(loading, '-');
	return skip_digits(loading) != 0;
}

static json_t *load_real(struct loading *loading, const uint8_t *from)
{
	json_t *json;
	double value;

	loading->text.len = 0;
	buf_append(&loading->text, from, (size_t)(loading->at - from));
	if (loading->text.failed)
		return want_memory(loading);
	errno = 0;
	value = strtod((const char *)loading->text.data, NULL);
	if (errno == ERANGE && fabs(value) == HUGE_VAL)
		return refuse(loading, from, "real number overflow");
	json = json_real(value);
	return json ? json : want_memory(loading);
}

static json_t *load_number(struct loading *loading)
{
	const uint8_t *from = loading->at, *digits;
	bool is_negative = take(loading, '-');
	json_int_t value = 0;
	json_t *json;
	size_t count;

	digits = loading->at;
	count = skip_digits(loading);
	if (!count || (count > 1 && *digits == '0'))
		return refuse(loading, from, "invalid token");
	if (loading->at < loading->end && strchr(".eE", *loading->at) && *loading->at)
		return skip_real(loading) ? load_real(loading, from)
					  : refuse(loading, from, "invalid token");
	for (const uint8_t *at = digits; at < loading->at; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_sub_overflow(value, *at - '0', &value))
			return refuse(loading, from, "too big integer");
	}
	/* Gathered below zero, where there is one number more. */
	if (!is_negative && __builtin_sub_overflow(0, value, &value))
		return refuse(loading, from, "too big integer");
	json = json_integer(value);
	return json ? json : want_memory(loading);
}

static json_t *load_word(struct loading *loading)
{
	static const struct {
		const char *word;
		json_t *(*make)(void);
	} words[] = {{"true", json_true}, {"false", json_false}, {"null", json_null}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if ((size_t)(loading->end - loading->at) >= len &&
			memcmp(loading->at, words[i].word, len) == 0) {
			loading->at += len;
			return words[i].make();
		}
	}
	return refuse(loading, loading->at, "invalid token");
}

static json_t *load_value(struct loading *loading);

/* A member's value into the object. */
static bool load_member(struct loading *loading, json_t *object)
{
	const uint8_t *begin = loading->at;
	size_t before = json_object_size(object), len;
	const char *name;
	char *copy;
	json_t *value;
	int rc;

	if (loading->at == loading->end || *loading->at != '"')
		return refuse(loading, loading->at, "string expected");
	if (!read_string(loading, &name, &len))
		return false;
	/* The value's own strings take the place of a name that had escapes. */
	copy = loading->text.len ? strndup(name, len) : NULL;
	if (loading->text.len && !copy)
		return want_memory(loading);
	skip_blanks(loading);
	if (!take(loading, ':')) {
		free(copy);
		return refuse(loading, loading->at, "':' expected");
	}
	value = load_value(loading);
	rc = value ? json_object_setn_new_nocheck(object, copy ? copy : name, len, value) : 0;
	free(copy);
	if (!value)
		return false;
	if (rc)
		return want_memory(loading);
	return json_object_size(object) > before || refuse(loading, begin, "duplicate object key");
}

static bool load_item(struct loading *loading, json_t *array)
{
	json_t *value = load_value(loading);

	if (!value)
		return false;
	return !json_array_append_new(array, value) || want_memory(loading);
}

/* What stands between brackets, `at` on the first, each with `load`. */
static json_t *load_container(struct loading *loading, json_t *container, uint8_t last,
	bool (*load)(struct loading *loading, json_t *container))
{
	bool is_good;

	if (!container)
		return want_memory(loading);
	loading->at++;
	skip_blanks(loading);
	if (take(loading, last))
		return container;
	do {
		skip_blanks(loading);
		is_good = load(loading, container);
		if (is_good)
			skip_blanks(loading);
	} while (is_good && take(loading, ','));
	if (is_good && !take(loading, last)) {
		refuse(loading, loading->at, last == '}' ? "'}' expected" : "']' expected");
		is_good = false;
	}
	if (!is_good) {
		json_decref(container);
		return NULL;
	}
	return container;
}

static json_t *load_value(struct loading *loading)
{
	json_t *json;

	skip_blanks(loading);
	if (loading->at == loading->end)
		return refuse(loading, loading->at, "premature end of input");
	switch (*loading->at) {
	case '"':
		return load_string(loading);
	case '{':
	case '[':
		if (loading->depth == DEPTH_MAX)
			return refuse(loading, loading->at, "nested too deep");
		loading->depth++;
		json = *loading->at == '{'
			       ? load_container(loading, json_object(), '}', load_member)
			       : load_container(loading, json_array(), ']', load_item);
		loading->depth--;
		return json;
	default:
		return *loading->at == '-' || (*loading->at >= '0' && *loading->at <= '9')
			       ? load_number(loading)
			       : load_word(loading);
	}
}

json_t *record_load(const void *bytes, size_t len, struct error *err)
{
	const uint8_t *start = len ? bytes : (const uint8_t *)"";
	struct loading loading = {.start = start, .at = start, .end = start + len, .err = err};
	json_t *json = load_value(&loading);

	if (json)
		skip_blanks(&loading);
	if (json && loading.at != loading.end) {
		refuse(&loading, loading.at, "end of file expected");
		json_decref(json);
		json = NULL;
	}
	buf_free(&loading.text);
	return json;
}
