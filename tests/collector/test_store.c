/* SPDX-License-Identifier: BSD-2-Clause */
/* What every implementation of a store must do: each test runs on each of them. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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
	vm->lines = (struct store_lines){.count = STORE_LINES_MAX,
		.is_open = true,
		.switched_ms = UINT64_MAX - 2,
		.other_ms = UINT64_MAX - 3,
		.behind = CONTINUITY_RESET_UNDER_GUEST};
	memset(vm->lines.behind_reason, 'r', STORE_REASON_SIZE - 1);
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

static struct store_challenge make_challenge(uint8_t number)
{
	/* The last two bits of the number: minutes. */
	struct store_challenge challenge = {.expires_ms = UINT64_C(60000) * (1U + number / 64U)};

	memset(challenge.id, number, sizeof(challenge.id));
	return challenge;
}

static enum store_spend spend(struct fixture *fixture, uint8_t number, uint64_t now_ms)
{
	struct order order = order_make(now_ms, "x");
	struct store_item item = order_item(&order, fixture_uuid(1));
	struct store_batch batch = {.items = &item, .item_count = 1, .now_ms = now_ms};

	order.needs_spend = true;
	item.has_challenge = true;
	item.challenge = make_challenge(number);
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(item.spend, order.spend);
	assert_int_equal(item.written.id != 0, item.spend == STORE_SPEND_DONE);
	return item.spend;
}

static void test_challenge_is_spent_once(void **state)
{
	struct fixture *fixture = *state;
	size_t deleted;
	int rc;

	assert_int_equal(spend(fixture, 1, 59999), STORE_SPEND_DONE);
	fixture_reopen(fixture);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	assert_int_equal(spend(fixture, 2, 60000), STORE_SPEND_EXPIRED);
	assert_int_equal(spend(fixture, 2, 100), STORE_SPEND_DONE);
	rc = store_expire_challenges(fixture->store, 60000, 10, &deleted, &fixture->err);
	assert_int_equal(rc, 0);
	assert_int_equal(deleted, 0);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	/* Whatever the clock says, nothing is forgotten that could be good by the last one's. */
	assert_int_equal(spend(fixture, 64, 100), STORE_SPEND_DONE);
	store_expire_challenges(fixture->store, 10000000, 10, &deleted, &fixture->err);
	assert_int_equal(deleted, 0);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	assert_int_equal(spend(fixture, 128, 100), STORE_SPEND_DONE);
	store_expire_challenges(fixture->store, 60001, 1, &deleted, &fixture->err);
	assert_int_equal(deleted, 1);
	store_expire_challenges(fixture->store, 60001, 9, &deleted, &fixture->err);
	assert_int_equal(deleted, 1);
	store_expire_challenges(fixture->store, 10000000, 9, &deleted, &fixture->err);
	assert_int_equal(deleted, 0);
	/* Forgotten, but for the clock it is over. */
	assert_int_equal(spend(fixture, 1, 60001), STORE_SPEND_EXPIRED);
}

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* An older copy of the store: what the lost one may have given is passed over. */
static void test_lost_numbers_are_passed_over(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t epoch = UINT64_C(1) << 32;
	struct whole_check check;

	assert_int_equal(store_lost_number(fixture->store), 0);
	assert_int_equal(fixture_appraisal(fixture, 1, 1, "a"), 1);
	store_note_lost(fixture->store, 7);
	store_note_lost(fixture->store, 3);
	assert_int_equal(store_lost_number(fixture->store), 7);
	assert_int_equal(fixture_appraisal(fixture, 1, 2, "b"), epoch);
	assert_int_equal(fixture_appraisal(fixture, 2, 3, "c"), epoch + 1);
	store_note_lost(fixture->store, epoch + 5);
	assert_int_equal(fixture_appraisal(fixture, 1, 4, "d"), 2 * epoch);
	fixture_reopen(fixture);
	assert_int_equal(fixture_appraisal(fixture, 1, 5, "e"), 2 * epoch + 1);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "e,d,b,a");
	assert_int_equal(fixture_faults(fixture, &check), 0);
}

