/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an event's digest is of its data: PFP 1.05, section 10.4.1, the column "digest". */
#ifndef CORE_MEASURED_EVENT_CHECK_H
#define CORE_MEASURED_EVENT_CHECK_H

#include "core/measured/event_data.h"

enum event_rule {
	EVENT_RULE_NONE = 0,  /* of something else */
	EVENT_RULE_DATA,      /* of the data */
	EVENT_RULE_TEXT,      /* of the text, without the NUL that may end it */
	EVENT_RULE_SEPARATOR, /* of the data, or after an error of the number 1 */
	EVENT_RULE_VARIABLE,  /* of UEFI_VARIABLE_DATA, or of what it holds */
	EVENT_RULE_MAYBE,     /* of the data or of a text in it, or of something else */
};

/* Errors: those of crypto_digest(). */
int event_check(const struct eventlog_event *event, enum event_rule rule,
	enum event_check *ret_check, struct error *err);

#endif
