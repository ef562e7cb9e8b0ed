/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies: the digests are those that tpm2_policypcr and tpm2_policyauthvalue print. */
#include "core/disk/policy.h"
#include "core/text.h"
#include "tests/unit/fixture/disk_token.h"
#include "tests/unit/unit.h"

static void assert_policy(const struct policy *policy, const char *hex)
{
	char printed[2 * TCG_DIGEST_MAX + 1];

	text_hex(policy->digest, tcg_digest_size(policy->alg), printed, sizeof(printed));
	assert_string_equal(printed, hex);
}

static void test_policy(void **state)
{
	const struct tcg_pcr_bank bank = disk_pcrs_of_zeros();
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct error err;

	(void)state;
	assert_int_equal(policy_pcr(&policy, &bank, 1U << 7, &err), 0);
	assert_policy(&policy, POLICY);
	policy = (struct policy){.alg = TCG_ALG_SHA256};
	assert_int_equal(policy_auth_value(&policy, &err), 0);
	assert_policy(&policy, "8fcd2169ab92694e0c633f1ab772842b8241bbc20288981fc7ac1eddc1fddb0e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
