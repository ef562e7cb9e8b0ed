/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_table.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "collector/client/client_page.h"
#include "console/page.h"
#include "core/text.h"
#include "platform/system.h"

#define MARK     "!"
#define TEXT_MAX 192 /* of a cell */

static void print_member(const struct json_node *vm, const char *member, char *to, size_t size)
{
	snprintf(to, size, "%s", client_text(vm, member));
}

/* A time is only there where others report as the VM. */
static bool is_claimed(const struct json_node *vm)
{
	const struct json_node *claimed = json_node_member(vm, "claimed_ms");

	return claimed && claimed->kind == JSON_NODE_INTEGER;
}

/* A terminal has no room for a column of the mark. In a pipe a cell is one word, for awk. The last
 * verdict on a silent VM is none on what it is now. */
static void print_status(const struct json_node *vm, const char *member, char *to, size_t size)
{
	const bool is_terminal = platform_terminal_describe().is_terminal;
	const char *status = client_text(vm, member);

	if (client_is_silent(vm))
		status = "silent";
	else if (client_is_just_accepted(vm))
		status = client_text(vm, "reason");
	else if (is_terminal)
		status = page_outcome_named(status);
	snprintf(to, size, "%s%s", status, is_terminal && is_claimed(vm) ? " " MARK : "");
}

/* An operator's decision is no reason of a report. */
static void print_reason(const struct json_node *vm, const char *member, char *to, size_t size)
{
	snprintf(to, size, "%s",
		client_is_just_accepted(vm) ? "awaits next report" : client_text(vm, member));
}

static void print_claim(const struct json_node *vm, const char *member, char *to, size_t size)
{
	(void)member;
	snprintf(to, size, "%s", is_claimed(vm) ? "yes" : "");
}

/* "1/3": so many of so many will not open. */
static void print_disks(const struct json_node *vm, const char *member, char *to, size_t size)
{
	const struct json_node *disks = json_node_member(vm, member);
	int64_t failing = client_number(disks, "will_not_open");

	*to = 0;
	if (failing)
		snprintf(to, size, "%" PRId64 "/%" PRId64, failing, client_number(disks, "sealed"));
}

static void print_sender(const struct json_node *vm, const char *member, char *to, size_t size)
{
	(void)member;
	client_print_sender(vm, to, size);
}

/* The columns, and how wide a terminal must be to show one more than those that matter more. */
static const struct column {
	const char *title, *member;
	void (*print)(const struct json_node *vm, const char *member, char *to, size_t size);
	int width;
	unsigned from;        /* UINT_MAX: only where there is no terminal */
	bool is_cut;          /* its text may be any length */
	bool is_beside_disks; /* where there is no room for all, and the disks are asked for */
} columns[] = {
	{"UUID", "uuid", print_member, 36, 0, false, true},
	{"HOSTNAME", "hostname", print_member, 24, 143, true, true},
	{"STATUS", "status", print_status, 17, 0, false, false},
	{"CONTINUITY", "continuity", print_member, 17, 162, false, false},
	{"REASON", "reason", print_reason, 21, 0, false, false},
	{"CLAIM", NULL, print_claim, 5, UINT_MAX, false, false},
	{"DISKS", "disks", print_disks, 5, 87, false, true},
	{"LAST REPORT", "received", print_member, 20, 184, false, false},
	{"SENDER", NULL, print_sender, 30, 117, true, false},
};
#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))
#define SENDER       (COLUMN_COUNT - 1)

#define NARROW 100 /* below it a terminal has no room for the disks beside the verdict */

static bool is_narrow(bool is_of_disks)
{
	const struct platform_terminal terminal = platform_terminal_describe();

	return is_of_disks && terminal.is_terminal && terminal.columns < NARROW;
}

static bool is_shown(const struct column *column, bool is_of_disks)
{
	const struct platform_terminal terminal = platform_terminal_describe();

	if (is_narrow(is_of_disks))
		return column->is_beside_disks;
	return !terminal.is_terminal || terminal.columns >= column->from;
}

/* A text of a row, escaped, which makes it ASCII: a byte is a column. The last one is not padded,
 * and is cut on a terminal only. */
static void print_cell(struct buf *to, const struct column *column, const char *text, bool is_last)
{
	bool is_cut = column->is_cut && (!is_last || platform_terminal_describe().is_terminal);
	BUF_SCOPED escaped = {0};
	const char *shown;

	text_escape(&escaped, text, true);
	to->failed = to->failed || escaped.failed;
	shown = escaped.data ? (char *)escaped.data : "";
	buf_printf(to, "%-*.*s%s", is_last ? 0 : column->width, is_cut ? column->width : INT_MAX,
		shown, is_last ? "\n" : "  ");
}

/* Under the row, where the terminal has no column for him. */
static void print_sender_below(struct buf *to, const struct json_node *vm)
{
	static const struct column below = {.width = 72, .is_cut = true};
	char sender[TEXT_MAX];

	client_print_sender(vm, sender, sizeof(sender));
	if (!*sender)
		return;
	buf_append_text(to, "    by ");
	print_cell(to, &below, sender, true);
}

/* Likewise its verdict: "look at it: disks-will-not-open". */
static void print_verdict_below(struct buf *to, const struct json_node *vm)
{
	static const struct column below = {.width = 72, .is_cut = true};
	char status[TEXT_MAX], reason[TEXT_MAX], line[2 * TEXT_MAX + 8];

	print_status(vm, "status", status, sizeof(status));
	print_reason(vm, "reason", reason, sizeof(reason));
	snprintf(line, sizeof(line), "%s%s%s", status, *reason ? ": " : "", reason);
	buf_append_text(to, "    ");
	print_cell(to, &below, line, true);
}

/* The row of a VM, or the head. */
static void print_row(struct buf *to, const struct json_node *vm, bool is_of_disks)
{
	char text[TEXT_MAX];
	size_t last = 0;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		last = is_shown(&columns[i], is_of_disks) ? i : last;
	for (size_t i = 0; i <= last; i++) {
		const struct column *column = &columns[i];

		if (!is_shown(column, is_of_disks))
			continue;
		if (vm)
			column->print(vm, column->member, text, sizeof(text));
		print_cell(to, column, vm ? text : column->title, i == last);
	}
	if (vm && is_narrow(is_of_disks))
		print_verdict_below(to, vm);
	if (vm && last != SENDER)
		print_sender_below(to, vm);
}

void client_table_head(struct buf *to, bool is_of_disks)
{
	print_row(to, NULL, is_of_disks);
}

void client_table_rows(
	struct buf *to, const struct json_node *vms, bool is_of_disks, bool *has_mark)
{
	for (const struct json_node *vm = json_node_first(vms); vm; vm = vm->next) {
		print_row(to, vm, is_of_disks);
		*has_mark = *has_mark || is_claimed(vm);
	}
}

void client_table_foot(struct buf *to, bool has_mark)
{
	if (has_mark && platform_terminal_describe().is_terminal)
		buf_append_text(to, MARK
			" somebody else reports as this VM: vtpm-collector show UUID says who\n");
}
