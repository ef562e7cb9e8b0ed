/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define NETWORK_BYTES 8

static void print_v6(struct in6_addr *v6, char ret_network[NETWORK_SIZE])
{
	char text[INET6_ADDRSTRLEN] = "";

	if (IN6_IS_ADDR_V4MAPPED(v6)) {
		inet_ntop(AF_INET, v6->s6_addr + 12, ret_network, NETWORK_SIZE);
		return;
	}
	memset(v6->s6_addr + NETWORK_BYTES, 0, sizeof(v6->s6_addr) - NETWORK_BYTES);
	inet_ntop(AF_INET6, v6, text, sizeof(text));
	snprintf(ret_network, NETWORK_SIZE, "%s/%d", text, NETWORK_BYTES * 8);
}

bool network_of(const char *address, char ret_network[NETWORK_SIZE])
{
	struct in6_addr v6;
	struct in_addr v4;
	char bare[INET6_ADDRSTRLEN];

	/* What follows a % is one of our own interfaces. */
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(address, "%"), address);
	if (inet_pton(AF_INET6, bare, &v6) == 1) {
		print_v6(&v6, ret_network);
		return true;
	}
	snprintf(ret_network, NETWORK_SIZE, "%s", address);
	return inet_pton(AF_INET, bare, &v4) == 1;
}

bool network_is_same(const char *left, const char *right)
{
	char networks[2][NETWORK_SIZE];

	network_of(left, networks[0]);
	network_of(right, networks[1]);
	return strcmp(networks[0], networks[1]) == 0;
}
