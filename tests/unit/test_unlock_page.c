/* SPDX-License-Identifier: BSD-2-Clause */
/* What the page of the disks says. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/unlock.h"
#include "core/disk/words.h"
#include "core/evidence/evidence.h"
#include "core/json/text.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

/* Volumes of one slot each. */
static struct page *page_of(const enum unlock_result *results, size_t count)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct unlock_facts *facts = &evidence->unlock.facts;
	struct page *page = calloc(1, sizeof(*page));

	assert_non_null(page);
	*facts = (struct unlock_facts){.volumes.count = count};
	for (size_t i = 0; i < count; i++) {
		facts->volumes.items[i].slots.count = 1;
		facts->volumes.items[i].slots.items[0].result = results[i];
	}
	status_unlock_page(evidence, NULL, false, page);
	return page;
}

static void test_headline(void **state)
{
	static const struct {
		enum unlock_result results[2];
		size_t count;
		const char *badge, *headline;
	} rows[] = {
		{{0}, 0, "nothing sealed", "no disk is sealed to a TPM"},
		{{UNLOCK_NOT_TPM}, 1, "nothing sealed", "no disk is sealed to a TPM"},
		{{UNLOCK_OPENS}, 1, "opens", "1 sealed disk: this TPM opens it at the next boot"},
		{{UNLOCK_NEEDS_PIN}, 1, "opens",
			"1 sealed disk: this TPM opens it at the next boot with its PIN"},
		{{UNLOCK_OPENS, UNLOCK_NEEDS_PIN}, 2, "opens",
			"2 sealed disks: this TPM opens all at the next boot, some ask for a PIN"},
		{{UNLOCK_NEEDS_PIN, UNLOCK_NEEDS_PIN}, 2, "opens",
			"2 sealed disks: this TPM opens all at the next boot, all ask for a PIN"},
		{{UNLOCK_OPENS, UNLOCK_OTHER_VTPM}, 2, "will not open",
			"1 of 2 sealed disks will not open at the next boot, 1 opens at the next "
			"boot"},
		{{UNLOCK_OTHER_VTPM}, 1, "will not open",
			"1 of 1 sealed disks will not open at the next boot"},
		{{UNLOCK_LOCKOUT, UNLOCK_UNKNOWN}, 2, "warning",
			"2 sealed disks: 1 waits for the TPM's lockout to end, 1 cannot be told"},
		{{UNLOCK_OPENS_LATE}, 1, "warning",
			"1 sealed disk: 1 opens only in the running system"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct page *page = page_of(rows[i].results, rows[i].count);

		assert_string_equal(page->badge, rows[i].badge);
		assert_string_equal(page->headline, rows[i].headline);
		free(page);
	}
}

static void test_summary(void **state)
{
	const enum unlock_result opens = UNLOCK_OPENS;
	struct page *page = page_of(&opens, 1);

	(void)state;
	assert_string_equal(page->summary,
		"This holds if the next boot measures the same. Nothing was unsealed.");
	free(page);
	page = page_of(NULL, 0);
	assert_string_equal(page->summary, "Nothing was unsealed.");
	free(page);
}

/* The volume's row, and its slot's. */
static void test_rows(void **state)
{
	static const struct {
		enum unlock_result result;
		enum page_mark mark;
		const char *said;
	} rows[] = {
		{UNLOCK_NOT_TPM, PAGE_PLAIN, "the header: needs no TPM"},
		{UNLOCK_OPENS, PAGE_PASS, "the header: opens"},
		{UNLOCK_LOCKOUT, PAGE_WARN, "the header: does not open now: the TPM is locked out"},
		{UNLOCK_PCR_DIFFERS, PAGE_FAIL, "the header: does not open"},
		{UNLOCK_UNKNOWN, PAGE_UNKNOWN, "the header: cannot be told"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct page *page = page_of(&rows[i].result, 1);

		assert_int_equal(page->row_count, 2);
		assert_int_equal(page->rows[0].mark, rows[i].mark);
		assert_int_equal(page->rows[1].mark, rows[i].mark);
		assert_string_equal(page->rows[1].value, rows[i].said);
		free(page);
	}
}

/* Of the PCRs for which a disk does not open, and of no others. */
static void test_what_changed(void **state)
{
	static const struct boot_difference changes = {
		.changes = {3, {{.pcr = 4, .sentence = "another shimx64.efi"},
				       {.pcr = 7, .sentence = "dbx 371 -> 385 hashes"},
				       {.pcr = 9, .sentence = "another initrd"}}}};
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct unlock_facts *facts = &evidence->unlock.facts;
	struct page *page = calloc(1, sizeof(*page));
	const struct page_section *last;

	(void)state;
	assert_non_null(page);
	*facts = (struct unlock_facts){.volumes.count = 2};
	for (size_t i = 0; i < 2; i++)
		facts->volumes.items[i].slots.count = 1;
	facts->volumes.items[0].slots.items[0] =
		(struct unlock_slot){.result = UNLOCK_PCR_DIFFERS, .differ = 1U << 4 | 1U << 7};
	facts->volumes.items[1].slots.items[0].result = UNLOCK_OPENS;
	status_unlock_page(evidence, &changes, false, page);
	last = &page->sections[page->section_count - 1];
	assert_string_equal(last->title, "What changed since the baseline");
	assert_int_equal(last->row_count, 2);
	assert_string_equal(page->rows[last->first_row].label, "PCR 4");
	assert_string_equal(page->rows[last->first_row].value, "another shimx64.efi");
	assert_string_equal(page->rows[last->first_row + 1].value, "dbx 371 -> 385 hashes");
	facts->volumes.items[0].slots.items[0].differ = 0;
	*page = (struct page){0};
	status_unlock_page(evidence, &changes, false, page);
	assert_int_equal(page->section_count, 1);
	free(page);
}

/* The policy that the slots had, and each kind's own command. */
static void test_commands(void **state)
{
	static const struct unlock_slot systemd = {.type = "systemd-tpm2",
		.result = UNLOCK_PCR_DIFFERS,
		.pcrs = 1U << 4 | 1U << 7,
		.has_pin = true};
	static const struct unlock_slot clevis = {
		.type = "clevis", .result = UNLOCK_OTHER_VTPM, .key_slots = 1U << 3};
	static const struct unlock_slot signed_pcrs = {
		.type = "systemd-tpm2", .result = UNLOCK_OTHER_VTPM, .signed_pcrs = 1U << 11};
	static const struct unlock_slot pcrlock = {
		.type = "systemd-tpm2", .result = UNLOCK_OTHER_VTPM, .has_pcrlock = true};
	static const struct {
		const struct unlock_slot *slots[2];
		const char *commands;
	} rows[] = {
		{{&systemd},
			": systemd-cryptenroll --wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=4+7 "
			"--tpm2-with-pin=yes /dev/vda2"},
		{{&systemd, &clevis},
			"--tpm2-with-pin=yes /dev/vda2; and clevis luks regen -s 3 -d /dev/vda2"},
		{{&systemd, &pcrlock}, "--tpm2-pcrs=4+7 --tpm2-with-pin=yes /dev/vda2"},
		{{&signed_pcrs}, " --tpm2-pcrs=\"\" --tpm2-public-key-pcrs=11 /dev/vda2"},
		{{&pcrlock}, " --tpm2-pcrlock=/var/lib/systemd/pcrlock.json /dev/vda2"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unlock_volume volume = {.slots.count = rows[i].slots[1] ? 2 : 1};
		const size_t len = strlen(rows[i].commands);
		char remedy[DISK_REMEDY_MAX];

		for (size_t j = 0; j < volume.slots.count; j++)
			volume.slots.items[j] = *rows[i].slots[j];
		disk_remedy(&volume, "/dev/vda2", remedy, sizeof(remedy));
		assert_true(strlen(remedy) > len);
		assert_string_equal(remedy + strlen(remedy) - len, rows[i].commands);
	}
}

/* A header that is damaged, while the disk is still open. */
static void test_damaged_header(void **state)
{
	struct unlock_volume volume = {
		.slots = {.count = 1, .items = {{.result = UNLOCK_UNREADABLE}}}};
	char remedy[DISK_REMEDY_MAX];

	(void)state;
	disk_remedy(&volume, "/dev/vda2", remedy, sizeof(remedy));
	assert_non_null(strstr(remedy, "Do not restart."));
	assert_non_null(strstr(remedy, "cryptsetup luksHeaderRestore /dev/vda2 --header"));
	strcpy(volume.slots.items[0].type, "systemd-tpm2");
	disk_remedy(&volume, "/dev/vda2", remedy, sizeof(remedy));
	assert_string_equal(remedy, "See what the header has: cryptsetup luksDump /dev/vda2");
}

/* Each slot is made anew by what made it; a file is no disk. */
static void test_remedies(void **state)
{
	static const struct {
		const char *type, *name;
		enum unlock_result result;
		const char *remedy;
	} rows[] = {
		{"systemd-tpm2", "", UNLOCK_PCR_DIFFERS, "systemd-cryptenroll --wipe-slot=tpm2"},
		{"systemd-tpm2", "", UNLOCK_OTHER_VTPM, "systemd-cryptenroll --wipe-slot=tpm2"},
		{"clevis", "", UNLOCK_PCR_DIFFERS, "clevis luks regen -s SLOT -d /dev/vda2"},
		{"clevis", "", UNLOCK_OTHER_VTPM, "clevis luks regen -s SLOT -d /dev/vda2"},
		{"systemd-creds", "token", UNLOCK_OTHER_VTPM, "systemd-creds encrypt"},
		{"systemd-creds", "token", UNLOCK_OPENS, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct unlock_volume *volume = &evidence->unlock.facts.volumes.items[0];
		struct page *page = calloc(1, sizeof(*page));

		assert_non_null(page);
		evidence->unlock.facts = (struct unlock_facts){.volumes.count = 1};
		volume->slots.count = 1;
		volume->slots.items[0].result = rows[i].result;
		strcpy(volume->device, "/dev/vda2");
		strcpy(volume->name, rows[i].name);
		strcpy(volume->slots.items[0].type, rows[i].type);
		status_unlock_page(evidence, NULL, false, page);
		assert_non_null(strstr(page->rows[0].remedy, rows[i].remedy));
		if (*rows[i].name)
			assert_null(strstr(page->rows[0].remedy, "disk"));
		assert_string_equal(page->rows[0].label, *rows[i].name ? "Sealed" : "Disk");
		free(page);
	}
}

/* What root's helper prints is what the service takes. */
static void test_what_is_printed_is_read_back(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct evidence_unlock *back = calloc(1, sizeof(*back));
	const char *refused[] = {"", "{}", "{\"format\":\"vtpm-evidence\",\"volumes\":[]}",
		"{\"format\":\"vtpm-unlock\",\"volumes\":[{}]}"};
	json_t *json = status_unlock_json(evidence, NULL, false);
	BUF_SCOPED text = {0};
	struct error err;

	(void)state;
	assert_non_null(back);
	json_text_print(&text, json, false);
	json_decref(json);
	assert_int_equal(evidence_parse_unlock(text.data, text.len, back, &err), 0);
	/* Where a volume is on this machine stays out. */
	for (size_t i = 0; i < evidence->unlock.facts.volumes.count; i++)
		memset(evidence->unlock.facts.volumes.items[i].device, 0,
			sizeof(evidence->unlock.facts.volumes.items[i].device));
	assert_true(back->facts.volumes.count);
	assert_memory_equal(&back->facts, &evidence->unlock.facts, sizeof(back->facts));
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_true(evidence_parse_unlock(refused[i], strlen(refused[i]), back, &err) < 0);
	free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headline),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_what_changed),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_damaged_header),
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_what_is_printed_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
