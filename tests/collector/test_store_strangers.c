/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store keeps of strangers: claims, and VMs that nobody has accepted. */
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

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
	other.claim.is_bound = true;
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

/* One sender is one credential in one network, a host's credential too: many hosts may share it. */
static void test_one_sender(void **state)
{
	static const struct {
		const char *role, *name, *address;
		bool is_bound, is_same;
	} rows[] = {
		{"agent", "web-1", "2001:db8:1:2::7", false, true},
		{"agent", "web-1", "2001:db8:1:3::7", false, false},
		{"agent", "web-1", "2001:db8:1:3::7", true, true},
		{"agent", "web-2", "2001:db8:1:2::7", true, false},
		{"host", "web-1", "2001:db8:1:2::7", false, false},
		{"", "", "2001:db8:1:2::7", false, false},
	};
	struct fixture *fixture = *state;

	fixture_appraisal(fixture, 1, 5, "one");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct claiming settled = {.drops = true},
				next = make_claim(rows[i].name, rows[i].address, 12);
		uint64_t first;

		write_claim(fixture, 1, &settled);
		first = claim(fixture, 1, "web-1", "2001:db8:1:2::1", 11);
		next.claim.is_bound = rows[i].is_bound;
		snprintf(next.claim.sender.role, 8, "%s", rows[i].role);
		if ((write_claim(fixture, 1, &next) == first) != rows[i].is_same)
			fail_msg("row %zu: number %d", i, (int)first);
	}
	assert_claims(fixture, 1, "@2001:db8:1:2::7:12,agentweb-1@2001:db8:1:2::1:11,");
}

/* Of one sender in one batch the same. */
static void test_claims_in_one_batch(void **state)
{
	struct fixture *fixture = *state;
	struct claiming claims[] = {make_claim("a", "192.0.2.1", 10),
		make_claim("a", "192.0.2.1", 11), {.drops = true}, make_claim("a", "192.0.2.1", 12),
		make_claim("b", "::ffff:192.0.2.1", 13), make_claim("b", "192.0.2.1", 14)};
	struct store_item items[COUNT(claims)] = {0};
	struct store_batch batch = {.items = items, .item_count = COUNT(items)};
	uint64_t last = 9;

	assert_int_equal(store_read_last_claim(fixture->store, &last, &fixture->err), 0);
	assert_int_equal(last, 0);
	fixture_appraisal(fixture, 1, 5, "one");
	for (size_t i = 0; i < COUNT(items); i++) {
		items[i].judge = judge_claim;
		items[i].context = &claims[i];
		snprintf(items[i].uuid, sizeof(items[i].uuid), "%s", fixture_uuid(1));
	}
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(items[1].claimed, items[0].claimed);
	assert_true(items[3].claimed > items[0].claimed);
	assert_int_equal(items[5].claimed, items[4].claimed);
	assert_claims(fixture, 1, "agentb@192.0.2.1:14,agenta@192.0.2.1:12,");
	assert_int_equal(store_read_last_claim(fixture->store, &last, &fixture->err), 0);
	assert_int_equal(last, items[5].claimed);
	write_claim(fixture, 1, &claims[2]);
	fixture_reopen(fixture);
	assert_int_equal(store_read_last_claim(fixture->store, &last, &fixture->err), 0);
	assert_int_equal(last, items[5].claimed);
}

static void take_key(struct store_vm *vm)
{
	vm->ek_count = 1;
	memset(vm->eks[0], 0x77, STORE_HASH_SIZE);
}

static void have_other_keys(struct store_vm *vm)
{
	vm->ek_count = 1;
	memset(vm->eks[0], 0x55, STORE_HASH_SIZE);
	vm->ak_name = (struct evidence_name){.len = 34, .data = {0x99}};
}

static bool take_owner(const struct store_claim *claim, void *context)
{
	snprintf(context, TEXT_UUID_SIZE, "%s", claim->owner);
	return true;
}

/* Whose keys a claim shows, if another VM has them by now. */
static void test_owners_of_claims(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(5, "two");
	char owner[TEXT_UUID_SIZE] = "nobody";

	order.edit = have_other_keys;
	fixture_write(fixture, &order, fixture_uuid(3));
	fixture_appraisal(fixture, 1, 5, "one");
	claim(fixture, 1, "", "192.0.2.1", 10);
	store_list_claims(fixture->store, fixture_uuid(1), take_owner, owner, &fixture->err);
	assert_string_equal(owner, "");
	order.edit = take_key;
	fixture_write(fixture, &order, fixture_uuid(2));
	store_list_claims(fixture->store, fixture_uuid(1), take_owner, owner, &fixture->err);
	assert_string_equal(owner, fixture_uuid(2));
	*owner = 0;
	store_list_new_claims(fixture->store, 0, 9, take_owner, owner, &fixture->err);
	assert_string_equal(owner, fixture_uuid(2));
	fixture_write(fixture, &order, fixture_uuid(1));
	store_list_claims(fixture->store, fixture_uuid(1), take_owner, owner, &fixture->err);
	assert_string_equal(owner, "");
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
		ON_EACH(test_claims_are_kept_apart),
		ON_EACH(test_claims_of_all),
		ON_EACH(test_claims_are_bounded),
		ON_EACH(test_one_sender),
		ON_EACH(test_claims_in_one_batch),
		ON_EACH(test_owners_of_claims),
		ON_EACH(test_claims_of_no_vm),
		ON_EACH(test_reports_that_take_the_place_of_others),
		ON_EACH(test_pending_vms_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