/* The clock was ahead by an hour when the challenge was spent, and was set right since. */
static void test_clock_never_goes_back(void **state)
{
	struct fixture *fixture = *state;
	uint64_t wall_ms = wall_clock(), ahead_ms = wall_ms + 3600000;
	struct order order = order_make(1, "x");
	struct store_item item = order_item(&order, fixture_uuid(1));
	struct store_batch batch = {.items = &item, .item_count = 1, .now_ms = ahead_ms};

	assert_true(store_clock_ms(fixture->store) + 1000 > wall_ms);
	assert_true(store_clock_ms(fixture->store) < wall_ms + 60000);
	item.has_challenge = true;
	item.challenge.expires_ms = ahead_ms + STORE_CHALLENGE_MS;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	if (!*fixture->folder)
		return; /* what is in memory ends with its clock */
	fixture_reopen(fixture);
	assert_true(store_clock_ms(fixture->store) >= ahead_ms);
	assert_true(store_clock_ms(fixture->store) < ahead_ms + 60000);
}

/* The same number again is another challenge when it expires at another time. */
static void test_challenges_are_told_apart(void **state)
{
	struct fixture *fixture = *state;
	struct order orders[3] = {order_make(1, "a"), order_make(2, "b"), order_make(3, "c")};
	struct store_item items[3];
	struct store_batch batch = {.items = items, .item_count = 3};

	for (size_t i = 0; i < 3; i++) {
		items[i] = order_item(&orders[i], fixture_uuid(1));
		items[i].has_challenge = orders[i].needs_spend = true;
		items[i].challenge = make_challenge(1);
	}
	items[2].challenge.expires_ms++;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(items[0].spend, STORE_SPEND_DONE);
	assert_int_equal(items[1].spend, STORE_SPEND_AGAIN);
	assert_int_equal(items[2].spend, STORE_SPEND_DONE);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "c,a");
}

/* A batch that fails leaves nothing: no report, no spent challenge. */
static void test_batch_is_all_or_nothing(void **state)
{
	static uint8_t large[EVIDENCE_MAX_BYTES + 1];
	struct fixture *fixture = *state;
	struct order orders[2] = {order_make(1, "a"), order_make(2, "b")};
	struct store_item items[2] = {
		order_item(&orders[0], fixture_uuid(1)), order_item(&orders[1], fixture_uuid(2))};
	struct store_batch batch = {.items = items, .item_count = 2};
	struct store_vm vm;

	items[0].has_challenge = true;
	items[0].challenge = make_challenge(1);
	orders[1].appraisal.evidence = (struct crypto_bytes){large, sizeof(large)};
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_TOO_LARGE);
	assert_int_equal(store_read_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err),
		-ERROR_NOT_FOUND);
	assert_int_equal(spend(fixture, 1, 5), STORE_SPEND_DONE);
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

static bool append_uuid(const struct store_vm *vm, void *context)
{
	buf_printf(context, "%s,", vm->uuid + 34);
	return true;
}

static void test_list_pages_and_filters(void **state)
{
	struct fixture *fixture = *state;
	struct store_query query = {.limit = 4};
	BUF_SCOPED text = {0};

	for (unsigned int i = 9; i >= 1; i--) {
		struct order order = order_make(1, "x");

		order.appraisal.status = i % 2 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	for (unsigned int after = 0; after < 12; after += 4) {
		snprintf(query.after, sizeof(query.after), "%s", after ? fixture_uuid(after) : "");
		assert_int_equal(
			store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
			0);
		buf_append_text(&text, ";");
	}
	query = (struct store_query){
		.has_status = true, .status = VERDICT_CONTRAINDICATED, .limit = 2};
	snprintf(query.after, sizeof(query.after), "%s", fixture_uuid(2));
	store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err);
	assert_string_equal((char *)text.data, "01,02,03,04,;05,06,07,08,;09,;04,06,");
	query.limit = 0;
	assert_int_equal(store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
		-ERROR_INTERNAL);
}

