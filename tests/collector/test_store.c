/* SPDX-License-Identifier: BSD-2-Clause */
/* What every implementation of a store must do: each test runs on each of them. Records and
 * batches. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

static void edit_everything(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_ACCEPTED;
	vm->ek_count = 2;
	memset(vm->eks[0], 0x11, STORE_HASH_SIZE);
	memset(vm->eks[1], 0x22, STORE_HASH_SIZE);
	vm->ak_name.len = 34;
	memset(vm->ak_name.data, 0x33, 34);
	vm->continuity = CONTINUITY_ROLLED_BACK;
	snprintf(vm->reason, sizeof(vm->reason), "counters-behind");
	snprintf(vm->hostname, sizeof(vm->hostname), "web-1");
	vm->reset_count = UINT32_MAX;
	vm->restart_count = 7;
	vm->clock_ms = UINT64_MAX - 1;
	vm->is_safe = true;
	vm->announced = EVENT_COLD_MIGRATION;
	vm->announced_until_ms = 9000;
	vm->asked_ms = 8000;
	vm->claimed_ms = 7000;
	vm->disks_sealed = UINT32_MAX;
	vm->disks_failing = 5;
	vm->interval_s = UINT32_MAX;
	vm->awaited_s = 900;
	vm->silent_ms = UINT64_MAX - 4;
	vm->check_ms = 6000;
	vm->lines = (struct store_lines){.count = STORE_LINES_MAX,
		.is_open = true,
		.switched_ms = UINT64_MAX - 2,
		.other_ms = UINT64_MAX - 3,
		.behind = CONTINUITY_RESET_UNDER_GUEST,
		.accepted = {.id = UINT64_MAX - 5, .is_claim = true, .head = UINT64_MAX - 6}};
	memset(vm->lines.behind_reason, 'r', STORE_REASON_SIZE - 1);
	memset(vm->lines.accepted.reason, 'a', STORE_REASON_SIZE - 1);
	for (size_t i = 0; i < STORE_LINES_MAX; i++) {
		struct store_line *line = &vm->lines.items[i];

		*line = (struct store_line){.root = i + 1, .has_returned = i % 2};
		line->tip.id = UINT64_MAX - i;
		memset(line->tip.hash, (int)i, STORE_HASH_SIZE);
		memset(line->boot_id, 'a', sizeof(line->boot_id) - 1);
	}
	/* The store's own: */
	vm->revision = 99;
	memset(&vm->head, 0xff, sizeof(vm->head));
	memset(&vm->tail, 0xff, sizeof(vm->tail));
}

static void check_lines(const struct store_lines *lines, const struct store_lines *want)
{
	assert_int_equal(lines->count, want->count);
	assert_int_equal(lines->is_open, want->is_open);
	assert_true(lines->switched_ms == want->switched_ms);
	assert_true(lines->other_ms == want->other_ms);
	assert_int_equal(lines->behind, want->behind);
	assert_string_equal(lines->behind_reason, want->behind_reason);
	assert_true(lines->accepted.id == want->accepted.id);
	assert_int_equal(lines->accepted.is_claim, want->accepted.is_claim);
	assert_true(lines->accepted.head == want->accepted.head);
	assert_string_equal(lines->accepted.reason, want->accepted.reason);
	for (size_t i = 0; i < want->count; i++) {
		assert_int_equal(lines->items[i].root, want->items[i].root);
		assert_memory_equal(
			&lines->items[i].tip, &want->items[i].tip, sizeof(struct store_link));
		assert_string_equal(lines->items[i].boot_id, want->items[i].boot_id);
		assert_int_equal(lines->items[i].has_returned, want->items[i].has_returned);
	}
}

