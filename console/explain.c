/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/explain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "console/suggestion.h"
#include "core/status.h"
#include "core/verdict/reasons.h"

struct explain_file {
	const char *name;
	const unsigned char *bytes;
	size_t len;
	const char *tag;
};

#include "explain_files.h"

#define FILE_COUNT (sizeof(embedded_files) / sizeof(embedded_files[0]))
#define WORD_SIZE  40

/* A line of a document, without its end. */
struct line {
	const char *text;
	size_t len;
};

static bool next_line(const struct explain_file *file, size_t *at, struct line *ret_line)
{
	const char *text = (const char *)file->bytes + *at;
	const char *end;

	if (*at >= file->len)
		return false;
	end = memchr(text, '\n', file->len - *at);
	ret_line->text = text;
	ret_line->len = end ? (size_t)(end - text) : file->len - *at;
	*at += ret_line->len + 1;
	return true;
}

static bool begins(const struct line *line, const char *with)
{
	return line->len >= strlen(with) && memcmp(line->text, with, strlen(with)) == 0;
}

/* The next `word` in backquotes from *at on. */
static bool next_word(const struct line *line, size_t *at, char ret_word[WORD_SIZE])
{
	const char *from = memchr(line->text + *at, '`', line->len - *at), *to;
	size_t left;

	if (!from)
		return false;
	left = line->len - (size_t)(++from - line->text);
	to = memchr(from, '`', left);
	if (!to || to - from >= WORD_SIZE)
		return false;
	memcpy(ret_word, from, (size_t)(to - from));
	ret_word[to - from] = 0;
	*at = (size_t)(to + 1 - line->text);
	return true;
}

/* An entry's head is "### `word`, `word`"; that of a status is its row in the first table. */
static bool is_head(const struct line *line)
{
	return begins(line, "### ");
}

static bool heads(const struct line *line, const char *word)
{
	char found[WORD_SIZE];
	size_t at = 0;

	while (is_head(line) && next_word(line, &at, found)) {
		if (strcmp(found, word) == 0)
			return true;
	}
	return false;
}

static bool is_row_of(const struct line *line, const char *status)
{
	char found[WORD_SIZE];
	size_t at = 0;

	return begins(line, "| `") && next_word(line, &at, found) && strcmp(found, status) == 0;
}

static bool is_status(const char *word)
{
	for (unsigned i = VERDICT_NONE; i <= VERDICT_CONTRAINDICATED; i++) {
		if (strcmp(verdict_status_name((enum verdict_status)i), word) == 0)
			return true;
	}
	return false;
}

/* --- words, to the width of a terminal --- */

struct layout {
	struct buf *to;
	unsigned columns, column;
};

static void put_word(struct layout *layout, const char *text, size_t len)
{
	if (!len)
		return;
	if (layout->column && layout->column + 1 + len > layout->columns) {
		buf_append_text(layout->to, "\n");
		layout->column = 0;
	}
	buf_append_text(layout->to, layout->column ? " " : "  ");
	buf_append(layout->to, text, len);
	layout->column += (layout->column ? 1 : 2) + (unsigned)len;
}

static void end_line(struct layout *layout)
{
	if (layout->column)
		buf_append_text(layout->to, "\n");
	layout->column = 0;
}

/* Of "[text](address)" the text; of "**text**" too. */
static size_t strip(const char *text, size_t len, char *out)
{
	size_t used = 0;
	bool is_address = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '(' && i && text[i - 1] == ']')
			is_address = true;
		if (!is_address && !strchr("[]*", text[i]))
			out[used++] = text[i];
		if (text[i] == ')')
			is_address = false;
	}
	return used;
}

static void put_line(struct layout *layout, const struct line *line)
{
	char plain[512];
	size_t len =
		strip(line->text, line->len < sizeof(plain) ? line->len : sizeof(plain), plain);
	size_t from = 0;

	if (!len || begins(line, "- ") || begins(line, "|"))
		end_line(layout);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && plain[i] != ' ')
			continue;
		put_word(layout, plain + from, i - from);
		from = i + 1;
	}
}

static void put_text(struct layout *layout, const char *text)
{
	put_line(layout, &(struct line){text, strlen(text)});
	end_line(layout);
}

/* --- entries --- */

static void put_entry(
	const struct explain_file *file, size_t at, const char *word, struct layout *layout)
{
	struct line line;

	buf_printf(layout->to, "%s (%s)\n", word, file->name);
	while (next_line(file, &at, &line) && !begins(&line, "#") && !begins(&line, "**"))
		put_line(layout, &line);
	end_line(layout);
}

/* Its last cell. */
static void put_row(const struct explain_file *file, const struct line *line, const char *word,
	struct layout *layout)
{
	struct line cell = {line->text + line->len, 0};

	while (cell.len < line->len && (cell.len < 3 || *cell.text != '|')) {
		cell.text--;
		cell.len++;
	}
	buf_printf(layout->to, "%s (%s)\n", word, file->name);
	put_line(layout, &(struct line){cell.text + 2, cell.len > 4 ? cell.len - 4 : 0});
	end_line(layout);
}

static size_t explain_in(const struct explain_file *file, const char *word, struct layout *layout)
{
	bool wants_row = is_status(word);
	struct line line;
	size_t at = 0, found = 0;

	while (next_line(file, &at, &line)) {
		const bool is_row = wants_row && is_row_of(&line, word);

		if (!heads(&line, word) && !is_row)
			continue;
		if (found++ || layout->to->len)
			buf_append_text(layout->to, "\n");
		if (is_row)
			put_row(file, &line, word, layout);
		else
			put_entry(file, at, word, layout);
		wants_row = wants_row && !is_row;
	}
	return found;
}

static void consider(struct suggestion *suggestion, const struct line *line,
	char words[][WORD_SIZE], size_t *count)
{
	size_t at = 0;

	while (is_head(line) && *count < 128 && next_word(line, &at, words[*count]))
		suggestion_consider(suggestion, words[(*count)++]);
}

static int refuse(const char *word, struct error *err)
{
	struct suggestion suggestion = {.word = word};
	static char words[128][WORD_SIZE];
	size_t count = 0;
	char meant[64];

	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct line line;
		size_t at = 0;

		while (next_line(&embedded_files[i], &at, &line))
			consider(&suggestion, &line, words, &count);
	}
	return error_set(err, ERROR_USAGE,
		"no verdict, reason or check is called \"%s\"%s; explain without a word lists them",
		word, suggestion_text(&suggestion, "", meant));
}

int explain_word(const char *word, unsigned columns, struct buf *to, struct error *err)
{
	struct layout layout = {.to = to, .columns = columns};
	const enum reason_code reason = reason_parse(word);
	size_t found = 0;

	for (size_t i = 0; i < FILE_COUNT; i++)
		found += explain_in(&embedded_files[i], word, &layout);
	if (!found)
		return refuse(word, err);
	if (reason != REASON_COUNT && *reason_remedy(reason)) {
		buf_append_text(to, "\nWhat to do:\n");
		put_text(&layout, reason_remedy(reason));
	}
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the words") : 0;
}

void explain_all(unsigned columns, struct buf *to)
{
	struct layout layout = {.to = to, .columns = columns};

	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct line line;
		size_t at = 0;

		buf_printf(to, "%s%s\n", i ? "\n" : "", embedded_files[i].name);
		while (next_line(&embedded_files[i], &at, &line)) {
			char word[WORD_SIZE];
			size_t from = 0;

			while (is_head(&line) && next_word(&line, &from, word))
				put_word(&layout, word, strlen(word));
		}
		end_line(&layout);
	}
}