static void name_host(struct store_vm *vm)
{
	snprintf(vm->hostname, sizeof(vm->hostname), "Web-%s", vm->uuid + 35);
}

static void test_list_searches(void **state)
{
	static const struct {
		const char *search, *after, *found;
		bool has_status;
	} cases[] = {
		{"web-1", "", "01,11,", false},
		{"00000000-0000-4000-8000-00000000001", "", "10,11,12,", false},
		{"0000-4000", "", "", false},
		{"eb-1", "00000000-0000-4000-8000-000000000001", "11,", false},
		{"web-", "", "02,04,06,08,10,12,", true},
		{"%", "", "", false},
		{"' or 1=1 --", "", "", false},
	};
	struct fixture *fixture = *state;

	for (unsigned int i = 1; i <= 12; i++) {
		struct order order = order_make(1, "x");

		order.edit = name_host;
		order.appraisal.status = i % 2 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query query = {.limit = 100,
			.has_status = cases[i].has_status,
			.status = VERDICT_CONTRAINDICATED};
		BUF_SCOPED text = {0};

		snprintf(query.search, sizeof(query.search), "%s", cases[i].search);
		snprintf(query.after, sizeof(query.after), "%s", cases[i].after);
		assert_int_equal(
			store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
			0);
		assert_string_equal(text.data ? (char *)text.data : "", cases[i].found);
	}
}

static void test_counts(void **state)
{
	struct fixture *fixture = *state;
	struct store_counts counts;

	for (unsigned int i = 1; i <= 5; i++) {
		struct order order = order_make(1, "x");

		order.appraisal.status = i < 4 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		order.edit = i == 5 ? edit_everything : NULL;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	assert_int_equal(store_count_vms(fixture->store, &counts, &fixture->err), 0);
	assert_int_equal(counts.vms[VERDICT_AFFIRMING][fixture_vm(fixture, 1).continuity], 3);
	assert_int_equal(counts.vms[VERDICT_CONTRAINDICATED][CONTINUITY_ROLLED_BACK], 1);
	assert_int_equal(counts.vms[VERDICT_WARNING][CONTINUITY_ROLLED_BACK], 0);
}

static bool append_evidence(const struct store_appraisal *appraisal, void *context)
{
	buf_printf(context, "%s:%.*s,", appraisal->uuid + 34, (int)appraisal->evidence.len,
		(const char *)appraisal->evidence.bytes);
	return true;
}

static void test_reports_of_all(void **state)
{
	struct fixture *fixture = *state;
	uint64_t first = fixture_appraisal(fixture, 1, 1, "a");
	BUF_SCOPED text = {0};

	fixture_appraisal(fixture, 2, 2, "b");
	fixture_appraisal(fixture, 1, 3, "c");
	fixture_appraisal(fixture, 3, 4, "d");
	assert_int_equal(
		store_list_appraisals(fixture->store, 0, 2, append_evidence, &text, &fixture->err),
		0);
	buf_append_text(&text, ";");
	assert_int_equal(store_list_appraisals(
				 fixture->store, first, 9, append_evidence, &text, &fixture->err),
		0);
	assert_string_equal((char *)text.data, "01:a,02:b,;02:b,01:c,03:d,");
	assert_int_equal(store_list_appraisals(fixture->store, first, STORE_BATCH_MAX + 1,
				 append_evidence, &text, &fixture->err),
		-ERROR_TOO_LARGE);
}

static void test_timeline_walks_one_vm(void **state)
{
	struct fixture *fixture = *state;
	uint64_t second;

	fixture_appraisal(fixture, 1, 1, "a");
	fixture_appraisal(fixture, 2, 2, "other");
	second = fixture_appraisal(fixture, 1, 3, "b");
	fixture_appraisal(fixture, 1, 4, "c");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "c,b,a");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 2), "c,b");
	assert_string_equal(fixture_timeline(fixture, 1, second, 10), "b,a");
	assert_string_equal(fixture_timeline(fixture, 2, second, 10), "");
}

