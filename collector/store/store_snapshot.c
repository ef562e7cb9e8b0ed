/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_snapshot.h"

#include <stdio.h>
#include <string.h>

#include "collector/store/store_lines.h"
#include "collector/store/store_words.h"
#include "core/buf.h"
#include "core/reader.h"

#define VALUE_SIZE 1024
#define THIS       "this" /* the baseline is the report that the snapshot stands in */

/* One value of a record to text, and back. */
struct snapshot_value {
	const char *name; /* the column's */
	void (*print)(const struct store_vm *vm, struct buf *to);
	int (*parse)(const char *text, struct store_vm *vm, struct error *err);
	bool is_of_claims; /* a claim changes it, too */
};

static int refuse(const char *name, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "a snapshot with a wrong %s", name);
}

static void print_hex(const void *bytes, size_t len, struct buf *to)
{
	char hex[VALUE_SIZE];

	text_hex(bytes, len, hex, sizeof(hex));
	buf_append_text(to, hex);
}

#define NUMBER(member, max)                                                                        \
	static void print_##member(const struct store_vm *vm, struct buf *to)                      \
	{                                                                                          \
		buf_printf(to, "%llu", (unsigned long long)vm->member);                            \
	}                                                                                          \
	static int parse_##member(const char *text, struct store_vm *vm, struct error *err)        \
	{                                                                                          \
		uint64_t value;                                                                    \
                                                                                                   \
		if (!text_number(text, 0, max, &value))                                            \
			return refuse(#member, err);                                               \
		vm->member = value;                                                                \
		return 0;                                                                          \
	}

#define NUMBER_32(member)                                                                          \
	static void print_##member(const struct store_vm *vm, struct buf *to)                      \
	{                                                                                          \
		buf_printf(to, "%u", (unsigned)vm->member);                                        \
	}                                                                                          \
	static int parse_##member(const char *text, struct store_vm *vm, struct error *err)        \
	{                                                                                          \
		uint64_t value;                                                                    \
                                                                                                   \
		if (!text_number(text, 0, UINT32_MAX, &value))                                     \
			return refuse(#member, err);                                               \
		vm->member = (uint32_t)value;                                                      \
		return 0;                                                                          \
	}

#define TEXT(member)                                                                               \
	static void print_##member(const struct store_vm *vm, struct buf *to)                      \
	{                                                                                          \
		buf_append_text(to, vm->member);                                                   \
	}                                                                                          \
	static int parse_##member(const char *text, struct store_vm *vm, struct error *err)        \
	{                                                                                          \
		if (strlen(text) >= sizeof(vm->member))                                            \
			return refuse(#member, err);                                               \
		snprintf(vm->member, sizeof(vm->member), "%s", text);                              \
		return 0;                                                                          \
	}

#define WORD(member, to_name, from_name)                                                           \
	static void print_##member(const struct store_vm *vm, struct buf *to)                      \
	{                                                                                          \
		buf_append_text(to, to_name(vm->member));                                          \
	}                                                                                          \
	static int parse_##member(const char *text, struct store_vm *vm, struct error *err)        \
	{                                                                                          \
		return from_name(text, &vm->member, err);                                          \
	}

NUMBER(revision, UINT64_MAX)
WORD(enrolment, store_enrolment_name, store_enrolment_parse)
WORD(status, verdict_status_name, store_status_parse)
WORD(continuity, continuity_name, store_continuity_parse)
TEXT(reason)
TEXT(hostname)
NUMBER(received_ms, UINT64_MAX)
NUMBER_32(reset_count)
NUMBER_32(restart_count)
NUMBER(clock_ms, UINT64_MAX)
WORD(announced, event_name, store_event_parse)
NUMBER(announced_until_ms, UINT64_MAX)
NUMBER(asked_ms, UINT64_MAX)
NUMBER(claimed_ms, UINT64_MAX)
NUMBER_32(disks_sealed)
NUMBER_32(disks_failing)
NUMBER_32(interval_s)
NUMBER_32(awaited_s)
NUMBER(silent_ms, UINT64_MAX)

static void print_is_safe(const struct store_vm *vm, struct buf *to)
{
	buf_append_text(to, vm->is_safe ? "1" : "0");
}

static int parse_is_safe(const char *text, struct store_vm *vm, struct error *err)
{
	(void)err;
	vm->is_safe = strcmp(text, "1") == 0;
	return 0;
}

static void print_eks(const struct store_vm *vm, struct buf *to)
{
	for (size_t i = 0; i < vm->ek_count; i++)
		print_hex(vm->eks[i], STORE_HASH_SIZE, to);
}

static int parse_eks(const char *text, struct store_vm *vm, struct error *err)
{
	long len = text_unhex(text, strlen(text), vm->eks[0], sizeof(vm->eks));

	if (len < 0 || len % STORE_HASH_SIZE)
		return refuse("list of EKs", err);
	vm->ek_count = (size_t)len / STORE_HASH_SIZE;
	return 0;
}

static void print_ak_name(const struct store_vm *vm, struct buf *to)
{
	print_hex(vm->ak_name.data, vm->ak_name.len, to);
}

static int parse_ak_name(const char *text, struct store_vm *vm, struct error *err)
{
	long len = text_unhex(text, strlen(text), vm->ak_name.data, sizeof(vm->ak_name.data));

	if (len < 0)
		return refuse("name of the AK", err);
	vm->ak_name.len = (size_t)len;
	return 0;
}

/* Empty: none. */
static void print_baseline(const struct store_vm *vm, struct buf *to)
{
	if (!vm->baseline.id)
		return;
	buf_printf(to, "%llu ", (unsigned long long)vm->baseline.id);
	print_hex(vm->baseline.hash, STORE_HASH_SIZE, to);
}

static int parse_baseline(const char *text, struct store_vm *vm, struct error *err)
{
	const char *blank = strchr(text, ' ');
	uint8_t *hash = vm->baseline.hash;
	char number[24];
	bool is_link;

	if (!*text)
		return 0;
	if (!blank)
		return refuse("baseline", err);
	snprintf(number, sizeof(number), "%.*s", (int)(blank - text), text);
	is_link =
		text_number(number, 1, INT64_MAX, &vm->baseline.id) &&
		text_unhex(blank + 1, strlen(blank + 1), hash, STORE_HASH_SIZE) == STORE_HASH_SIZE;
	if (!is_link)
		return refuse("baseline", err);
	return 0;
}

static void print_lines(const struct store_vm *vm, struct buf *to)
{
	uint8_t bytes[STORE_LINES_BYTES];

	print_hex(bytes, store_lines_write(&vm->lines, bytes), to);
}

static int parse_lines(const char *text, struct store_vm *vm, struct error *err)
{
	uint8_t bytes[STORE_LINES_BYTES];
	long len = text_unhex(text, strlen(text), bytes, sizeof(bytes));

	if (len < 0)
		return refuse("list of lines", err);
	return store_lines_read(&(struct crypto_bytes){bytes, (size_t)len}, &vm->lines, err);
}

#define VALUE(member)                                                                              \
	{                                                                                          \
#member, print_##member, parse_##member, false                                     \
	}
#define VALUE_OF_CLAIMS(member)                                                                    \
	{                                                                                          \
#member, print_##member, parse_##member, true                                      \
	}

/* The order is part of what is hashed. */
static const struct snapshot_value values[] = {
	VALUE_OF_CLAIMS(revision),
	VALUE(enrolment),
	VALUE(eks),
	VALUE(ak_name),
	VALUE(status),
	VALUE(continuity),
	VALUE(reason),
	VALUE(hostname),
	VALUE(received_ms),
	VALUE(reset_count),
	VALUE(restart_count),
	VALUE(clock_ms),
	VALUE(is_safe),
	VALUE(announced),
	VALUE(announced_until_ms),
	VALUE(asked_ms),
	VALUE_OF_CLAIMS(claimed_ms),
	VALUE(baseline),
	VALUE(lines),
	VALUE(disks_sealed),
	VALUE(disks_failing),
	VALUE(interval_s),
	VALUE(awaited_s),
	VALUE(silent_ms),
};

#define VALUE_COUNT (sizeof(values) / sizeof(values[0]))
/* So many had snapshots of before schema 8, and of before schema 9: the others are zero then. */
#define COUNT_7     19
#define COUNT_8     21

static void append_value(struct buf *to, const void *bytes, size_t len)
{
	buf_append_u32be(to, (uint32_t)len);
	buf_append(to, bytes, len);
}

int store_snapshot_make(const struct store_vm *vm, bool is_baseline,
	struct store_snapshot *ret_snapshot, struct error *err)
{
	BUF_SCOPED to = {0};

	for (size_t i = 0; i < VALUE_COUNT; i++) {
		BUF_SCOPED value = {0};

		if (is_baseline && values[i].print == print_baseline)
			buf_append_text(&value, THIS);
		else
			values[i].print(vm, &value);
		to.failed |= value.failed;
		append_value(&to, value.data, value.len);
	}
	if (to.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a VM's record");
	if (to.len > sizeof(ret_snapshot->bytes))
		return error_set(err, ERROR_TOO_LARGE, "a VM's record is too large");
	ret_snapshot->len = to.len;
	memcpy(ret_snapshot->bytes, to.data, to.len);
	return 0;
}

static int read_value(struct reader *reader, char ret_text[VALUE_SIZE], struct error *err)
{
	uint32_t len = reader_u32be(reader);
	const uint8_t *bytes = len < VALUE_SIZE ? reader_bytes(reader, len) : NULL;

	if (!bytes || memchr(bytes, 0, len))
		return error_set(err, ERROR_MALFORMED, "a snapshot that cannot be read");
	memcpy(ret_text, bytes, len);
	ret_text[len] = 0;
	return 0;
}

int store_snapshot_read(const struct crypto_bytes *snapshot, const char *uuid,
	const struct store_link *link, struct store_vm *ret_vm, struct error *err)
{
	struct reader reader = reader_of(snapshot->bytes, snapshot->len);
	struct store_vm vm = {0};
	char text[VALUE_SIZE];
	int rc = 0;

	for (size_t i = 0; !rc && i < VALUE_COUNT; i++) {
		if ((i == COUNT_7 || i == COUNT_8) && reader_is_done(&reader))
			break;
		rc = read_value(&reader, text, err);
		if (rc)
			break;
		if (link && values[i].parse == parse_baseline && !strcmp(text, THIS))
			vm.baseline = *link;
		else
			rc = values[i].parse(text, &vm, err);
	}
	if (!rc && !reader_is_done(&reader))
		rc = error_set(err, ERROR_MALFORMED, "a snapshot with more than a record");
	if (rc)
		return rc;
	snprintf(vm.uuid, sizeof(vm.uuid), "%s", uuid);
	*ret_vm = vm;
	return 0;
}

static const char *text_of(struct buf *value)
{
	buf_append_u8(value, 0);
	return value->failed ? "" : (char *)value->data;
}

int store_snapshot_compare(const struct store_vm *vm, const struct store_vm *should,
	store_difference_visit *visit, void *context, struct error *err)
{
	for (size_t i = 0; i < VALUE_COUNT; i++) {
		BUF_SCOPED left = {0}, right = {0};
		const char *is, *wanted;

		if (values[i].is_of_claims)
			continue;
		values[i].print(vm, &left);
		values[i].print(should, &right);
		is = text_of(&left);
		wanted = text_of(&right);
		if (left.failed || right.failed)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a VM's record");
		if (strcmp(is, wanted) != 0)
			visit(values[i].name, is, wanted, context);
	}
	return 0;
}
