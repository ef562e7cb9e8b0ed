/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tcg/ek_template.h"

#include <stddef.h>

#include "core/tcg/tcg.h"

static const struct ek_template templates[] = {
	{0x01c00002, "L-1", TCG_ALG_RSA, 2048, 0, EK_RANGE_LOW},
	{0x01c0000a, "L-2", TCG_ALG_ECC, 0, TCG_CURVE_P256, EK_RANGE_LOW},
	{0x01c00012, "H-1", TCG_ALG_RSA, 2048, 0, EK_RANGE_HIGH},
	{0x01c00014, "H-2", TCG_ALG_ECC, 0, TCG_CURVE_P256, EK_RANGE_HIGH},
	{0x01c00016, "H-3", TCG_ALG_ECC, 0, TCG_CURVE_P384, EK_RANGE_ANY},
	{0x01c00018, "H-4", TCG_ALG_ECC, 0, TCG_CURVE_P521, EK_RANGE_ANY},
	{0x01c0001a, "H-5", TCG_ALG_ECC, 0, TCG_CURVE_SM2_P256, EK_RANGE_ANY},
	{0x01c0001c, "H-6", TCG_ALG_RSA, 3072, 0, EK_RANGE_ANY},
	{0x01c0001e, "H-7", TCG_ALG_RSA, 4096, 0, EK_RANGE_ANY},
};
#define COUNT (sizeof(templates) / sizeof(templates[0]))

const struct ek_template *ek_template_of_index(uint32_t index)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (templates[i].index == index)
			return &templates[i];
	}
	return NULL;
}

const struct ek_template *ek_template_of_key(
	uint16_t type, uint16_t bits, uint16_t curve, enum ek_range range)
{
	for (size_t i = 0; i < COUNT; i++) {
		const struct ek_template *each = &templates[i];

		if (each->type != type || each->bits != bits || each->curve != curve)
			continue;
		if (each->range == EK_RANGE_ANY || each->range == range)
			return each;
	}
	return NULL;
}
