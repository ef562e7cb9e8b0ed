/* SPDX-License-Identifier: BSD-2-Clause */
/* Which reports are of two copies, and which are of one agent to which things happen. */
#include "collector/attestation/copies.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define STEP_MS  1000
#define ALONE_MS 3500

/* a, b: the agent reports; A, B: the answer is lost. s: a's state directory is saved, r: put back;
 * t, u: the same with another copy. c: b becomes a copy of a, with its memory. m, n: a, b boots.
 * f: b loses its state directory. x: a report without a receipt. -: an hour passes. */
struct story {
	const char *name, *steps;
	const char *two; /* where two copies are told: '!' */
};

static const struct story stories[] = {
	{"one agent", "aaaaaa", "      "},
	{"answers are lost", "aaAaAAaaAa", "          "},
	{"each second answer is lost", "aAaAaAaAaA", "          "},
	{"two copies", "aacabababa", "      !!!!"},
	{"two copies that report twice each", "aacaabbaabb", "         ! "},
	{"two copies, one of which is seldom heard", "aacaaabaaabaaab", "          !!  !"},
	{"two copies, one of which begins", "aacbabab", "      !!"},
	{"two copies, and answers are lost", "aacabAbabab", "      !  !!"},
	{"two copies, and reports without a receipt", "aacxaxbxaxbxax", "          ! ! "},
	{"a copy that boots once", "aacanbabab", "       !!!"},
	{"a copy that boots each time", "aacabanbanba", "            "},
	{"a copy that is heard once", "aacabaaaa", "         "},
	{"a copy that goes on alone", "aacabbbbb", "         "},
	{"a state directory is put back", "aasaaraaa", "         "},
	{"again and again", "aasaaraararaara", "               "},
	{"two of them in turn, each with a boot", "asaataarmaaumaarmaauma",
		"                      "},
	{"a state directory of its own", "abababab", "        "},
	{"one that is lost", "aacfababab", "          "},
};

struct agent {
	struct copies_receipt receipt;
	char boot_id[TEXT_UUID_SIZE];
};

struct world {
	struct store_vm vm;
	struct agent a, b, saved[2];
	uint64_t now_ms;
	unsigned boots;
};

static bool report(struct world *world, struct agent *agent, bool is_answered)
{
	static const struct agent none;
	const struct agent *sender = agent ? agent : &none;
	struct store_vm *vm = &world->vm;
	const struct copies_receipt *shown = &sender->receipt;
	uint64_t id = vm->head.id + 1;
	bool are_two;

	copies_settle(vm);
	are_two = copies_note(vm, shown, sender->boot_id, world->now_ms);
	vm->head.id = id;
	memset(vm->head.hash, (int)id, sizeof(vm->head.hash));
	if (is_answered)
		agent->receipt = (struct copies_receipt){shown->root ? shown->root : id, vm->head};
	return are_two;
}

static void boot(struct world *world, struct agent *agent)
{
	snprintf(agent->boot_id, sizeof(agent->boot_id), "boot %u", ++world->boots);
}

/* Whether the step told of two copies. */
static bool take(struct world *world, char step)
{
	world->now_ms += step == '-' ? 3600000 : STEP_MS;
	switch (step) {
	case 'a':
	case 'A':
		return report(world, &world->a, step == 'a');
	case 'b':
	case 'B':
		return report(world, &world->b, step == 'b');
	case 'x':
		return report(world, NULL, false);
	case 's':
	case 't':
		world->saved[step == 't'] = world->a;
		return false;
	case 'r':
	case 'u':
		world->a.receipt = world->saved[step == 'u'].receipt;
		return false;
	case 'c':
		world->b = world->a;
		return false;
	case 'f':
		world->b.receipt = (struct copies_receipt){0};
		return false;
	case 'm':
	case 'n':
		boot(world, step == 'm' ? &world->a : &world->b);
		return false;
	default:
		return false;
	}
}

static void begin(struct world *world)
{
	*world = (struct world){0};
	boot(world, &world->a);
	boot(world, &world->b);
}

static void test_stories(void **state)
{
	struct world world;
	char told[64];

	(void)state;
	for (size_t i = 0; i < COUNT(stories); i++) {
		const struct story *story = &stories[i];
		size_t count = strlen(story->steps);

		print_message("%s\n", story->name);
		begin(&world);
		for (size_t at = 0; at < count; at++)
			told[at] = take(&world, story->steps[at]) ? '!' : ' ';
		told[count] = '\0';
		assert_string_equal(told, story->two);
	}
}

/* Without its boot an agent is told from nobody. */
static void test_boot_unknown(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	*world.a.boot_id = *world.b.boot_id = '\0';
	for (const char *step = "aacabababab"; *step; step++)
		assert_false(take(&world, *step));
}

/* A report of another collector's, or of one that was told of a number twice, is no line's. */
static void test_hash_counts(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	for (const char *step = "aacaba"; *step; step++)
		take(&world, *step);
	world.b.receipt.report.hash[0] ^= 1;
	assert_false(take(&world, 'b'));
}

static bool is_over(struct world *world, const char *steps, uint64_t alone_ms)
{
	for (; *steps; steps++)
		take(world, *steps);
	return copies_are_over(&world->vm, &world->a.receipt, alone_ms, world->now_ms);
}

static void test_over(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	assert_false(is_over(&world, "aacababa", ALONE_MS));
	assert_false(is_over(&world, "aaa", ALONE_MS));
	assert_true(is_over(&world, "a", ALONE_MS));
	assert_false(is_over(&world, "ba", ALONE_MS));
	assert_false(is_over(&world, "-a", 0));
	assert_true(is_over(&world, "a", ALONE_MS));
	/* One with another beginning is another one, too, and so is one after a lost answer. */
	assert_false(is_over(&world, "fbba", ALONE_MS));
	assert_true(is_over(&world, "-a", ALONE_MS));
	assert_false(is_over(&world, "Aa", ALONE_MS));
	/* Who shows no receipt is not known. */
	assert_false(copies_are_over(
		&world.vm, &(struct copies_receipt){0}, ALONE_MS, world.now_ms + 3600000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_boot_unknown),
		cmocka_unit_test(test_hash_counts),
		cmocka_unit_test(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
