/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By what a client's address is counted, or told from another. Of IPv6 that is the network (/64):
 * the rest is the client's own to choose, and as many addresses as it likes. What is shown is the
 * address itself.
 */
#ifndef COLLECTOR_NETWORK_H
#define COLLECTOR_NETWORK_H

#include <stdbool.h>

#define NETWORK_SIZE 64

/* "192.0.2.1" of an IPv4 address, also of one that is mapped into IPv6; "2001:db8:1:2::/64" of
 * another IPv6 address, with or without a zone. False: `address` is none; *ret_network has what of
 * it fits. */
bool network_of(const char *address, char ret_network[NETWORK_SIZE]);

/* Whether two addresses, or what stands in their place, are counted as one. */
bool network_is_same(const char *left, const char *right);

#endif
