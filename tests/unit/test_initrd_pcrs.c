/* SPDX-License-Identifier: BSD-2-Clause */
/* The PCRs of the moment when the initrd opened the disks, from those of now. */
#include "core/measured/initrd_pcrs.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "tests/unit/unit.h"

#define ALG  TCG_ALG_SHA256
#define SIZE 32

struct boot {
	struct tcg_pcr_bank tpm;
	struct eventlog firmware, initrd, whole;
	struct tcg_pcr_bank found;
};

static struct boot boot_of_firmware(void)
{
	struct boot boot = {.tpm = {.alg = ALG, .pcrs = 0xffffff}};
	struct eventlog log = {.bank_count = 1, .banks = {{.alg = ALG, .pcrs = 0xff}}};

	for (unsigned pcr = 0; pcr < 8; pcr++)
		memset(log.banks[0].values[pcr], (int)pcr + 1, SIZE);
	memset(log.banks[0].values[11], 0x11, SIZE);
	memcpy(boot.tpm.values, log.banks[0].values, sizeof(boot.tpm.values));
	boot.firmware = boot.initrd = boot.whole = log;
	return boot;
}

static void extend(struct tcg_pcr_bank *bank, unsigned pcr, const char *text)
{
	const struct crypto_bytes measured = {text, strlen(text)};
	uint8_t digest[TCG_DIGEST_MAX];
	struct error error;

	assert_int_equal(crypto_digest(ALG, &measured, 1, digest, &error), 0);
	assert_int_equal(eventlog_extend(bank, pcr, digest, &error), 0);
}

static void find(struct boot *boot)
{
	const struct initrd_logs logs = {&boot->firmware, &boot->initrd, &boot->whole};
	struct error error;

	assert_int_equal(initrd_pcrs_find(&boot->tpm, 1, &logs, &boot->found, &error), 0);
}

/* All of them are the firmware's but these, which are `expected`'s. */
static void assert_found(
	const struct boot *boot, uint32_t pcrs, const struct tcg_pcr_bank *expected)
{
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		const struct tcg_pcr_bank *right =
			pcrs & 1U << pcr ? expected : &boot->firmware.banks[0];

		assert_memory_equal(boot->found.values[pcr], right->values[pcr], SIZE);
	}
}

static void test_logged(void **state)
{
	struct boot boot = boot_of_firmware();

	(void)state;
	extend(&boot.initrd.banks[0], 11, "enter-initrd");
	extend(&boot.initrd.banks[0], 7, "os-separator");
	boot.whole = boot.initrd;
	extend(&boot.whole.banks[0], 11, "leave-initrd");
	extend(&boot.whole.banks[0], 15, "machine-id:1");
	memcpy(boot.tpm.values, boot.whole.banks[0].values, sizeof(boot.tpm.values));
	find(&boot);
	assert_found(&boot, 1U << 7 | 1U << 11, &boot.initrd.banks[0]);
}

static void test_unlogged(void **state)
{
	struct boot boot = boot_of_firmware();
	struct tcg_pcr_bank expected;

	(void)state;
	extend(&boot.tpm, 5, "Exit Boot Services Invocation");
	extend(&boot.tpm, 5, "Exit Boot Services Returned with Success");
	for (unsigned pcr = 0; pcr < 8; pcr++)
		extend(&boot.tpm, pcr, "os-separator");
	extend(&boot.tpm, 14, "os-separator");
	expected = boot.tpm;
	extend(&expected, 11, "enter-initrd");
	for (size_t i = 0; i < 4; i++)
		extend(&boot.tpm, 11,
			(const char *[]){"enter-initrd", "leave-initrd", "sysinit", "ready"}[i]);
	extend(&boot.tpm, 15, "anything");
	find(&boot);
	assert_found(&boot, 0xff | 1U << 11 | 1U << 14, &expected);
}

/* What nobody explains is as it is, and not among those that are known. */
static void test_unexplained(void **state)
{
	const uint32_t unexplained = 1U << 2 | 1U << 4 | 1U << 10 | 1U << 11;
	struct boot boot = boot_of_firmware();

	(void)state;
	memset(boot.tpm.values[2], 0, SIZE); /* reset under the guest */
	extend(&boot.tpm, 4, "somebody");
	extend(&boot.tpm, 7, "os-separator");
	extend(&boot.tpm, 10, "IMA");
	extend(&boot.tpm, 11, "somebody");
	extend(&boot.tpm, 15, "anything");
	find(&boot);
	assert_found(&boot, unexplained | 1U << 7, &boot.tpm);
	assert_int_equal(boot.found.pcrs, 0xffffff & ~unexplained);
}

/* What the system's log has, and the TPM not yet. */
static void test_ahead(void **state)
{
	struct boot boot = boot_of_firmware();

	(void)state;
	extend(&boot.whole.banks[0], 11, "leave-initrd");
	find(&boot);
	assert_found(&boot, 0, NULL);
	assert_int_equal(boot.found.pcrs, 0xffffff);
}

static void test_other_bank(void **state)
{
	struct boot boot = boot_of_firmware();

	(void)state;
	boot.whole.banks[0].alg = TCG_ALG_SHA1;
	extend(&boot.tpm, 7, "os-separator");
	find(&boot);
	assert_found(&boot, 0xffffff, &boot.tpm);
	assert_int_equal(boot.found.pcrs, 0xffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logged),
		cmocka_unit_test(test_unlogged),
		cmocka_unit_test(test_unexplained),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_other_bank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
