/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/text.h"
#include "platform/system.h"

#define CURSOR_MAX 96

static int save(const struct webhook_cursor *cursor, struct error *err)
{
	char text[CURSOR_MAX];
	int len = snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		cursor->appraisal, cursor->audit, cursor->claim);

	return shared_file_replace(&cursor->file, text, (size_t)len, err);
}

/* What save() wrote; before there were claims, two numbers. NULL is an empty file. */
static bool parse(char *text, struct webhook_cursor *ret_cursor, bool *ret_has_claim)
{
	char *second = text ? strchr(text, ' ') : NULL, *third;

	if (!second)
		return false;
	*second++ = 0;
	second[strcspn(second, "\n")] = 0;
	third = strchr(second, ' ');
	if (third)
		*third++ = 0;
	*ret_has_claim = third != NULL;
	return text_number(text, 0, INT64_MAX, &ret_cursor->appraisal) &&
	       text_number(second, 0, INT64_MAX, &ret_cursor->audit) &&
	       (!third || text_number(third, 0, INT64_MAX, &ret_cursor->claim));
}

static int find_ends(struct store *store, struct webhook_cursor *ends, struct error *err)
{
	struct store_link event;
	int rc = store_read_ends(store, &ends->appraisal, &event, err);

	if (rc)
		return rc;
	ends->audit = event.id;
	return store_read_last_claim(store, &ends->claim, err);
}

static void judge(struct store_change *change, void *context)
{
	change->audit = context;
}

/* Once: the file has the store's numbers then. A store that cannot be written now is no reason to
 * tell nobody anything. */
static void note(
	struct store *store, const struct webhook_cursor *told, const struct webhook_cursor *ends)
{
	struct error err;
	struct store_audit audit = {.at_ms = platform_wall_clock_ms(),
		.action = "webhook-behind",
		.actor = "collector"};
	struct store_item item = {.judge = judge, .context = &audit};
	struct store_batch batch = {
		.now_ms = store_clock_ms(store), .items = &item, .item_count = 1};

	snprintf(audit.detail, sizeof(audit.detail),
		"the receiver was told up to report %" PRIu64 ", audit event %" PRIu64
		" and claim %" PRIu64 "; this database ends with %" PRIu64 ", %" PRIu64
		" and %" PRIu64 ": it is an older copy, and what comes now is told",
		told->appraisal, told->audit, told->claim, ends->appraisal, ends->audit,
		ends->claim);
	log_write(LOG_LEVEL_ERROR, "webhook: %s", audit.detail);
	if (store_write(store, &batch, &err))
		log_write(LOG_LEVEL_WARNING, "webhook: %s", err.message);
}

static uint64_t least(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

static int clamp(struct store *store, struct webhook_cursor *cursor,
	const struct webhook_cursor *ends, struct error *err)
{
	const struct webhook_cursor told = *cursor;

	cursor->appraisal = least(told.appraisal, ends->appraisal);
	cursor->audit = least(told.audit, ends->audit);
	cursor->claim = least(told.claim, ends->claim);
	if (!memcmp(cursor, &told, sizeof(told)))
		return 0;
	note(store, &told, ends);
	return save(cursor, err);
}

/* Before the store's ends are: another collector may go on meanwhile. Without a file, or with one
 * of before there were claims, *ret_is_new and *ret_has_claim say what is missing. */
static int read_file(const struct shared_file *file, struct webhook_cursor *cursor,
	bool *ret_is_new, bool *ret_has_claim, struct error *err)
{
	char place[SHARED_FILE_TEXT_SIZE];
	BUF_SCOPED text = {0};
	int rc = shared_file_read(file, CURSOR_MAX, &text, err);

	*ret_has_claim = false;
	*ret_is_new = rc == -ERROR_NOT_FOUND;
	if (rc)
		return *ret_is_new ? 0 : rc;
	if (parse((char *)text.data, cursor, ret_has_claim))
		return 0;
	shared_file_show(file, place);
	return error_set(
		err, ERROR_CONFIG, "%s: not three numbers; remove it to begin anew", place);
}

int webhook_cursor_read(
	const struct shared_file *file, struct webhook_cursor *ret_cursor, struct error *err)
{
	struct webhook_cursor cursor, ends;
	bool has_claim, is_new;
	int rc;

	memset(&cursor, 0, sizeof(cursor));
	cursor.file = *file;
	rc = read_file(file, &cursor, &is_new, &has_claim, err);
	if (!rc)
		rc = find_ends(file->store, &ends, err);
	if (rc)
		return rc;
	if (is_new) {
		cursor.appraisal = ends.appraisal;
		cursor.audit = ends.audit;
	}
	if (!has_claim)
		cursor.claim = ends.claim;
	rc = has_claim ? 0 : save(&cursor, err);
	if (!rc)
		rc = clamp(file->store, &cursor, &ends, err);
	if (!rc)
		*ret_cursor = cursor;
	return rc;
}

void webhook_cursor_settle(struct webhook_cursor *cursor, uint64_t *place, uint64_t number)
{
	struct error err;

	if (*place == number)
		return;
	*place = number;
	if (save(cursor, &err))
		log_write(LOG_LEVEL_ERROR, "webhook: %s", err.message);
}
