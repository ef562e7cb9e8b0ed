/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR 0 to 7 of all banks against the event log: what each combination means (docs/checks.md). */
#include "core/measured/boot_pcrs.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/measured/unlogged.h"
#include "tests/unit/unit.h"

#define INVOCATION "Exit Boot Services Invocation"
#define SUCCESS    "Exit Boot Services Returned with Success"
#define SEPARATOR  "os-separator"
#define ALL        0xffU

static const uint16_t algs[] = {TCG_ALG_SHA1, TCG_ALG_SHA256, TCG_ALG_SHA384};

struct banks {
	struct tcg_pcr_bank tpm[COUNT(algs)], log[COUNT(algs)];
	size_t log_count;
};

/* Extends the PCRs by the hash of a text, or by zeros where there is none. */
static void extend(struct tcg_pcr_bank *bank, uint32_t pcrs, const char *text)
{
	size_t size = tcg_digest_size(bank->alg);
	uint8_t digest[TCG_DIGEST_MAX] = {0};
	struct error error;

	if (text)
		assert_int_equal(
			crypto_digest(bank->alg, &(struct crypto_bytes){text, strlen(text)}, 1,
				digest, &error),
			0);
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		const struct crypto_bytes parts[] = {{bank->values[pcr], size}, {digest, size}};

		if (pcrs & 1U << pcr)
			assert_int_equal(
				crypto_digest(bank->alg, parts, 2, bank->values[pcr], &error), 0);
	}
}

/* What the log leads to, in all banks and in both. */
static void measure(struct banks *banks)
{
	*banks = (struct banks){.log_count = COUNT(algs)};
	for (size_t i = 0; i < COUNT(algs); i++) {
		banks->log[i].alg = algs[i];
		banks->log[i].pcrs = ALL;
		extend(&banks->log[i], ALL, "firmware");
		extend(&banks->log[i], 0x33, "more");
		banks->tpm[i] = banks->log[i];
		banks->tpm[i].pcrs = 0xffffff;
	}
}

static void compare(const struct banks *banks, size_t tpm_count, struct boot_pcrs *ret_boot_pcrs)
{
	boot_pcrs_compare(banks->tpm, tpm_count, banks->log, banks->log_count, ret_boot_pcrs);
}

static void keep(struct tcg_pcr_bank *bank)
{
	(void)bank;
}

static void cap(struct tcg_pcr_bank *bank)
{
	extend(bank, 0x37ff, NULL);
}

static void separate(struct tcg_pcr_bank *bank)
{
	extend(bank, 0x72ff, SEPARATOR);
}

static void exit_boot(struct tcg_pcr_bank *bank)
{
	extend(bank, 1U << 5, INVOCATION);
	extend(bank, 1U << 5, SUCCESS);
}

static void extend_later(struct tcg_pcr_bank *bank)
{
	extend(bank, 1U << 7, "the running system's");
}

static void empty(struct tcg_pcr_bank *bank)
{
	memset(bank->values, 0, sizeof(bank->values));
}

static void replace(struct tcg_pcr_bank *bank)
{
	extend(bank, ALL, "another boot's");
}

/* The classes that a bank may be in; the last one stands for a bank that the log does not have. */
static void (*const classes[])(struct tcg_pcr_bank *) = {
	keep, cap, separate, exit_boot, extend_later, empty, replace, NULL};

/* One letter a class of the second bank: E(qual), X (explained), U(nexplained), C(ontradicted),
 * - (not covered). The order of the banks makes no difference. */
static const char *const matrix[] = {
	/* keep      */ "EXXXUUUE",
	/* cap       */ "XCXXUUUX",
	/* separator */ "XXXXUUUX",
	/* exit boot */ "XXXXUUUX",
	/* later     */ "UUUUUUUU",
	/* zero      */ "UUUUUCCC",
	/* other     */ "UUUUUCCC",
	/* unlogged  */ "EXXXUCC-",
};

static const char letters[] = {
	[BOOT_PCRS_UNCOVERED] = '-',
	[BOOT_PCRS_EQUAL] = 'E',
	[BOOT_PCRS_EXPLAINED] = 'X',
	[BOOT_PCRS_UNEXPLAINED] = 'U',
	[BOOT_PCRS_CONTRADICTED] = 'C',
};

static void put(struct banks *banks, size_t bank, size_t class)
{
	if (classes[class])
		classes[class](&banks->tpm[bank]);
	else
		banks->log[bank].pcrs = 0;
}

