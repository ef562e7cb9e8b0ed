/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/page_text.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"

struct view {
	struct buf *to;
	const struct platform_terminal *terminal;
	size_t columns;
};

struct style {
	const char *symbol, *ascii, *colour; /* SGR parameters */
};

static const struct style styles[] = {
	[PAGE_PLAIN] = {" ", "      ", ""},
	[PAGE_PASS] = {"\xe2\x9c\x94", "[ok]  ", "32"},
	[PAGE_WARN] = {"\xe2\x96\xb2", "[warn]", "33"},
	[PAGE_FAIL] = {"\xe2\x9c\x98", "[FAIL]", "1;31"},
	[PAGE_UNKNOWN] = {"?", "[?]   ", "36"},
};

static void paint(struct view *view, const char *colour, const char *text)
{
	bool is_painted = view->terminal->has_colour && *colour;

	if (is_painted)
		buf_printf(view->to, "\x1b[%sm", colour);
	buf_append_text(view->to, text);
	if (is_painted)
		buf_append_text(view->to, "\x1b[0m");
}

static void indent(struct view *view, size_t columns)
{
	buf_printf(view->to, "%*s", (int)columns, "");
}

/* Columns a stretch of UTF-8 takes: one for each code point is right for all that we print. */
static size_t width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

/* The bytes of the next line: up to `columns` wide, and broken at a blank. A word that is wider, as
 * a digest or a path, stays whole: somebody copies it. */
static size_t line_length(const char *text, size_t columns)
{
	size_t len = 0, at = 0;

	do {
		at += strspn(text + at, " ");
		at += strcspn(text + at, " ");
		if (len && width_of(text, at) > columns)
			break;
		len = at;
	} while (text[at]);
	return len;
}

/* Where there is no terminal, a line is for a program or a file, and is not broken. */
static size_t room(const struct view *view, size_t hang)
{
	if (!view->terminal->is_terminal)
		return SIZE_MAX;
	return view->columns > hang + 10 ? view->columns - hang : 10;
}

/* Escaped text, wrapped with a hanging indent; the first line begins where the cursor is. */
static void print_wrapped(struct view *view, const char *text, size_t hang, const char *colour)
{
	BUF_SCOPED escaped = {0};
	const char *at;

	text_escape(&escaped, text, !view->terminal->has_utf8);
	view->to->failed = view->to->failed || escaped.failed;
	at = escaped.data ? (char *)escaped.data : "";
	while (*at) {
		size_t len = line_length(at, room(view, hang));
		BUF_SCOPED line = {0};

		buf_append(&line, at, len);
		if (line.failed) {
			view->to->failed = true;
			return;
		}
		paint(view, colour, (char *)line.data);
		at += len;
		while (*at == ' ')
			at++;
		buf_append_text(view->to, "\n");
		if (*at)
			indent(view, hang);
	}
	if (!escaped.len)
		buf_append_text(view->to, "\n");
}

static size_t label_columns(const struct page *page, const struct page_section *section)
{
	size_t columns = 0;

	for (size_t i = 0; i < section->row_count; i++) {
		size_t len = strlen(page->rows[section->first_row + i].label);

		columns = len > columns ? len : columns;
	}
	return columns + 2;
}

static void print_row(struct view *view, const struct page_row *row, size_t columns)
{
	const struct style *style = &styles[row->mark];
	size_t mark_columns = view->terminal->has_utf8 ? 1 : 6;
	size_t hang = 2 + mark_columns + 1 + columns;

	indent(view, 2);
	paint(view, style->colour, view->terminal->has_utf8 ? style->symbol : style->ascii);
	buf_printf(view->to, " %-*s", (int)columns, row->label);
	print_wrapped(view, row->value, hang,
		row->mark == PAGE_FAIL || row->mark == PAGE_WARN ? style->colour : "");
	if (!*row->remedy)
		return;
	indent(view, hang);
	buf_append_text(view->to, view->terminal->has_utf8 ? "\xe2\x86\x92 " : "> ");
	print_wrapped(view, row->remedy, hang + 2, "");
}

static void print_title(struct view *view, const char *title)
{
	size_t used = strlen(title) + 1;

	buf_append_text(view->to, "\n");
	paint(view, "1", title);
	buf_append_text(view->to, " ");
	if (view->terminal->has_colour)
		buf_append_text(view->to, "\x1b[2m");
	for (; used < view->columns; used++)
		buf_append_text(view->to, view->terminal->has_utf8 ? "\xe2\x94\x80" : "-");
	if (view->terminal->has_colour)
		buf_append_text(view->to, "\x1b[0m");
	buf_append_text(view->to, "\n");
}

static void print_headline(struct view *view, const struct page *page)
{
	static const char *const colours[] = {[VERDICT_NONE] = "1;30;46",
		[VERDICT_AFFIRMING] = "1;30;42",
		[VERDICT_WARNING] = "1;30;43",
		[VERDICT_CONTRAINDICATED] = "1;37;41"};
	const struct style *style = &styles[page_mark_of(page->status)];
	BUF_SCOPED badge = {0};
	size_t hang;

	if (view->terminal->has_utf8)
		buf_printf(&badge, " %s ", style->symbol);
	for (const char *c = page->badge; *c; c++)
		buf_append_u8(&badge, (uint8_t)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c));
	if (view->terminal->has_utf8)
		buf_append_text(&badge, " ");
	if (badge.failed) {
		view->to->failed = true;
		return;
	}
	hang = width_of((char *)badge.data, badge.len) + 2;
	paint(view, colours[page->status], (char *)badge.data);
	indent(view, 2);
	print_wrapped(view, page->headline, hang, "1");
	indent(view, hang);
	print_wrapped(view, page->summary, hang, "");
}

void page_text(struct buf *to, const struct page *page, const struct platform_terminal *terminal)
{
	struct view view = {.to = to, .terminal = terminal, .columns = terminal->columns};

	if (view.columns > 100)
		view.columns = 100;
	if (view.columns < 40)
		view.columns = 40;
	print_headline(&view, page);
	for (size_t i = 0; i < page->section_count; i++) {
		const struct page_section *section = &page->sections[i];

		if (!section->row_count)
			continue;
		print_title(&view, section->title);
		for (size_t row = 0; row < section->row_count; row++)
			print_row(&view, &page->rows[section->first_row + row],
				label_columns(page, section));
	}
}