static bool append_audit(const struct store_audit *audit, void *context)
{
	buf_printf(context, "%s %s %s %s %d;", audit->action, audit->actor,
		*audit->uuid ? audit->uuid + 34 : "-", audit->detail, (int)audit->at_ms);
	return true;
}

static void test_audit(void **state)
{
	struct fixture *fixture = *state;
	struct order trust = {.is_silent = true,
		.audit = {.action = "trust-ca", .actor = "admin", .detail = "x'y\"", .at_ms = 5}};
	struct order accept = {.is_silent = true,
		.audit = {.action = "accept", .actor = "bob", .detail = "new EK", .at_ms = 6}};
	struct whole_check check;
	BUF_SCOPED text = {0};

	snprintf(accept.audit.uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(3));
	fixture_write(fixture, &trust, "");
	fixture_write(fixture, &accept, fixture_uuid(3));
	store_list_audit(fixture->store, 0, 10, append_audit, &text, &fixture->err);
	store_list_audit(fixture->store, 1, 10, append_audit, &text, &fixture->err);
	assert_string_equal((char *)text.data,
		"trust-ca admin - x'y\" 5;accept bob 03 new EK 6;accept bob 03 new EK 6;");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.events, 2);
	trust.edit = edit_everything;
	assert_int_equal(store_write(fixture->store,
				 &(struct store_batch){
					 .items = (struct store_item[]){order_item(&trust, "")},
					 .item_count = 1},
				 &fixture->err),
		-ERROR_INTERNAL);
}

static size_t expire_all(struct fixture *fixture, uint64_t before_ms, size_t limit)
{
	uint64_t cursor = 0;
	size_t deleted, sum = 0;

	do {
		int rc = store_expire_appraisals(
			fixture->store, before_ms, limit, &cursor, &deleted, &fixture->err);

		assert_int_equal(rc, 0);
		sum += deleted;
	} while (cursor);
	return sum;
}

static void test_retention_keeps_chain_head_and_baseline(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(1, "a");
	struct whole_check check;

	order.is_baseline = true;
	fixture_write(fixture, &order, fixture_uuid(1));
	fixture_appraisal(fixture, 2, 2, "old");
	fixture_appraisal(fixture, 1, 3, "b");
	fixture_appraisal(fixture, 1, 4, "c");
	fixture_appraisal(fixture, 1, 10, "d");
	/* The clock was set back: what came behind a younger one stays with it. */
	fixture_appraisal(fixture, 1, 5, "e");
	fixture_appraisal(fixture, 1, 11, "f");
	assert_int_equal(expire_all(fixture, 9, 2), 2);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "f,e,d");
	assert_string_equal(fixture_timeline(fixture, 2, 0, 10), "old");
	order = (struct order){.is_silent = true};
	fixture_write(fixture, &order, fixture_uuid(1));
	assert_string_equal(order.baseline, "a");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 4);
	assert_int_equal(expire_all(fixture, 9, 100), 0);
	/* With another baseline, the former one may go; then everything but the heads. */
	order = order_make(12, "g");
	order.is_baseline = true;
	fixture_write(fixture, &order, fixture_uuid(1));
	assert_int_equal(expire_all(fixture, 9, 3), 1);
	assert_int_equal(expire_all(fixture, 1000, 3), 3);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "g");
	fixture_appraisal(fixture, 1, 13, "h");
	fixture_reopen(fixture);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "h,g");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 3);
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

/* --- VMs' tokens --- */

#define TOKENS 3

struct tokening {
	struct store_token tokens[TOKENS];
	size_t count;
	uint64_t revokes;
	struct store_audit audit;
};

static void judge_tokens(struct store_change *change, void *context)
{
	struct tokening *tokening = context;

	change->tokens = tokening->tokens;
	change->token_count = tokening->count;
	change->revokes = tokening->revokes;
	change->audit = &tokening->audit;
}

