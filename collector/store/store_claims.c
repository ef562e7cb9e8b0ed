/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_claims.h"

#include <string.h>

#include "collector/network.h"

bool store_sender_is_same(
	const struct store_sender *left, const struct store_sender *right, bool is_bound)
{
	if (strcmp(left->role, right->role) != 0 || strcmp(left->name, right->name) != 0)
		return false;
	return is_bound || network_is_same(left->address, right->address);
}

bool store_claim_has_same_keys(const struct store_claim *left, const struct store_claim *right)
{
	if (left->has_ek != right->has_ek)
		return false;
	if (left->has_ek && memcmp(left->ek, right->ek, sizeof(left->ek)) != 0)
		return false;
	return left->ak_name.len == right->ak_name.len &&
	       memcmp(left->ak_name.data, right->ak_name.data, left->ak_name.len) == 0;
}