static void test_vm_comes_back_as_written(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(5000, "one");
	struct store_vm want = {0}, vm;
	uint64_t id;

	order.edit = edit_everything;
	order.is_baseline = true;
	id = fixture_write(fixture, &order, fixture_uuid(1));
	assert_int_equal(order.revision, 0);
	fixture_reopen(fixture);
	vm = fixture_vm(fixture, 1);
	edit_everything(&want);
	assert_int_equal(vm.revision, 1);
	assert_int_equal(vm.enrolment, want.enrolment);
	assert_int_equal(vm.ek_count, 2);
	assert_memory_equal(vm.eks, want.eks, sizeof(vm.eks));
	assert_int_equal(vm.ak_name.len, 34);
	assert_memory_equal(vm.ak_name.data, want.ak_name.data, 34);
	assert_int_equal(vm.status, VERDICT_AFFIRMING);
	assert_int_equal(vm.continuity, want.continuity);
	assert_string_equal(vm.reason, want.reason);
	assert_string_equal(vm.hostname, "web-1");
	assert_int_equal(vm.received_ms, 5000);
	assert_int_equal(vm.reset_count, UINT32_MAX);
	assert_int_equal(vm.restart_count, 7);
	assert_true(vm.clock_ms == UINT64_MAX - 1);
	assert_true(vm.is_safe);
	assert_int_equal(vm.announced, want.announced);
	assert_int_equal(vm.announced_until_ms, 9000);
	assert_int_equal(vm.asked_ms, 8000);
	assert_int_equal(vm.claimed_ms, 7000);
	assert_int_equal(vm.disks_sealed, UINT32_MAX);
	assert_int_equal(vm.disks_failing, 5);
	assert_int_equal(vm.interval_s, UINT32_MAX);
	assert_int_equal(vm.awaited_s, 900);
	assert_true(vm.silent_ms == UINT64_MAX - 4);
	assert_int_equal(vm.check_ms, 6000);
	check_lines(&vm.lines, &want.lines);
	assert_int_equal(vm.head.id, id);
	assert_int_equal(vm.baseline.id, id);
	assert_memory_equal(vm.baseline.hash, vm.head.hash, STORE_HASH_SIZE);
	assert_int_equal(vm.tail.id, 0);
}

static void assert_sender(const struct store_vm *vm, const char *role, const char *name)
{
	assert_string_equal(vm->sender.role, role);
	assert_string_equal(vm->sender.name, name);
}

static bool check_sender(const struct store_vm *vm, void *context)
{
	assert_sender(vm, "agent", "late");
	*(bool *)context = true;
	return true;
}

static struct store_vm shown(struct fixture *fixture)
{
	struct store_vm vm = {0};

	assert_int_equal(store_show_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err), 0);
	return vm;
}

/* Of the newest report, whatever was written since. */
static void test_vm_has_its_last_sender(void **state)
{
	struct fixture *fixture = *state;
	struct order first = order_make(5, "one"), second = order_make(6, "two"),
		     silent = {.is_silent = true};
	struct store_query query = {.limit = 9, .has_status = true, .status = VERDICT_AFFIRMING};
	bool is_seen = false;
	struct store_vm vm;

	fixture_write(fixture, &silent, fixture_uuid(2));
	first.appraisal.sender = (struct store_sender){"host", "early", "192.0.2.1"};
	fixture_write(fixture, &first, fixture_uuid(1));
	vm = shown(fixture);
	assert_sender(&vm, "host", "early");
	second.appraisal.sender = (struct store_sender){"agent", "late", "192.0.2.2"};
	fixture_write(fixture, &second, fixture_uuid(1));
	fixture_write(fixture, &silent, fixture_uuid(1));
	fixture_reopen(fixture);
	vm = shown(fixture);
	assert_sender(&vm, "agent", "late");
	assert_string_equal(vm.sender.address, "192.0.2.2");
	for (int i = 0; i < 3; i++) {
		is_seen = false;
		assert_int_equal(store_list_vms(fixture->store, &query, check_sender, &is_seen,
					 &fixture->err),
			0);
		assert_true(is_seen);
		query.has_status = false;
		snprintf(query.search, sizeof(query.search), "%s", i ? "" : fixture_uuid(1));
	}
}

