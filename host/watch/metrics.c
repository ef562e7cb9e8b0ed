/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/metrics.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "platform/system.h"

static void begin(struct buf *to, const char *name, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* As the text format wants a label's value. */
static void add_label(struct buf *to, const char *name, const char *value)
{
	buf_printf(to, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_append_text(to, "\\");
		buf_append(to, *value == '\n' ? " " : value, 1);
	}
	buf_append_text(to, "\"");
}

static void add_guest(struct buf *to, const char *name, const struct watch_record *record)
{
	BUF_SCOPED clean = {0};

	text_append_clean(&clean, record->name);
	buf_printf(to, "%s{", name);
	add_label(to, "uuid", record->uuid);
	buf_append_text(to, ",");
	add_label(to, "domain", clean.data ? (char *)clean.data : "");
	buf_append_text(to, "} ");
}

static void add_totals(struct buf *to, const struct watch_guests *guests, bool is_connected)
{
	size_t running = 0, owed = 0;
	uint64_t now_s = platform_wall_clock_ms() / 1000, since_s = now_s;

	for (size_t i = 0; i < guests->count; i++) {
		const struct watch_record *record = &guests->items[i]->record;

		running += record->state == WATCH_RUNNING;
		owed += record->is_owed;
		if (record->is_owed && record->since_s < since_s)
			since_s = record->since_s;
	}
	begin(to, "vtpm_host_watch_written_seconds",
		"When this was written, in seconds since 1970: once a minute at least.");
	buf_printf(to, "vtpm_host_watch_written_seconds %" PRIu64 "\n", now_s);
	begin(to, "vtpm_host_watch_owed_since_seconds",
		"Since when the oldest confirmation is owed, in seconds since 1970; now: none is.");
	buf_printf(to, "vtpm_host_watch_owed_since_seconds %" PRIu64 "\n", since_s);
	begin(to, "vtpm_host_watch_connected", "Whether libvirt's events are received.");
	buf_printf(to, "vtpm_host_watch_connected %d\n", is_connected);
	begin(to, "vtpm_host_watch_guests", "Running guests with a vTPM.");
	buf_printf(to, "vtpm_host_watch_guests %zu\n", running);
	begin(to, "vtpm_host_watch_owed", "Confirmations that are owed.");
	buf_printf(to, "vtpm_host_watch_owed %zu\n", owed);
}

static bool is_shown(const struct watch_record *record)
{
	return record->state == WATCH_RUNNING && record->last.at_s;
}

static void add_guests(struct buf *to, const struct watch_guests *guests)
{
	begin(to, "vtpm_host_guest_exit_code",
		"The worse of a running guest's last confirmation and last attempt, as an exit "
		"code: 0 healthy, 1 warning, 2 broken, 3 cannot tell.");
	for (size_t i = 0; i < guests->count; i++) {
		const struct watch_record *record = &guests->items[i]->record;

		if (!is_shown(record))
			continue;
		add_guest(to, "vtpm_host_guest_exit_code", record);
		buf_printf(to, "%d\n", verdict_exit_code(watch_record_status(record)));
	}
	begin(to, "vtpm_host_guest_told_seconds", "When that was, in seconds since 1970.");
	for (size_t i = 0; i < guests->count; i++) {
		const struct watch_record *record = &guests->items[i]->record;

		if (!is_shown(record))
			continue;
		add_guest(to, "vtpm_host_guest_told_seconds", record);
		buf_printf(to, "%" PRIu64 "\n", record->last.at_s);
	}
}

void metrics_print(struct buf *to, const struct watch_guests *guests, bool is_connected)
{
	add_totals(to, guests, is_connected);
	add_guests(to, guests);
}

int metrics_write(
	const char *path, const struct watch_guests *guests, bool is_connected, struct error *err)
{
	BUF_SCOPED text = {0};
	mode_t mask;
	int rc;

	metrics_print(&text, guests, is_connected);
	if (text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	/* Whoever reads it is another account. */
	mask = umask(0022);
	rc = platform_file_replace(path, text.data, text.len, err);
	umask(mask);
	return rc;
}
