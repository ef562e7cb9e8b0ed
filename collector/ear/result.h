/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a VM as an EAT attestation result (EAR, draft-ietf-rats-ear): the claims, for
 * others who decide by them. They must not take for now what was so once: what makes a verdict one
 * of the past is a doubt, and then nothing good is said. No I/O, no clock of its own.
 */
#ifndef COLLECTOR_EAR_RESULT_H
#define COLLECTOR_EAR_RESULT_H

#include "collector/store/store_types.h"
#include "core/json/value.h"

#define EAR_PROFILE    "tag:github.com,2023:veraison/ear"
#define EAR_MEDIA_TYPE "application/eat+jwt; eat_profile=\"" EAR_PROFILE "\""

/* So long a result may be shown to others, who do not see what comes meanwhile. */
#define EAR_VALID_S 300

/* A key that signs no more is published for so long: what it signed may be valid by a clock that is
 * behind. */
#define EAR_KEY_KEPT_S 3600

/* So old may a verdict be whose VM promised no next report. */
#define EAR_UNPROMISED_S 3600

/* The draft's bounds of a nonce in JSON. */
#define EAR_NONCE_MIN 8
#define EAR_NONCE_MAX 88

/* What is asked, and what is known. */
struct ear_question {
	const struct store_vm *vm;
	uint64_t now_ms;
	uint64_t lost; /* the store may have lost reports behind any up to this number; 0: none */
	const char *policy; /* by which VMs are enrolled now */
	const char *nonce;  /* of who asks; NULL: none */
};

/* The claims. NULL when memory is short. */
json_t *ear_claims(const struct ear_question *question);

#endif