static bool check_appraisal(const struct store_appraisal *appraisal, void *context)
{
	struct order want = order_make(5000, "exact \x01 bytes");

	assert_string_equal(appraisal->uuid, fixture_uuid(1));
	assert_int_equal(appraisal->received_ms, 5000);
	assert_int_equal(appraisal->event, want.appraisal.event);
	assert_int_equal(appraisal->status, want.appraisal.status);
	assert_int_equal(appraisal->continuity, want.appraisal.continuity);
	assert_string_equal(appraisal->reason, want.appraisal.reason);
	assert_int_equal(appraisal->evidence.len, want.appraisal.evidence.len);
	assert_memory_equal(
		appraisal->evidence.bytes, want.appraisal.evidence.bytes, appraisal->evidence.len);
	assert_int_equal(appraisal->attest.len, 7);
	assert_memory_equal(appraisal->attest.bytes, "att\0est", 7);
	assert_memory_equal(appraisal->signature.bytes, "sig", 3);
	assert_memory_equal(appraisal->nonce.bytes, "nonce", 5);
	assert_memory_equal(appraisal->secret.bytes, "secret", 6);
	assert_int_equal(appraisal->ek.len, 2);
	assert_memory_equal(appraisal->ek.bytes, "ek", 2);
	assert_memory_equal(appraisal->verdict.bytes, "{}", 2);
	assert_string_equal(appraisal->sender.role, "agent");
	assert_string_equal(appraisal->sender.name, "web-1");
	assert_string_equal(appraisal->sender.address, "192.0.2.1");
	assert_int_equal(appraisal->challenged_ms, 4000);
	assert_int_equal(appraisal->prev.id, 0);
	*(bool *)context = true;
	return true;
}

static void test_report_comes_back_as_written(void **state)
{
	struct fixture *fixture = *state;
	uint64_t id = fixture_appraisal(fixture, 1, 5000, "exact \x01 bytes");
	bool is_visited = false;
	int rc;

	rc = store_read_appraisal(fixture->store, id, check_appraisal, &is_visited, &fixture->err);
	assert_int_equal(rc, 0);
	assert_true(is_visited);
	rc = store_read_appraisal(fixture->store, id + 1, check_appraisal, NULL, &fixture->err);
	assert_int_equal(rc, -ERROR_NOT_FOUND);
}

/* The hash is part of what is promised to others: computed here by its description. */
static void check_hash(const char *label, bool has_ek, bool has_sender)
{
	static const uint8_t zeros[STORE_HASH_SIZE];
	struct order order = order_make(0x0102030405060708, "evidence");
	const struct store_appraisal *appraisal = &order.appraisal;
	const struct crypto_bytes fields[] = {{"live-migration", 14}, {"affirming", 9},
		{"continuous", 10}, {"same-tpm", 8}, appraisal->verdict, appraisal->attest,
		appraisal->signature, appraisal->nonce, appraisal->secret, appraisal->ek,
		{"agent", 5}, {"web-1", 5}, {"192.0.2.1", 9}};
	uint8_t digest[TCG_DIGEST_MAX], evidence[TCG_DIGEST_MAX], hash[STORE_HASH_SIZE];
	struct crypto_bytes whole;
	struct error err;
	BUF_SCOPED text = {0};

	if (!has_ek)
		order.appraisal.ek.len = 0;
	if (!has_sender)
		*order.appraisal.sender.address = 0;
	snprintf(order.appraisal.uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(1));
	buf_append(&text, label, 21);
	buf_append(&text, zeros, sizeof(zeros));
	buf_append(&text, appraisal->uuid, 36);
	buf_append(&text, "\1\2\3\4\5\6\7\10", 8);
	for (size_t i = 0; i < (has_sender ? 13U : 9U + has_ek); i++) {
		buf_append_u32be(&text, (uint32_t)fields[i].len);
		buf_append(&text, fields[i].bytes, fields[i].len);
	}
	if (has_sender)
		buf_append(&text, "\0\0\0\0\0\0\x0f\xa0", 8);
	crypto_digest(TCG_ALG_SHA256, &appraisal->evidence, 1, evidence, &err);
	buf_append(&text, evidence, 32);
	whole = (struct crypto_bytes){text.data, text.len};
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &whole, 1, digest, &err), 0);
	assert_int_equal(store_appraisal_hash(appraisal, hash, &err), 0);
	assert_memory_equal(hash, digest, sizeof(hash));
}