static void write_tokens(struct fixture *fixture, struct tokening *tokening)
{
	struct store_item item = {.judge = judge_tokens, .context = tokening};
	struct store_batch batch = {.items = &item, .item_count = 1};

	snprintf(tokening->audit.action, sizeof(tokening->audit.action), "token");
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
}

static bool print_token(const struct store_token *token, void *context)
{
	buf_printf(context, "%llu:%c@%llu,", (unsigned long long)token->id,
		token->uuid[TEXT_UUID_SIZE - 2], (unsigned long long)token->made_ms);
	return true;
}

static void assert_tokens(
	struct fixture *fixture, const char *uuid, uint64_t after, size_t limit, const char *want)
{
	BUF_SCOPED text = {0};

	assert_int_equal(store_list_tokens(fixture->store, uuid, after, limit, print_token, &text,
				 &fixture->err),
		0);
	buf_append(&text, "", 1);
	assert_string_equal((const char *)text.data, want);
}

static bool count_events(const struct store_audit *audit, void *context)
{
	buf_printf(context, "%s%c,", audit->action,
		*audit->uuid ? audit->uuid[TEXT_UUID_SIZE - 2] : '-');
	return true;
}

static void test_tokens(void **state)
{
	struct fixture *fixture = *state;
	struct tokening tokening = {.count = TOKENS};
	uint8_t digest[STORE_HASH_SIZE] = {0};
	struct store_token token = {.made_ms = 4711};
	BUF_SCOPED events = {0};

	for (unsigned i = 0; i < TOKENS; i++) {
		tokening.tokens[i].made_ms = 100 + i;
		tokening.tokens[i].digest[0] = (uint8_t)(i + 1);
		snprintf(tokening.tokens[i].uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(1 + i / 2));
	}
	write_tokens(fixture, &tokening);
	assert_tokens(fixture, "", 0, 9, "1:1@100,2:1@101,3:2@102,");
	assert_tokens(fixture, "", 1, 1, "2:1@101,");
	assert_tokens(fixture, fixture_uuid(1), 0, 9, "1:1@100,2:1@101,");
	assert_tokens(fixture, fixture_uuid(3), 0, 9, "");
	digest[0] = 2;
	assert_int_equal(store_find_token(fixture->store, digest, &token, &fixture->err), 0);
	assert_int_equal(token.id, 2);
	assert_string_equal(token.uuid, fixture_uuid(1));
	tokening = (struct tokening){.revokes = 2};
	write_tokens(fixture, &tokening);
	token.made_ms = 4711;
	assert_int_equal(store_find_token(fixture->store, digest, &token, &fixture->err),
		-(int)ERROR_NOT_FOUND);
	assert_int_equal(token.made_ms, 4711);
	assert_tokens(fixture, "", 0, 9, "1:1@100,3:2@102,");
	store_list_audit(fixture->store, 0, 9, count_events, &events, &fixture->err);
	buf_append(&events, "", 1);
	assert_string_equal((const char *)events.data, "token1,token1,token2,token-,");
	tokening = (struct tokening){.count = 1, .tokens = {{.digest = {9}}}};
	snprintf(tokening.tokens[0].uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(3));
	write_tokens(fixture, &tokening);
	assert_tokens(fixture, "", 3, 9, "4:3@0,");
}

/* --- claims --- */

struct claiming {
	struct store_claim claim; /* none where it has no sender's address */
	bool drops;
};

static void judge_claim(struct store_change *change, void *context)
{
	const struct claiming *claiming = context;

	change->claim = *claiming->claim.sender.address ? &claiming->claim : NULL;
	change->drops_claims = claiming->drops;
	change->writes_vm = true;
}

static struct claiming make_claim(const char *name, const char *address, uint64_t ms)
{
	struct claiming claiming = {.claim = {.received_ms = ms,
					    .challenged_ms = ms - 1,
					    .continuity = CONTINUITY_REPLACED,
					    .reason = "ek-changed",
					    .hostname = "web-9",
					    .has_ek = true,
					    .ak_name = {.len = 34}}};