static void test_two_banks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(classes); i++) {
		for (size_t j = 0; j < COUNT(classes); j++) {
			struct boot_pcrs found;
			struct banks banks;

			measure(&banks);
			put(&banks, 0, i);
			put(&banks, 1, j);
			compare(&banks, 2, &found);
			if (letters[found.result] != matrix[i][j])
				fail_msg("%zu and %zu: %c", i, j, letters[found.result]);
		}
	}
}

static void test_one_bank(void **state)
{
	/* Nobody caps the only bank. */
	static const char expected[] = "ECXXUCC-";

	(void)state;
	for (size_t i = 0; i < COUNT(classes); i++) {
		struct boot_pcrs found;
		struct banks banks;

		measure(&banks);
		put(&banks, 0, i);
		compare(&banks, 1, &found);
		if (letters[found.result] != expected[i])
			fail_msg("%zu: %c", i, letters[found.result]);
	}
}

static void change_exit_boot_begun(struct banks *banks)
{
	extend(&banks->tpm[1], 1U << 5, INVOCATION);
}

static void change_exit_boot_repeated(struct banks *banks)
{
	for (size_t i = 0; i < 2; i++) {
		extend(&banks->tpm[i], 1U << 5, INVOCATION);
		extend(&banks->tpm[i], 1U << 5, "Exit Boot Services Returned with Failure");
		exit_boot(&banks->tpm[i]);
	}
	separate(&banks->tpm[0]);
	cap(&banks->tpm[1]);
}

static void change_exit_boot_ended(struct banks *banks)
{
	extend(&banks->tpm[1], 1U << 5, SUCCESS);
}

static void change_exit_boot_reversed(struct banks *banks)
{
	extend(&banks->tpm[1], 1U << 5, SUCCESS);
	extend(&banks->tpm[1], 1U << 5, INVOCATION);
}

static void change_exit_boot_elsewhere(struct banks *banks)
{
	extend(&banks->tpm[1], 1U << 4, INVOCATION);
}

static void change_exit_boot_then_separator(struct banks *banks)
{
	for (size_t i = 0; i < 2; i++) {
		exit_boot(&banks->tpm[i]);
		separate(&banks->tpm[i]);
	}
}

static void change_exit_boot_then_cap(struct banks *banks)
{
	exit_boot(&banks->tpm[0]);
	exit_boot(&banks->tpm[1]);
	cap(&banks->tpm[0]);
}

static void change_separator_twice(struct banks *banks)
{
	separate(&banks->tpm[1]);
	separate(&banks->tpm[1]);
}

static void change_cap_of_one_pcr(struct banks *banks)
{
	extend(&banks->tpm[0], 1U << 7, NULL);
}

static void change_cap_twice(struct banks *banks)
{
	cap(&banks->tpm[0]);
	cap(&banks->tpm[0]);
}

static void change_cap_of_strong_bank(struct banks *banks)
{
	cap(&banks->tpm[1]);
}

/* The log is of one bank, the TPM uses another: the cap is explained all the same. */
static void change_cap_of_only_logged(struct banks *banks)
{
	banks->log_count = 1;
	cap(&banks->tpm[0]);
}

static void change_one_pcr_logged(struct banks *banks)
{
	banks->log[0].pcrs = banks->log[1].pcrs = 1;
	replace(&banks->tpm[0]);
	replace(&banks->tpm[1]);
	banks->tpm[0].values[0][0] ^= 1;
}

static void change_later_pcrs(struct banks *banks)
{
	banks->log[0].pcrs = 0x0001ff & ~2U;
	banks->log[0].values[8][0] ^= 1;
	banks->log[0].values[1][0] ^= 1;
}

