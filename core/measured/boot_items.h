/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of what a boot measured: events of a kind and a name are one item. */
#ifndef CORE_MEASURED_BOOT_ITEMS_H
#define CORE_MEASURED_BOOT_ITEMS_H

#include "core/error.h"
#include "core/measured/event_data.h"

/* Adds an event with its digest, which may be empty where the bank has none. What has no room of
 * its own any more goes to the nameless item of its kind. Errors: those of crypto_digest(). */
int boot_items_add(struct boot_facts *facts, uint32_t pcr, const struct event *event,
	const uint8_t *digest, struct error *err);

#endif
