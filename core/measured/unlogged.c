/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/unlogged.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"

#define PCR(n)         (1U << (n))
#define PCRS_EXIT_BOOT PCR(5)
#define PCRS_SEPARATOR (0xffU | PCR(9) | PCR(12) | PCR(13) | PCR(14))
#define PCRS_CAP       (0x7ffU | PCR(12) | PCR(13))

/* What is measured: the bank's hash of a text; the cap is no hash of anything, but zeros. */
#define INVOCATION "Exit Boot Services Invocation"
#define SUCCESS    "Exit Boot Services Returned with Success"
#define FAILURE    "Exit Boot Services Returned with Failure"
#define SEPARATOR  "os-separator"
#define ZEROS      ""

/* A failed ExitBootServices is called again, by a loader that has read the memory map anew. */
#define TWICE INVOCATION, FAILURE, INVOCATION, SUCCESS

#define STEPS_MAX 5

/* The firmware's come before the system's. systemd and Windows do not run in one boot. */
static const struct chain {
	unsigned kinds;
	uint32_t pcrs;
	const char *steps[STEPS_MAX + 1];
} chains[] = {
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR, {SEPARATOR}},
	{UNLOGGED_CAP, PCRS_CAP, {ZEROS}},
	{UNLOGGED_EXIT_BOOT, PCRS_EXIT_BOOT, {INVOCATION, SUCCESS}},
	{UNLOGGED_EXIT_BOOT, PCRS_EXIT_BOOT, {INVOCATION}},
	{UNLOGGED_EXIT_BOOT, PCRS_EXIT_BOOT, {SUCCESS}},
	{UNLOGGED_EXIT_BOOT, PCRS_EXIT_BOOT, {TWICE}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR, PCRS_EXIT_BOOT,
		{INVOCATION, SUCCESS, SEPARATOR}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR, PCRS_EXIT_BOOT, {TWICE, SEPARATOR}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR, PCRS_EXIT_BOOT, {INVOCATION, SEPARATOR}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_OS_SEPARATOR, PCRS_EXIT_BOOT, {SUCCESS, SEPARATOR}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_CAP, PCRS_EXIT_BOOT, {INVOCATION, SUCCESS, ZEROS}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_CAP, PCRS_EXIT_BOOT, {TWICE, ZEROS}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_CAP, PCRS_EXIT_BOOT, {INVOCATION, ZEROS}},
	{UNLOGGED_EXIT_BOOT | UNLOGGED_CAP, PCRS_EXIT_BOOT, {SUCCESS, ZEROS}},
};

static int extend(uint16_t alg, const char *text, uint8_t *value, struct error *err)
{
	const struct crypto_bytes measured = {text, strlen(text)};
	uint8_t digest[TCG_DIGEST_MAX] = {0};
	const size_t size = tcg_digest_size(alg);
	const struct crypto_bytes parts[] = {{value, size}, {digest, size}};
	uint8_t next[TCG_DIGEST_MAX];
	int rc = *text ? crypto_digest(alg, &measured, 1, digest, err) : 0;

	if (!rc)
		rc = crypto_digest(alg, parts, 2, next, err);
	if (!rc)
		memcpy(value, next, size);
	return rc;
}

int unlogged_find(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	unsigned *ret_kinds, struct error *err)
{
	const size_t size = tcg_digest_size(alg);

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		uint8_t value[TCG_DIGEST_MAX];
		int rc = 0;

		if (!(chains[i].pcrs & PCR(pcr)))
			continue;
		memcpy(value, from, size);
		for (size_t step = 0; !rc && chains[i].steps[step]; step++)
			rc = extend(alg, chains[i].steps[step], value, err);
		if (rc)
			return rc;
		if (memcmp(value, to, size) == 0) {
			*ret_kinds = chains[i].kinds;
			return 0;
		}
	}
	*ret_kinds = 0;
	return 0;
}

void unlogged_print(unsigned kinds, char *out, size_t size)
{
	static const char *const names[] = {
		"ExitBootServices (firmware)", "os-separator (systemd)", "the cap (Windows)"};
	size_t used = strlen(out);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && used < size; i++) {
		if (kinds & 1U << i)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", used ? ", " : "", names[i]);
	}
}