static const struct {
	const char *name;
	void (*change)(struct banks *banks);
	enum boot_pcrs_result result;
	unsigned unlogged;
	uint32_t against[2]; /* in each bank: zero or other */
} rows[] = {
	{"ExitBootServices begun", change_exit_boot_begun, BOOT_PCRS_EXPLAINED, UNLOGGED_EXIT_BOOT,
		{0, 0}},
	{"ExitBootServices ended", change_exit_boot_ended, BOOT_PCRS_EXPLAINED, UNLOGGED_EXIT_BOOT,
		{0, 0}},
	{"ExitBootServices called twice", change_exit_boot_repeated, BOOT_PCRS_EXPLAINED,
		UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR | UNLOGGED_CAP, {0, 0}},
	{"ExitBootServices reversed", change_exit_boot_reversed, BOOT_PCRS_UNEXPLAINED, 0,
		{0, 0x20}},
	{"ExitBootServices in PCR 4", change_exit_boot_elsewhere, BOOT_PCRS_UNEXPLAINED, 0,
		{0, 0x10}},
	{"ExitBootServices and separator", change_exit_boot_then_separator, BOOT_PCRS_EXPLAINED,
		UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR, {0, 0}},
	{"ExitBootServices and cap", change_exit_boot_then_cap, BOOT_PCRS_EXPLAINED,
		UNLOGGED_EXIT_BOOT | UNLOGGED_CAP, {0, 0}},
	{"separator twice", change_separator_twice, BOOT_PCRS_EXPLAINED, UNLOGGED_OS_SEPARATOR,
		{0, 0}},
	{"one PCR extended with zeros", change_cap_of_one_pcr, BOOT_PCRS_UNEXPLAINED, 0, {0x80, 0}},
	{"capped twice", change_cap_twice, BOOT_PCRS_UNEXPLAINED, 0, {0xff, 0}},
	{"the strong bank capped", change_cap_of_strong_bank, BOOT_PCRS_EXPLAINED, UNLOGGED_CAP,
		{0, 0}},
	{"the only logged bank capped", change_cap_of_only_logged, BOOT_PCRS_EXPLAINED,
		UNLOGGED_CAP, {0, 0}},
	{"one PCR logged, and wrong", change_one_pcr_logged, BOOT_PCRS_CONTRADICTED, 0, {1, 1}},
	{"what the log does not extend", change_later_pcrs, BOOT_PCRS_EQUAL, 0, {0, 0}},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct boot_pcrs found;
		struct banks banks;

		print_message("%s\n", rows[i].name);
		measure(&banks);
		rows[i].change(&banks);
		compare(&banks, 2, &found);
		assert_int_equal(found.result, rows[i].result);
		assert_int_equal(found.unlogged, rows[i].unlogged);
		for (size_t bank = 0; bank < found.bank_count; bank++)
			assert_int_equal(found.banks[bank].zero | found.banks[bank].other,
				rows[i].against[bank]);
	}
}

static void test_three_banks(void **state)
{
	struct boot_pcrs found;
	struct banks banks;

	(void)state;
	measure(&banks);
	cap(&banks.tpm[0]);
	cap(&banks.tpm[2]);
	compare(&banks, 3, &found);
	assert_int_equal(found.result, BOOT_PCRS_EXPLAINED);
	extend_later(&banks.tpm[1]);
	compare(&banks, 3, &found);
	assert_int_equal(found.result, BOOT_PCRS_UNEXPLAINED);
	cap(&banks.tpm[1]);
	compare(&banks, 3, &found);
	assert_int_equal(found.result, BOOT_PCRS_UNEXPLAINED);
}

/* The firmware lost ExitBootServices, and the system logged its separator. */
static void test_preferred_replay(void **state)
{
	struct tcg_pcr_bank both[2];
	struct boot_pcrs found;
	struct banks banks;

	(void)state;
	measure(&banks);
	for (size_t i = 0; i < 2; i++) {
		both[i] = banks.log[i];
		separate(&both[i]);
		exit_boot(&banks.tpm[i]);
		separate(&banks.tpm[i]);
	}
	extend(&both[1], 1U << 7, "logged");
	extend(&banks.tpm[1], 1U << 7, "logged");
	boot_pcrs_compare(banks.tpm, 2, both, 2, &found);
	assert_int_equal(found.result, BOOT_PCRS_UNEXPLAINED);
	boot_pcrs_prefer(banks.tpm, 2, banks.log, both, 2);
	boot_pcrs_compare(banks.tpm, 2, both, 2, &found);
	assert_int_equal(found.result, BOOT_PCRS_EXPLAINED);
	assert_int_equal(found.banks[1].equal, 0xff & ~0x20);
}

/* Each kexec into a measured initrd separates once more. */
static void test_separators(void **state)
{
	struct boot_pcrs found;
	struct banks banks;

	(void)state;
	measure(&banks);
	for (unsigned times = 1; times <= 6; times++) {
		for (size_t i = 0; i < 2; i++)
			separate(&banks.tpm[i]);
		boot_pcrs_compare(banks.tpm, 2, banks.log, 2, &found);
		assert_int_equal(
			found.result, times <= 5 ? BOOT_PCRS_EXPLAINED : BOOT_PCRS_CONTRADICTED);
	}
}

static void test_names(void **state)
{
	char text[96] = "";

	(void)state;
	unlogged_print(
		UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR | UNLOGGED_CAP, text, sizeof(text));
	assert_string_equal(
		text, "ExitBootServices (firmware), os-separator (systemd), the cap (Windows)");
	text[0] = 0;
	unlogged_print(UNLOGGED_CAP, text, 8);
	assert_string_equal(text, "the cap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_banks),
		cmocka_unit_test(test_one_bank),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_three_banks),
		cmocka_unit_test(test_preferred_replay),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
