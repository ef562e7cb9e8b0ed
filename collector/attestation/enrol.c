/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"

struct pair {
	char uuid[TEXT_UUID_SIZE];
	uint8_t ek[STORE_HASH_SIZE];
};

struct enrol {
	enum enrol_policy policy;
	struct buf pairs; /* of struct pair, sorted */
};

static int compare_pairs(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct pair));
}

/* A line that is neither empty nor a comment; cuts it. */
static int read_line(struct enrol *enrol, char *line, struct error *err)
{
	char *save = NULL, *uuid, *hex;
	struct pair pair = {0};
	bool is_one;

	line[strcspn(line, "#\r")] = 0;
	uuid = strtok_r(line, " \t", &save);
	if (!uuid)
		return 0;
	hex = strtok_r(NULL, " \t", &save);
	if (!text_uuid(uuid, pair.uuid))
		return error_set(err, ERROR_CONFIG, "no UUID at its start");
	if (text_uuid_is_placeholder(pair.uuid))
		return error_set(err, ERROR_CONFIG, "%s is a placeholder, which many machines have",
			pair.uuid);
	is_one = hex && !strtok_r(NULL, " \t", &save);
	if (!is_one || text_unhex(hex, strlen(hex), pair.ek, sizeof(pair.ek)) != STORE_HASH_SIZE)
		return error_set(err, ERROR_CONFIG,
			"not one fingerprint of 64 hexadecimal digits after the UUID");
	buf_append(&enrol->pairs, &pair, sizeof(pair));
	return 0;
}

static int read_allowlist(struct enrol *enrol, const char *text, struct error *err)
{
	char *copy = strdup(text), *line = copy;
	int rc = copy ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the allowlist");

	for (unsigned number = 1; !rc && line; number++) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = 0;
		rc = read_line(enrol, line, err);
		if (rc)
			error_wrap(err, "line %u", number);
		line = next;
	}
	free(copy);
	if (!rc && enrol->pairs.failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the allowlist");
	if (!rc && enrol->pairs.len)
		qsort(enrol->pairs.data, enrol->pairs.len / sizeof(struct pair),
			sizeof(struct pair), compare_pairs);
	return rc;
}

int enrol_new(enum enrol_policy policy, const char *allowlist, struct enrol **ret_enrol,
	struct error *err)
{
	struct enrol *enrol = calloc(1, sizeof(*enrol));
	int rc;

	if (!enrol)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the enrolment policy");
	enrol->policy = policy;
	rc = allowlist ? read_allowlist(enrol, allowlist, err) : 0;
	if (rc) {
		enrol_free(enrol);
		return rc;
	}
	*ret_enrol = enrol;
	return 0;
}

void enrol_free(struct enrol *enrol)
{
	if (!enrol)
		return;
	buf_free(&enrol->pairs);
	free(enrol);
}

enum enrol_policy enrol_policy(const struct enrol *enrol)
{
	return enrol->policy;
}

bool enrol_allows(const struct enrol *enrol, const char *uuid, const uint8_t ek[STORE_HASH_SIZE])
{
	struct pair pair = {0};

	memcpy(pair.uuid, uuid, sizeof(pair.uuid));
	memcpy(pair.ek, ek, sizeof(pair.ek));
	return enrol->pairs.len &&
	       bsearch(&pair, enrol->pairs.data, enrol->pairs.len / sizeof(pair), sizeof(pair),
		       compare_pairs);
}

enum store_enrolment enrol_wait(const char *why, struct verdict *verdict)
{
	continuity_conclude(verdict, CONTINUITY_UNVERIFIED, verdict->event,
		REASON_ENROLMENT_PENDING, "this VM waits for an operator's acceptance%s%s",
		*why ? ": " : "", why);
	verdict->is_quote_verified = true;
	return STORE_ENROLMENT_PENDING;
}

enum store_enrolment enrol_decide(const struct enrol *enrol, const char *uuid,
	const uint8_t ek[STORE_HASH_SIZE], const char *distrust, struct verdict *verdict)
{
	enum event event = verdict->event;

	switch (enrol->policy) {
	case ENROL_FIRST_USE:
		return STORE_ENROLMENT_ACCEPTED;
	case ENROL_ALLOWLIST:
		if (enrol_allows(enrol, uuid, ek))
			return STORE_ENROLMENT_ACCEPTED;
		continuity_conclude(verdict, CONTINUITY_UNVERIFIED, event, REASON_NOT_ON_ALLOWLIST,
			"VM %s with this EK is not on the allowlist", uuid);
		break;
	case ENROL_EK_CERTIFICATE:
		if (!*distrust)
			return STORE_ENROLMENT_ACCEPTED;
		continuity_conclude(verdict, CONTINUITY_UNVERIFIED, event, REASON_EK_NOT_TRUSTED,
			"the EK's certificate does not count: %.200s", distrust);
		break;
	default:
		return enrol_wait("", verdict);
	}
	verdict->is_quote_verified = true;
	return STORE_ENROLMENT_PENDING;
}
