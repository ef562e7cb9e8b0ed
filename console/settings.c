/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/settings.h"

#include <string.h>

#include "core/ini.h"

struct reading {
	const struct option_row *options;
	struct ini_setting settings[OPTION_ROWS_MAX];
	size_t rows[OPTION_ROWS_MAX]; /* the row of each setting */
	size_t count;
	void *to;
	uint64_t set;
};

static bool is_in(const struct option_row *row, const char *section)
{
	return row->section && strcmp(row->section, section) == 0;
}

/* Settings of one section stand together, whatever the order of the rows. */
static void add_section(
	const struct command_line_program *program, const char *section, struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		if (strcmp(reading->settings[i].section, section) == 0)
			return;
	}
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (!is_in(row, section))
			continue;
		reading->settings[reading->count] = (struct ini_setting){section, row->setting};
		reading->rows[reading->count++] = i;
	}
}

static int apply(size_t setting, const char *value, void *context, struct error *err)
{
	struct reading *reading = context;
	size_t row = reading->rows[setting];
	const struct option_row *at = &reading->options[row];

	/* An earlier file's list is not added to. */
	if (at->kind == OPTION_LIST)
		memset((char *)reading->to + at->offset, 0, at->size);
	if (option_read(at, value, OPTION_IN_FILE, reading->to, err)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	reading->set |= UINT64_C(1) << row;
	return 0;
}

int settings_read(const struct command_line_program *program, const char *text, size_t len,
	void *options, uint64_t *ret_set, struct error *err)
{
	struct reading reading = {.options = program->options, .to = options};
	int rc;

	for (size_t i = 0; i < program->option_count; i++) {
		if (program->options[i].section)
			add_section(program, program->options[i].section, &reading);
	}
	rc = ini_read(text, len, reading.settings, reading.count, apply, &reading, err);
	if (!rc)
		*ret_set = reading.set;
	return rc;
}

void settings_copy(
	const struct command_line_program *program, uint64_t rows, const void *from, void *to)
{
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option_row *row = &program->options[i];

		if (rows >> i & 1)
			memcpy((char *)to + row->offset, (const char *)from + row->offset,
				row->size);
	}
}
