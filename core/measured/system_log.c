/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/system_log.h"

#include <stdbool.h>
#include <string.h>

#include "core/json/tree.h"
#include "core/text.h"

#define RECORD_SEPARATOR 0x1e

static struct tcg_pcr_bank *find_bank(struct eventlog *log, const char *name)
{
	uint16_t alg = (uint16_t)tcg_alg_parse(name, TCG_ALG_NULL);

	for (size_t i = 0; i < log->bank_count; i++) {
		if (log->banks[i].alg == alg)
			return &log->banks[i];
	}
	return NULL;
}

/* Extends one bank; `*extended` has a bit for each bank that this record has extended. */
static int replay_digest(const struct json_node *digest, uint32_t pcr, struct eventlog *log,
	uint32_t *extended, struct error *err)
{
	const char *name = json_node_text(json_node_member(digest, "hashAlg"));
	const char *hex = json_node_text(json_node_member(digest, "digest"));
	uint8_t value[TCG_DIGEST_MAX];
	struct tcg_pcr_bank *bank;
	uint32_t bit;

	if (!name || !hex)
		return error_set(err, ERROR_MALFORMED, "a digest without hashAlg or digest");
	bank = find_bank(log, name);
	if (!bank)
		return 0;
	bit = 1U << (bank - log->banks);
	if (*extended & bit)
		return error_set(err, ERROR_MALFORMED, "two digests of one algorithm");
	*extended |= bit;
	if (text_unhex(hex, strlen(hex), value, sizeof(value)) != (long)tcg_digest_size(bank->alg))
		return error_set(err, ERROR_MALFORMED, "a digest that is none of its algorithm");
	return eventlog_extend(bank, pcr, value, err);
}

static int replay_record(const struct json_node *record, struct eventlog *log, struct error *err)
{
	const struct json_node *pcr = json_node_member(record, "pcr");
	const struct json_node *digests = json_node_member(record, "digests");
	uint32_t extended = 0;

	if (!pcr)
		return 0;
	if (pcr->kind != JSON_NODE_INTEGER || pcr->integer < 0 || pcr->integer >= TCG_PCR_COUNT)
		return error_set(err, ERROR_MALFORMED, "pcr is no number of a PCR");
	if (!digests || digests->kind != JSON_NODE_ARRAY || !digests->first)
		return error_set(err, ERROR_MALFORMED, "a measurement without digests");
	for (const struct json_node *at = digests->first; at; at = at->next) {
		int rc = replay_digest(at, (uint32_t)pcr->integer, log, &extended, err);

		if (rc)
			return rc;
	}
	return 0;
}

static void show(const struct json_node *record, system_log_visit *visit, void *context)
{
	const struct json_node *pcr = json_node_member(record, "pcr");
	const char *text =
		json_node_text(json_node_member(json_node_member(record, "content"), "string"));
	struct system_log_record shown = {.pcr = pcr ? (int32_t)pcr->integer : -1};

	if (text)
		text_copy_ascii(shown.text, sizeof(shown.text), text, strlen(text));
	visit(&shown, context);
}

struct looking {
	system_log_visit *visit; /* NULL: nobody looks */
	void *context;
	bool is_of_initrd; /* what comes later is not replayed */
	bool is_over;      /* and it has come */
};

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; text && i < count; i++) {
		if (strcmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

/* By systemd's types of events; a phase by its name. */
static bool is_late(const struct json_node *record)
{
	static const char *const types[] = {"volume-key", "keyslot", "machine-id", "filesystem"};
	static const char *const phases[] = {"leave-initrd", "sysinit", "ready"};
	const struct json_node *content = json_node_member(record, "content");

	return is_one_of(json_node_text(json_node_member(content, "eventType")), types,
		       sizeof(types) / sizeof(types[0])) ||
	       is_one_of(json_node_text(json_node_member(content, "string")), phases,
		       sizeof(phases) / sizeof(phases[0]));
}

static int replay_text(const uint8_t *text, size_t len, struct looking *looking,
	struct eventlog *log, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = json_tree_parse(text, len, SYSTEM_LOG_MAX_RECORD_BYTES, &tree, err);

	looking->is_over = looking->is_over ||
			   (!rc && looking->is_of_initrd && json_node_member(tree.root, "pcr") &&
				   is_late(tree.root));
	if (!rc && !looking->is_over)
		rc = replay_record(tree.root, log, err);
	if (!rc && looking->visit)
		show(tree.root, looking->visit, looking->context);
	return rc;
}

static int replay(const void *bytes, size_t len, struct looking *looking, struct eventlog *log,
	struct error *err)
{
	const uint8_t *at = bytes, *end = at + len;
	struct eventlog replayed = *log;
	size_t records = 0;

	if (len > SYSTEM_LOG_MAX_BYTES)
		return error_set(err, ERROR_TOO_LARGE, "the system's log: %zu bytes, at most %u",
			len, SYSTEM_LOG_MAX_BYTES);
	if (len && *at != RECORD_SEPARATOR)
		return error_set(
			err, ERROR_MALFORMED, "the system's log does not begin with a record");
	while (at < end) {
		const uint8_t *next = memchr(at + 1, RECORD_SEPARATOR, (size_t)(end - at - 1));

		next = next ? next : end;
		if (++records > SYSTEM_LOG_MAX_RECORDS)
			return error_set(err, ERROR_TOO_LARGE,
				"the system's log: more than %d records", SYSTEM_LOG_MAX_RECORDS);
		if (replay_text(at + 1, (size_t)(next - at - 1), looking, &replayed, err))
			return error_wrap(err, "the system's log: record %zu", records);
		at = next;
	}
	replayed.events += (uint32_t)records;
	*log = replayed;
	return 0;
}

int system_log_replay(const void *bytes, size_t len, system_log_visit *visit, void *context,
	struct eventlog *log, struct error *err)
{
	struct looking looking = {.visit = visit, .context = context};

	return replay(bytes, len, &looking, log, err);
}

int system_log_replay_initrd(const void *bytes, size_t len, struct eventlog *log, struct error *err)
{
	struct looking looking = {.is_of_initrd = true};

	return replay(bytes, len, &looking, log, err);
}
