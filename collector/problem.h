/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a request is refused: docs/protocol.md, "Errors". What does not stand here cannot be
 * answered, and what does is counted. */
#ifndef COLLECTOR_PROBLEM_H
#define COLLECTOR_PROBLEM_H

/* Name, HTTP status, and the code that a client acts on. */
#define PROBLEMS(X)                                                                                \
	X(MALFORMED, 400, "malformed")                                                             \
	X(UNSUPPORTED_VERSION, 400, "unsupported-version")                                         \
	X(UNAUTHORIZED, 401, "unauthorized")                                                       \
	X(FORBIDDEN, 403, "forbidden")                                                             \
	X(NOT_FOUND, 404, "not-found")                                                             \
	X(METHOD_NOT_ALLOWED, 405, "method-not-allowed")                                           \
	X(CHALLENGE_UNKNOWN, 409, "challenge-unknown")                                             \
	X(CHALLENGE_EXPIRED, 409, "challenge-expired")                                             \
	X(CHALLENGE_SPENT, 409, "challenge-spent")                                                 \
	X(UNUSABLE_REPORT, 409, "unusable-report")                                                 \
	X(NEWER_REPORT, 409, "newer-report")                                                       \
	X(BEYOND_END, 409, "beyond-end")                                                           \
	X(LENGTH_REQUIRED, 411, "length-required")                                                 \
	X(TOO_LARGE, 413, "too-large")                                                             \
	X(UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type")                                   \
	X(UNUSABLE_KEY, 422, "unusable-key")                                                       \
	X(UNUSABLE_LOG, 422, "unusable-log")                                                       \
	X(TOO_MANY, 429, "too-many")                                                               \
	X(DAMAGED, 500, "damaged")                                                                 \
	X(INTERNAL, 500, "internal")                                                               \
	X(BUSY, 503, "busy")                                                                       \
	X(STORE_UNAVAILABLE, 503, "store-unavailable")

#define PROBLEM_ENUM(name, status, code) PROBLEM_##name,
enum problem { PROBLEM_NONE, PROBLEMS(PROBLEM_ENUM) PROBLEM_COUNT };
#undef PROBLEM_ENUM

/* What the collector gives at most, by the word that a refusal and the metrics have for it, and
 * what a request is told that wants more. docs/protocol.md, "Limits". */
#define LIMITS(X)                                                                                  \
	X(CONNECTIONS_PER_ADDRESS, NONE, "connections-per-address")                                \
	X(BODIES, BUSY, "bodies")                                                                  \
	X(BODIES_PER_ADDRESS, TOO_MANY, "bodies-per-address")                                      \
	X(WAITING, BUSY, "waiting")                                                                \
	X(LONG_POLLS, BUSY, "long-polls")                                                          \
	X(QUEUE, BUSY, "queue")                                                                    \
	X(ENROLMENT_RATE, TOO_MANY, "enrolment-rate")                                              \
	X(REPORTS_PER_VM, TOO_MANY, "reports-per-hour")                                            \
	X(BYTES_PER_VM, TOO_MANY, "bytes-per-hour")                                                \
	X(PENDING, TOO_MANY, "pending")                                                            \
	X(PENDING_SIZE, TOO_MANY, "pending-size")                                                  \
	X(STORE_SIZE, STORE_UNAVAILABLE, "store-size")                                             \
	X(BLANKS, TOO_LARGE, "blanks")                                                             \
	X(KEY_SIZE, NONE, "key-size")                                                              \
	X(VERIFICATIONS, NONE, "verifications")

#define LIMIT_ENUM(name, problem, word) LIMIT_##name,
enum limit { LIMIT_NONE, LIMITS(LIMIT_ENUM) LIMIT_COUNT };
#undef LIMIT_ENUM

/* PROBLEM_NONE where nobody is answered: the connection is closed, or a certificate does not count.
 */
enum problem limit_problem(enum limit limit);
const char *limit_name(enum limit limit);

/* 0 and "" for PROBLEM_NONE. */
unsigned problem_status(enum problem problem);
const char *problem_code(enum problem problem);

#endif
