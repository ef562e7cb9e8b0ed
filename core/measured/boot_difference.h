/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is different between two boots, in words: what lies behind a PCR that differs.
 *
 * Both are the guest's word, as far as their logs do not lead to the PCRs that were quoted. What is
 * the same in both is not named, so a difference that the facts cannot tell leaves no change.
 */
#ifndef CORE_MEASURED_BOOT_DIFFERENCE_H
#define CORE_MEASURED_BOOT_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/tcg/boot_facts.h"

#define BOOT_CHANGES_MAX 16

/* Each with its word. */
#define BOOT_CHANGE_WORDS(row) row(ANOTHER, "another") row(NEW, "new") row(GONE, "gone")

#define BOOT_CONSTANT_CHANGE(id, word) BOOT_CHANGE_##id,
enum boot_change_kind { BOOT_CHANGE_WORDS(BOOT_CONSTANT_CHANGE) BOOT_CHANGE_COUNT };

struct boot_change {
	uint16_t pcr;
	enum boot_what what;
	enum boot_change_kind kind;
	char name[BOOT_NAME_MAX]; /* as in the later boot, or of what is gone; often empty */
	char sentence[160];       /* "boot loader: another shimx64.efi" */
};

struct boot_difference {
	uint32_t left_out; /* changes over the bound */
	struct {
		size_t count;
		struct boot_change items[BOOT_CHANGES_MAX];
	} changes;
};

/* Compares them, by rising PCR. Nothing is compared where their digests are of different banks. */
void boot_difference_find(const struct boot_facts *then, const struct boot_facts *now,
	struct boot_difference *ret_difference);

#endif
