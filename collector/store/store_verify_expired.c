/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether retention can have deleted what it is said to have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_verify.h"

#define DAY_MS      UINT64_C(86400000)
#define DETAIL_LINK " days behind report "

/* --- what the audit log says of retention --- */

struct reading {
	struct store_retention_setting setting;
	uint64_t last;
};

void store_retention_print(
	const struct store_retention_setting *setting, struct store_audit *ret_audit)
{
	snprintf(ret_audit->action, sizeof(ret_audit->action), "%s", STORE_RETENTION_ACTION);
	snprintf(ret_audit->detail, sizeof(ret_audit->detail), "%" PRIu32 DETAIL_LINK "%" PRIu64,
		setting->days, setting->behind);
}

static bool parse(const char *detail, struct store_retention_setting *ret_setting)
{
	const char *link = strstr(detail, DETAIL_LINK);
	const char *report = link ? link + sizeof(DETAIL_LINK) - 1 : "";
	uint64_t days, behind;
	char number[24];

	snprintf(number, sizeof(number), "%.*s", link ? (int)(link - detail) : 0, detail);
	if (!text_number(number, 0, UINT32_MAX, &days))
		return false;
	if (!text_number(report, 0, INT64_MAX, &behind))
		return false;
	*ret_setting = (struct store_retention_setting){(uint32_t)days, behind};
	return true;
}

static bool see_event(const struct store_audit *audit, void *context)
{
	struct reading *reading = context;

	if (strcmp(audit->action, STORE_RETENTION_ACTION) == 0)
		parse(audit->detail, &reading->setting);
	reading->last = audit->link.id;
	return true;
}

int store_read_retention(
	struct store *store, struct store_retention_setting *ret_setting, struct error *err)
{
	struct reading reading = {.setting.days = STORE_RETENTION_DAYS};
	uint64_t after;
	int rc;

	do {
		after = reading.last;
		rc = store_list_audit(store, after, STORE_BATCH_MAX, see_event, &reading, err);
	} while (!rc && reading.last > after);
	if (!rc)
		*ret_setting = reading.setting;
	return rc;
}

/* --- what is gone --- */

struct finding {
	struct store_verification *to;
	uint32_t days;
};

static bool see_tail(const char *uuid, uint64_t tail, uint64_t young, void *context)
{
	struct finding *finding = context;

	if (finding->days)
		store_verify_found(finding->to, 0,
			"reports of VM %s up to %" PRIu64 " were taken away before their time: "
			"report %" PRIu64 ", which came before, is younger than %" PRIu32 " days",
			uuid, tail, young, finding->days);
	else
		store_verify_found(finding->to, 0,
			"reports of VM %s up to %" PRIu64
			" were taken away, and the retention deletes none",
			uuid, tail);
	return finding->to->fault_count < STORE_FAULTS_MAX;
}

int store_verify_expired(struct store *store, const struct store_retention_clock *clock,
	struct store_verification *verification, struct error *err)
{
	const uint64_t kept_ms = clock->days * DAY_MS;
	/* A clock may have been set by a little, and a batch takes its time. */
	const uint64_t since_ms = clock->now_ms - kept_ms + kept_ms / 24;
	struct finding finding = {verification, clock->days};
	struct store_retention_setting setting;
	int rc = store_read_retention(store, &setting, err);

	if (rc || (clock->days && clock->now_ms < kept_ms))
		return rc;
	return store->ops->list_tails(store,
		&(struct store_tails){setting.behind, clock->days ? since_ms : 0, clock->now_ms},
		STORE_FAULTS_MAX / 4, see_tail, &finding, err);
}
