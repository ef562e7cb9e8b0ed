/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/address.h"

#include <string.h>

#define V4_LEN 4
#define V6_LEN 16

struct range {
	uint32_t network;
	unsigned bits;
};

static uint32_t read_v4(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool address_is_loopback(const uint8_t *address, size_t len)
{
	static const uint8_t v6[V6_LEN] = {[V6_LEN - 1] = 1};

	if (len == V4_LEN)
		return address[0] == 127;
	return len == V6_LEN && memcmp(address, v6, V6_LEN) == 0;
}

static bool is_public_v4(uint32_t address)
{
	static const struct range taken[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10},
		{0x7f000000, 8}, {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
		{0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
		{0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3}};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if ((address ^ taken[i].network) >> (32 - taken[i].bits) == 0)
			return false;
	}
	return true;
}

static bool is_public_v6(const uint8_t at[V6_LEN])
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	/* An IPv4 address inside one of IPv6: by translation, or by 6to4. */
	if (!memcmp(at, nat64, sizeof(nat64)))
		return is_public_v4(read_v4(at + 12));
	if (at[0] == 0x20 && at[1] == 0x02)
		return is_public_v4(read_v4(at + 2));
	/* Teredo, documentation; all else outside of 2000::/3 is mapped, local or multicast. */
	if (at[0] == 0x20 && at[1] == 0x01 && (at[2] < 0x02 || (at[2] == 0x0d && at[3] == 0xb8)))
		return false;
	return at[0] >> 5 == 1;
}

bool address_is_public(const uint8_t *address, size_t len)
{
	if (len == V4_LEN)
		return is_public_v4(read_v4(address));
	return len == V6_LEN && is_public_v6(address);
}
