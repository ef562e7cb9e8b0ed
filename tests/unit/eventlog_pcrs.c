/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the PCRs that a firmware event log extends, one "sha256 0 <hex>" a line, for comparison
 * with other programs. */
#include <stdio.h>

#include "core/measured/eventlog.h"
#include "core/text.h"

static void print_bank(const struct tcg_pcr_bank *bank)
{
	char hex[2 * TCG_DIGEST_MAX + 1];

	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		if (!(bank->pcrs & 1U << pcr))
			continue;
		text_hex(bank->values[pcr], tcg_digest_size(bank->alg), hex, sizeof(hex));
		printf("%s %u %s\n", tcg_alg_name(bank->alg), pcr, hex);
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[EVENTLOG_MAX_BYTES + 1];
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct eventlog log;
	struct error err;
	size_t len;

	if (!file) {
		fprintf(stderr, "usage: eventlog_pcrs LOG\n");
		return 64;
	}
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (eventlog_replay(bytes, len, NULL, NULL, &log, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 2;
	}
	for (size_t i = 0; i < log.bank_count; i++)
		print_bank(&log.banks[i]);
	return 0;
}
