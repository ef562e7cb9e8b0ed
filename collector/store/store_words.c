/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_words.h"

#include <string.h>

static const char *const enrolment_names[STORE_ENROLMENT_COUNT] = {
	[STORE_ENROLMENT_UNKNOWN] = "unknown",
	[STORE_ENROLMENT_PENDING] = "pending",
	[STORE_ENROLMENT_ACCEPTED] = "accepted",
};

const char *store_enrolment_name(enum store_enrolment enrolment)
{
	return enrolment_names[enrolment < STORE_ENROLMENT_COUNT ? enrolment : 0];
}

static int refuse_word(struct error *err, const char *kind, const char *name)
{
	return error_set(err, ERROR_MALFORMED, "the store has the unknown %s \"%s\"", kind, name);
}

int store_enrolment_parse(const char *name, enum store_enrolment *ret_value, struct error *err)
{
	for (unsigned int i = 0; i < STORE_ENROLMENT_COUNT; i++) {
		if (!strcmp(name, enrolment_names[i])) {
			*ret_value = (enum store_enrolment)i;
			return 0;
		}
	}
	return refuse_word(err, "enrolment", name);
}

int store_status_parse(const char *name, enum verdict_status *ret_value, struct error *err)
{
	for (unsigned int i = 0; i <= VERDICT_CONTRAINDICATED; i++) {
		if (!strcmp(name, verdict_status_name((enum verdict_status)i))) {
			*ret_value = (enum verdict_status)i;
			return 0;
		}
	}
	return refuse_word(err, "status", name);
}

int store_continuity_parse(const char *name, enum continuity *ret_value, struct error *err)
{
	for (unsigned int i = 0; i < CONTINUITY_COUNT; i++) {
		if (!strcmp(name, continuity_name((enum continuity)i))) {
			*ret_value = (enum continuity)i;
			return 0;
		}
	}
	return refuse_word(err, "continuity", name);
}

int store_event_parse(const char *name, enum event *ret_value, struct error *err)
{
	enum event event = event_parse(name);

	if (event == EVENT_COUNT)
		return refuse_word(err, "event", name);
	*ret_value = event;
	return 0;
}
