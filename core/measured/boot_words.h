/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot's facts in words, for somebody who never saw a PCR. */
#ifndef CORE_MEASURED_BOOT_WORDS_H
#define CORE_MEASURED_BOOT_WORDS_H

#include <stddef.h>

#include "core/tcg/boot_facts.h"

/* "Secure Boot is on: the firmware started only what its keys allow"; never NULL. */
const char *boot_secure_sentence(enum boot_secure secure);

/* "Microsoft Corporation UEFI CA 2011" of "CN=Microsoft Corporation UEFI CA 2011,O=Microsoft...":
 * the common name says who, the rest only where. */
void boot_common_name(char *out, size_t size, const char *subject);

/* Kinds of items that were started or read, in the order of a boot. */
struct boot_started {
	enum boot_what what;
	const char *title, *unnamed; /* "Program", and what one without a name is called */
};

#define BOOT_STARTED_COUNT 7
extern const struct boot_started boot_started[BOOT_STARTED_COUNT];

#endif
