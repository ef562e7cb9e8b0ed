/* SPDX-License-Identifier: BSD-2-Clause */
/* The templates of endorsement keys: EK Credential Profile 2.5, sections 2.2.1.4 and 2.2.1.5. A
 * TPM may have an EK of each; each is another key, and its certificate has an NV index of its own.
 */
#ifndef CORE_TCG_EK_TEMPLATE_H
#define CORE_TCG_EK_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

/* Two templates of one kind of key differ in userWithAuth: clear in the low range, set in the high
 * one. */
enum ek_range { EK_RANGE_ANY = 0, EK_RANGE_LOW, EK_RANGE_HIGH };

struct ek_template {
	uint32_t index; /* the NV index of its certificate */
	const char *name;
	uint16_t type;
	uint16_t bits;  /* RSA */
	uint16_t curve; /* ECC */
	enum ek_range range;
};

/* NULL for an index that the profile gives to no template. */
const struct ek_template *ek_template_of_index(uint32_t index);

/* NULL for a key of a kind that no template makes. */
const struct ek_template *ek_template_of_key(
	uint16_t type, uint16_t bits, uint16_t curve, enum ek_range range);

#endif
