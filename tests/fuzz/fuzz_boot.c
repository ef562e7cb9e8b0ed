/* SPDX-License-Identifier: BSD-2-Clause */
/* What a firmware's log says of the boot: texts of printable ASCII, lists within their bounds. */
#include <string.h>

#include "core/measured/boot_read.h"
#include "core/measured/event.h"
#include "core/measured/event_difference.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text, size_t size)
{
	FUZZ_ASSERT(memchr(text, 0, size));
	for (; *text; text++)
		FUZZ_ASSERT(*text >= ' ' && *text <= '~');
}

static int check_event(const struct eventlog_event *raw, void *context, struct error *err)
{
	struct event event;

	(void)context;
	FUZZ_ASSERT(raw->digest_count <= EVENTLOG_BANKS_MAX);
	for (int is_verbose = 0; is_verbose < 2; is_verbose++) {
		int rc = event_read(raw, is_verbose, &event, err);

		if (rc)
			return rc;
		FUZZ_ASSERT(event.what < BOOT_WHAT_COUNT);
		check_text(event.name, sizeof(event.name));
		check_text(event.meaning, sizeof(event.meaning));
	}
	return 0;
}

static void check_facts(const struct boot_facts *facts)
{
	FUZZ_ASSERT(facts->secure_boot < BOOT_SECURE_COUNT);
	FUZZ_ASSERT(facts->variables.count <= BOOT_VARIABLES_MAX);
	FUZZ_ASSERT(facts->certificates.count <= BOOT_CERTIFICATES_MAX);
	FUZZ_ASSERT(facts->authorities.count <= BOOT_AUTHORITIES_MAX);
	FUZZ_ASSERT(facts->items.count <= BOOT_ITEMS_MAX);
	for (size_t i = 0; i < facts->items.count; i++) {
		FUZZ_ASSERT(facts->items.items[i].events > 0);
		check_text(facts->items.items[i].name, BOOT_NAME_MAX);
	}
}

static bool see_change(const struct event_change *change, void *context)
{
	(void)change, (void)context;
	FUZZ_ASSERT(false);
	return false;
}

/* A log does not differ from itself. */
static void check_same(const uint8_t *data, size_t size)
{
	const struct crypto_bytes log = {data, size};
	struct error err;
	int rc = event_difference_find(&log, &log, UINT32_MAX, see_change, NULL, &err);

	FUZZ_ASSERT(!rc || rc == -ERROR_UNSUPPORTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_facts facts = {.left_out = UINT32_MAX};
	struct eventlog log, plain;
	struct error err = {0};
	int rc = boot_read(data, size, &log, &facts, &err);

	FUZZ_ASSERT(rc == eventlog_replay(data, size, NULL, NULL, &plain, &err));
	if (rc) {
		FUZZ_ASSERT(facts.left_out == UINT32_MAX);
		return 0;
	}
	FUZZ_ASSERT(memcmp(&log, &plain, sizeof(log)) == 0);
	check_facts(&facts);
	FUZZ_ASSERT(!eventlog_replay(data, size, check_event, NULL, &plain, &err));
	check_same(data, size);
	return 0;
}
