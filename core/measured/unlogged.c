/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/unlogged.h"

#include <stdio.h>
#include <string.h>

#include "core/crypto/crypto.h"

#define PCR(n)         (1U << (n))
#define PCRS_EXIT_BOOT PCR(5)
#define PCRS_SEPARATOR (0xffU | PCR(9) | PCR(12) | PCR(13) | PCR(14))
#define PCRS_PHASES    PCR(11)
#define PCRS_CAP       (0x7ffU | PCR(12) | PCR(13))

/* What is measured: the bank's hash of a text; the cap is no hash of anything, but zeros. */
#define INVOCATION "Exit Boot Services Invocation"
#define SUCCESS    "Exit Boot Services Returned with Success"
#define FAILURE    "Exit Boot Services Returned with Failure"
#define SEPARATOR  "os-separator"
#define ZEROS      ""
#define ENTER      "enter-initrd"
#define LEAVE      "leave-initrd"
#define SYSINIT    "sysinit"
#define READY      "ready"

/* A failed ExitBootServices is called again, by a loader that has read the memory map anew. */
#define TWICE INVOCATION, FAILURE, INVOCATION, SUCCESS

#define STEPS_MAX 5

/* The firmware's come before the system's. systemd and Windows do not run in one boot. A kernel
 * that is started by kexec brings an initrd whose systemd separates once more, and a log of that
 * alone. */
static const struct chain {
	unsigned kinds;
	uint32_t pcrs;
	const char *steps[STEPS_MAX + 1];
} chains[] = {
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR, {SEPARATOR}},
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR, {SEPARATOR, SEPARATOR}},
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR, {SEPARATOR, SEPARATOR, SEPARATOR}},
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR, {SEPARATOR, SEPARATOR, SEPARATOR, SEPARATOR}},
	{UNLOGGED_OS_SEPARATOR, PCRS_SEPARATOR,
		{SEPARATOR, SEPARATOR, SEPARATOR, SEPARATOR, SEPARATOR}},
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
	{UNLOGGED_PHASES, PCRS_PHASES, {ENTER}},
	{UNLOGGED_PHASES, PCRS_PHASES, {ENTER, LEAVE}},
	{UNLOGGED_PHASES, PCRS_PHASES, {ENTER, LEAVE, SYSINIT}},
	{UNLOGGED_PHASES, PCRS_PHASES, {ENTER, LEAVE, SYSINIT, READY}},
	{UNLOGGED_PHASES, PCRS_PHASES, {SYSINIT}},
	{UNLOGGED_PHASES, PCRS_PHASES, {SYSINIT, READY}},
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

/* What systemd extends after the initrd has opened the disks. */
static bool is_late(const char *step)
{
	static const char *const late[] = {LEAVE, SYSINIT, READY};

	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		if (strcmp(step, late[i]) == 0)
			return true;
	}
	return false;
}

/* Where the chain leads from `value`, in its place; and where its part in the initrd does. */
static int follow(
	const struct chain *chain, uint16_t alg, uint8_t *value, uint8_t *initrd, struct error *err)
{
	bool is_over = false;
	int rc = 0;

	memcpy(initrd, value, tcg_digest_size(alg));
	for (size_t step = 0; !rc && chain->steps[step]; step++) {
		is_over = is_over || is_late(chain->steps[step]);
		rc = extend(alg, chain->steps[step], value, err);
		if (!rc && !is_over)
			memcpy(initrd, value, tcg_digest_size(alg));
	}
	return rc;
}

/* The chain that leads there, or NULL in *ret_chain. */
static int find_chain(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	const struct chain **ret_chain, uint8_t *ret_initrd, struct error *err)
{
	const size_t size = tcg_digest_size(alg);

	*ret_chain = NULL;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		uint8_t value[TCG_DIGEST_MAX];
		int rc;

		if (!(chains[i].pcrs & PCR(pcr)))
			continue;
		memcpy(value, from, size);
		rc = follow(&chains[i], alg, value, ret_initrd, err);
		if (rc)
			return rc;
		if (memcmp(value, to, size) == 0) {
			*ret_chain = &chains[i];
			return 0;
		}
	}
	return 0;
}

int unlogged_find(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	unsigned *ret_kinds, struct error *err)
{
	uint8_t initrd[TCG_DIGEST_MAX];
	const struct chain *chain;
	int rc = find_chain(alg, pcr, from, to, &chain, initrd, err);

	if (!rc)
		*ret_kinds = chain ? chain->kinds : 0;
	return rc;
}

int unlogged_find_initrd(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	bool *ret_is_known, uint8_t ret_value[TCG_DIGEST_MAX], struct error *err)
{
	uint8_t initrd[TCG_DIGEST_MAX] = {0};
	const struct chain *chain;
	int rc = find_chain(alg, pcr, from, to, &chain, initrd, err);

	if (rc)
		return rc;
	*ret_is_known = chain != NULL;
	if (chain)
		memcpy(ret_value, initrd, TCG_DIGEST_MAX);
	return 0;
}

void unlogged_print(unsigned kinds, char *out, size_t size)
{
	static const char *const names[] = {"ExitBootServices (firmware)", "os-separator (systemd)",
		"the cap (Windows)", "phases of the boot (systemd)"};
	size_t used = strlen(out);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && used < size; i++) {
		if (kinds & 1U << i)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", used ? ", " : "", names[i]);
	}
}