	memset(claiming.claim.ek, 0x77, STORE_HASH_SIZE);
	memset(claiming.claim.ak_name.data, 0x88, 34);
	snprintf(claiming.claim.sender.role, 8, "%s", *name ? "agent" : "");
	snprintf(claiming.claim.sender.name, 64, "%s", name);
	snprintf(claiming.claim.sender.address, 64, "%s", address);
	return claiming;
}

static uint64_t write_claim(struct fixture *fixture, unsigned int vm, struct claiming *claiming)
{
	struct store_item item = {.judge = judge_claim, .context = claiming};
	struct store_batch batch = {.items = &item, .item_count = 1};

	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(vm));
	if (store_write(fixture->store, &batch, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return item.claimed;
}

static uint64_t claim(struct fixture *fixture, unsigned int vm, const char *name,
	const char *address, uint64_t ms)
{
	struct claiming claiming = make_claim(name, address, ms);

	return write_claim(fixture, vm, &claiming);
}

static bool print_claim(const struct store_claim *claim, void *context)
{
	buf_printf(context, "%s%s@%s:%d,", claim->sender.role, claim->sender.name,
		claim->sender.address, (int)claim->received_ms);
	return true;
}

static void assert_claims(struct fixture *fixture, unsigned int vm, const char *want)
{
	BUF_SCOPED text = {0};

	buf_append_text(&text, "");
	assert_int_equal(store_list_claims(fixture->store, fixture_uuid(vm), print_claim, &text,
				 &fixture->err),
		0);
	assert_string_equal(text.data ? (char *)text.data : "", want);
}

static bool check_claim(const struct store_claim *kept, void *context)
{
	const struct claiming want = make_claim("web-1", "192.0.2.1", 500);

	assert_string_equal(kept->uuid, fixture_uuid(1));
	assert_int_equal(kept->challenged_ms, 499);
	assert_int_equal(kept->continuity, CONTINUITY_REPLACED);
	assert_string_equal(kept->reason, "ek-changed");
	assert_string_equal(kept->hostname, "web-9");
	assert_true(kept->has_ek);
	assert_memory_equal(kept->ek, want.claim.ek, STORE_HASH_SIZE);
	assert_int_equal(kept->ak_name.len, 34);
	assert_memory_equal(kept->ak_name.data, want.claim.ak_name.data, 34);
	*(uint64_t *)context = kept->id;
	return true;
}

/* They are no reports, and none of what is shown of the VM. */
static void test_claims_are_kept_apart(void **state)
{
	struct fixture *fixture = *state;
	uint64_t id = 0, report = fixture_appraisal(fixture, 1, 5, "one");
	struct claiming none = {0};

	assert_int_equal(claim(fixture, 1, "web-1", "192.0.2.1", 500), 1);
	fixture_reopen(fixture);
	store_list_claims(fixture->store, fixture_uuid(1), check_claim, &id, &fixture->err);
	assert_int_equal(id, 1);
	assert_int_equal(fixture_vm(fixture, 1).head.id, report);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "one");
	assert_int_equal(write_claim(fixture, 1, &none), 0);
	assert_claims(fixture, 1, "agentweb-1@192.0.2.1:500,");
	assert_claims(fixture, 2, "");
}

static void assert_new_claims(
	struct fixture *fixture, uint64_t after, size_t limit, const char *want)
{
	BUF_SCOPED text = {0};

	assert_int_equal(store_list_new_claims(
				 fixture->store, after, limit, print_claim, &text, &fixture->err),
		0);
	assert_string_equal(text.data ? (char *)text.data : "", want);
}

