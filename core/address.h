/* SPDX-License-Identifier: BSD-2-Clause */
/* Network addresses as bytes, most significant first: 4 of IPv4, 16 of IPv6. */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether an address is this machine's own: 127.0.0.0/8 (RFC 1122, 3.2.1.3), ::1 (RFC 4291, 2.5.3).
 * An IPv4 address inside one of IPv6 is not. */
bool address_is_loopback(const uint8_t *address, size_t len);

/* Whether an address is of the public internet: nothing that is this machine, its link or its
 * private network, in whatever form it is written (RFC 6890). */
bool address_is_public(const uint8_t *address, size_t len);

#endif
