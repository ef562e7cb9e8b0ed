/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/explain.h"

#include "platform/system.h"

#define WIDEST 100 /* what is wider is hard to read */

int explain_line(const struct command_line *line, struct buf *to, struct error *err)
{
	const struct platform_terminal terminal = platform_terminal_describe();
	const unsigned columns = terminal.columns < WIDEST ? terminal.columns : WIDEST;

	if (line->word_count)
		return explain_word(line->words[0], columns, to, err);
	explain_all(columns, to);
	return 0;
}