/* In the order in which their numbers were given, which the same claim keeps. */
static void test_claims_of_all(void **state)
{
	struct fixture *fixture = *state;
	uint64_t first, second, id = 0;

	fixture_appraisal(fixture, 1, 5, "one");
	fixture_appraisal(fixture, 2, 5, "two");
	assert_new_claims(fixture, 0, 9, "");
	first = claim(fixture, 1, "web-1", "192.0.2.1", 500);
	assert_int_equal(
		store_list_new_claims(fixture->store, 0, 9, check_claim, &id, &fixture->err), 0);
	assert_int_equal(id, first);
	second = claim(fixture, 2, "", "192.0.2.2", 11);
	claim(fixture, 1, "", "192.0.2.3", 12);
	assert_int_equal(claim(fixture, 1, "web-1", "192.0.2.1", 13), first);
	fixture_reopen(fixture);
	assert_new_claims(fixture, 0, 9, "agentweb-1@192.0.2.1:13,@192.0.2.2:11,@192.0.2.3:12,");
	assert_new_claims(fixture, first, 1, "@192.0.2.2:11,");
	assert_new_claims(fixture, second, 9, "@192.0.2.3:12,");
	assert_new_claims(fixture, second + 1, 9, "");
}

/* The newest of each VM and sender; one credential at two addresses are two. Who comes later pushes
 * nobody out but who came last. Numbers are never given again. */
static void test_claims_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct claiming settled = {.drops = true}, other = make_claim("a", "192.0.2.1", 17);
	size_t deleted = 0;
	uint64_t last, first;

	fixture_appraisal(fixture, 1, 5, "one");
	fixture_appraisal(fixture, 2, 5, "two");
	first = claim(fixture, 1, "a", "192.0.2.1", 10);
	claim(fixture, 1, "", "192.0.2.1", 11);
	claim(fixture, 1, "", "192.0.2.2", 12);
	claim(fixture, 2, "a", "192.0.2.1", 13);
	claim(fixture, 1, "a", "192.0.2.9", 14);
	claim(fixture, 1, "", "192.0.2.1", 15);
	assert_claims(
		fixture, 1, "agenta@192.0.2.9:14,@192.0.2.2:12,@192.0.2.1:15,agenta@192.0.2.1:10,");
	assert_int_equal(claim(fixture, 1, "a", "192.0.2.1", 16), first);
	assert_claims(fixture, 2, "agenta@192.0.2.1:13,");
	for (unsigned i = 0; i < 2 * STORE_CLAIMS_MAX; i++) {
		char address[32];

		snprintf(address, sizeof(address), "192.0.2.%u", 100 + i);
		last = claim(fixture, 1, "", address, 100 + i);
	}
	assert_claims(fixture, 1,
		"@192.0.2.115:115,@192.0.2.102:102,@192.0.2.101:101,@192.0.2.100:100,"
		"agenta@192.0.2.9:14,@192.0.2.2:12,@192.0.2.1:15,agenta@192.0.2.1:16,");
	assert_claims(fixture, 2, "agenta@192.0.2.1:13,");
	assert_int_equal(store_expire_claims(fixture->store, 16, 512, &deleted, &fixture->err), 0);
	assert_int_equal(deleted, 4);
	assert_claims(fixture, 1,
		"@192.0.2.115:115,@192.0.2.102:102,@192.0.2.101:101,@192.0.2.100:100,"
		"agenta@192.0.2.1:16,");
	/* Other keys are another claim, and a credential of this VM is one sender everywhere. */
	other.claim.ek[0]++;
	assert_true(write_claim(fixture, 1, &other) > last);
	other.claim.has_authority = true;
	snprintf(other.claim.sender.address, 64, "%s", "192.0.2.7");
	write_claim(fixture, 1, &other);
	assert_claims(fixture, 1,
		"agenta@192.0.2.7:17,@192.0.2.115:115,@192.0.2.102:102,@192.0.2.101:101,"
		"@192.0.2.100:100,");
	assert_claims(fixture, 2, "");
	write_claim(fixture, 1, &settled);
	assert_claims(fixture, 1, "");
	assert_true(claim(fixture, 1, "", "192.0.2.1", 200) > last);
}

