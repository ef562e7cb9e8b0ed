/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/private.h"

#include "core/log.h"

void attestation_reply_error(struct http_request *request, const struct error *err)
{
	switch (err->code) {
	case ERROR_MALFORMED:
		http_reply_problem(request, PROBLEM_MALFORMED, 0, err->message);
		break;
	case ERROR_UNSUPPORTED:
		http_reply_problem(request, PROBLEM_UNSUPPORTED_VERSION, 0, err->message);
		break;
	case ERROR_TOO_LARGE:
		http_reply_problem(request, PROBLEM_MALFORMED, 0, err->message);
		break;
	default:
		log_write(LOG_LEVEL_ERROR, "%s", err->message);
		http_reply_problem(request, PROBLEM_STORE_UNAVAILABLE, 5,
			"the collector cannot store reports at the moment");
	}
}

void attestation_reply_spend(struct http_request *request, enum store_spend spend)
{
	http_reply_problem(request,
		spend == STORE_SPEND_EXPIRED ? PROBLEM_CHALLENGE_EXPIRED : PROBLEM_CHALLENGE_SPENT,
		0, "ask for a new challenge");
}
