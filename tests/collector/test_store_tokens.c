/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store does with VMs' tokens. */
#include <stdio.h>

#include "tests/collector/fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
