/* SPDX-License-Identifier: BSD-2-Clause */
/* The words under which enumerations are stored, hashed and shown: their numbers may change, these
 * do not. */
#ifndef COLLECTOR_STORE_WORDS_H
#define COLLECTOR_STORE_WORDS_H

#include "collector/store/store_types.h"

const char *store_enrolment_name(enum store_enrolment enrolment);

/* The value of a word. Errors: MALFORMED for any other. */
int store_enrolment_parse(const char *name, enum store_enrolment *ret_value, struct error *err);
int store_status_parse(const char *name, enum verdict_status *ret_value, struct error *err);
int store_continuity_parse(const char *name, enum continuity *ret_value, struct error *err);
int store_event_parse(const char *name, enum event *ret_value, struct error *err);

#endif
