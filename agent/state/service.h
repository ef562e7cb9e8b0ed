/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the service says of itself, for whoever asks: kept beside its last verdict, and published
 * together with it where every user of the machine may read it (docs/service.schema.json).
 */
#ifndef AGENT_STATE_SERVICE_H
#define AGENT_STATE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/verdict/verdict.h"

/* No service promises its next comparison later: the longest interval and a tenth. */
#define STATE_NEXT_MAX_S 95040

/* Times are seconds since 1970 by the guest's clock. */
struct state_service {
	uint64_t compared; /* when it compared last; 0: it never did */
	uint64_t next;     /* within when it compares again; 0: it ended, or nobody knows */
	uint64_t ended;    /* when the service was stopped; 0: it goes on, or there was none */
	enum verdict_status health; /* what the checks said then, */
	char check[32];             /* and which of them decided; empty: none */
	char boot_id[64];           /* of which boot this is; empty where it was published */
	char fault[512];            /* why it cannot compare; empty: it can */
};

/* `directory` as in agent/state/state.h. Errors of reading: NOT_FOUND, MALFORMED, IO, PERMISSION.
 */
int state_read_service(const char *directory, struct state_service *ret_service, struct error *err);

/* Where the last verdict is published, or NULL: nowhere. `state` is the configured directory, empty
 * for the operating system's place: a service with a place of its own speaks for itself alone. */
const char *state_public_path(const char *state);

/* Keeps what the service says, and publishes it with its last verdict, in words that are the same
 * for every machine: no key, no UUID and no name of it. `state` as state_public_path() takes it;
 * what cannot be written is logged. The directory's lock is the caller's. */
void state_tell(const char *state, const struct state_service *service);

/* Reads what was published: the verdict's one reason has its code and the continuity's sentence.
 * `ret_has_verdict`: there was one. Errors: as state_read_service(). */
int state_read_public(const char *path, struct state_service *ret_service,
	struct verdict *ret_verdict, bool *ret_has_verdict, struct error *err);

#endif