static void test_hash_is_as_described(void **state)
{
	(void)state;
	check_hash("vtpm-store-report-v1", false, false);
	check_hash("vtpm-store-report-v2", true, false);
	check_hash("vtpm-store-report-v3", true, true);
}

static void test_unknown_is_not_found(void **state)
{
	struct fixture *fixture = *state;
	struct order silent = {.is_silent = true};
	struct store_vm vm;

	fixture_write(fixture, &silent, fixture_uuid(1));
	assert_int_equal(store_read_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err),
		-ERROR_NOT_FOUND);
	assert_int_equal(store_read_vm(fixture->store, "1; DROP TABLE vms", &vm, &fixture->err),
		-ERROR_INTERNAL);
}

static void test_items_of_a_batch_see_one_another(void **state)
{
	struct fixture *fixture = *state;
	struct order orders[4] = {
		order_make(1, "a"), order_make(2, "b"), order_make(3, "c"), order_make(4, "d")};
	static const unsigned int vms[4] = {2, 1, 2, 1};
	struct store_item items[4];
	struct store_batch batch = {.items = items, .item_count = 4};
	struct whole_check check;

	for (size_t i = 0; i < 4; i++)
		items[i] = order_item(&orders[i], fixture_uuid(vms[i]));
	orders[0].is_baseline = true;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(orders[2].revision, 1);
	assert_int_equal(orders[2].head.id, items[0].written.id);
	assert_true(orders[2].saw_baseline);
	assert_string_equal(orders[2].baseline, "a");
	assert_false(orders[3].saw_baseline);
	assert_string_equal(fixture_timeline(fixture, 2, 0, 10), "c,a");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "d,b");
	assert_int_equal(fixture_vm(fixture, 2).revision, 2);
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.vms, 2);
	assert_int_equal(check.appraisals, 4);
}

static void test_key_is_shared(void **state)
{
	struct fixture *fixture = *state;
	uint8_t first[STORE_KEY_SIZE], second[STORE_KEY_SIZE];

	memset(first, 1, sizeof(first));
	memset(second, 2, sizeof(second));
	assert_int_equal(store_share_key(fixture->store, first, &fixture->err), 0);
	assert_int_equal(first[STORE_KEY_SIZE - 1], 1);
	fixture_reopen(fixture);
	assert_int_equal(store_share_key(fixture->store, second, &fixture->err), 0);
	assert_memory_equal(first, second, sizeof(first));
}

static void *write_many(void *context)
{
	struct fixture *fixture = context;
	struct error err;

	for (unsigned int i = 0; i < 50; i++) {
		struct order order = order_make(1, "x");
		struct store_item item = order_item(&order, "00000000-0000-4000-8000-000000000001");
		struct store_batch batch = {.items = &item, .item_count = 1};
		struct whole_check check;

		if (store_write(fixture->store, &batch, &err))
			return context;
		if (i % 10 != 0)
			continue;
		if (whole_verify(fixture->store, item.uuid, &check, &err) || check.faults)
			return context;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct fixture *fixture = *state;
	struct whole_check check;
	pthread_t threads[3];
	void *failed;

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, fixture), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(fixture_vm(fixture, 1).revision, 150);
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_as_described),
		ON_EACH(test_vm_comes_back_as_written),
		ON_EACH(test_vm_has_its_last_sender),
		ON_EACH(test_report_comes_back_as_written),
		ON_EACH(test_unknown_is_not_found),
		ON_EACH(test_items_of_a_batch_see_one_another),
		ON_EACH(test_key_is_shared),
		ON_EACH(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