static void test_claims_of_no_vm(void **state)
{
	struct fixture *fixture = *state;
	struct claiming claiming = make_claim("", "192.0.2.1", 1);
	struct store_item item = {.judge = judge_claim, .context = &claiming};
	struct store_batch batch = {.items = &item, .item_count = 1};

	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(1));
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_INTERNAL);
	assert_claims(fixture, 1, "");
}

static void be_pending(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_PENDING;
	vm->seen_ms += 100;
	vm->pending_bytes = 3;
}

static uint64_t write_pending(struct fixture *fixture, unsigned int vm, const char *evidence)
{
	struct order order = order_make(5, evidence);

	order.edit = be_pending;
	order.drops = true;
	return fixture_write(fixture, &order, fixture_uuid(vm));
}

/* The chain goes on: what was dropped is its tail. */
static void test_reports_that_take_the_place_of_others(void **state)
{
	struct fixture *fixture = *state;
	struct whole_check check;
	struct store_room room;
	uint64_t first = write_pending(fixture, 1, "one"), second;

	write_pending(fixture, 2, "two");
	second = write_pending(fixture, 1, "three");
	write_pending(fixture, 1, "four");
	fixture_reopen(fixture);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "four");
	assert_string_equal(fixture_timeline(fixture, 2, 0, 9), "two");
	assert_int_equal(fixture_vm(fixture, 1).tail.id, second);
	assert_true(second > first);
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(store_read_room(fixture->store, &room, &fixture->err), 0);
	assert_int_equal(room.pending, 2);
	assert_int_equal(room.pending_bytes, 6);
}

static void test_pending_vms_are_forgotten(void **state)
{
	struct fixture *fixture = *state;
	struct whole_check check;
	struct store_room room;
	struct store_vm vm;
	size_t deleted = 9;

	write_pending(fixture, 1, "one");
	claim(fixture, 1, "", "192.0.2.1", 10);
	write_pending(fixture, 2, "two");
	write_pending(fixture, 2, "three"); /* seen at 200 */
	fixture_appraisal(fixture, 3, 5, "kept");
	assert_int_equal(
		store_expire_pending(fixture->store, 150, 512, &deleted, &fixture->err), 0);
	assert_int_equal(deleted, 1);
	assert_int_equal(store_read_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err),
		-ERROR_NOT_FOUND);
	assert_claims(fixture, 1, "");
	assert_string_equal(fixture_timeline(fixture, 2, 0, 9), "three");
	assert_string_equal(fixture_timeline(fixture, 3, 0, 9), "kept");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(store_read_room(fixture->store, &room, &fixture->err), 0);
	assert_int_equal(room.pending, 1);
	assert_int_equal(
		store_expire_pending(fixture->store, 150, 512, &deleted, &fixture->err), 0);
	assert_int_equal(deleted, 0);
	/* It may come again. */
	write_pending(fixture, 1, "again");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "again");
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
		ON_EACH(test_challenge_is_spent_once),
		ON_EACH(test_clock_never_goes_back),
		ON_EACH(test_lost_numbers_are_passed_over),
		ON_EACH(test_challenges_are_told_apart),
		ON_EACH(test_batch_is_all_or_nothing),
		ON_EACH(test_list_pages_and_filters),
		ON_EACH(test_list_searches),
		ON_EACH(test_counts),
		ON_EACH(test_reports_of_all),
		ON_EACH(test_timeline_walks_one_vm),
		ON_EACH(test_audit),
		ON_EACH(test_tokens),
		ON_EACH(test_claims_are_kept_apart),
		ON_EACH(test_claims_of_all),
		ON_EACH(test_claims_are_bounded),
		ON_EACH(test_claims_of_no_vm),
		ON_EACH(test_reports_that_take_the_place_of_others),
		ON_EACH(test_pending_vms_are_forgotten),
		ON_EACH(test_retention_keeps_chain_head_and_baseline),
		ON_EACH(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
