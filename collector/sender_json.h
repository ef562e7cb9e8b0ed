/* SPDX-License-Identifier: BSD-2-Clause */
/* A report's or a claim's sender as JSON: the same wherever it is shown. */
#ifndef COLLECTOR_SENDER_JSON_H
#define COLLECTOR_SENDER_JSON_H

#include <jansson.h>

#include "collector/store/store_types.h"

/* {role, name, address}, the first two null without a credential; null where nothing was recorded.
 * A new value, NULL where memory is short. */
json_t *sender_json(const struct store_sender *sender);

#endif
