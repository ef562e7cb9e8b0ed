/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/status/outcome.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "console/page.h"

/* What cannot be told may be anything, so it comes before a warning. */
static int rank(enum verdict_status status)
{
	static const int ranks[] = {[VERDICT_AFFIRMING] = 0,
		[VERDICT_WARNING] = 1,
		[VERDICT_NONE] = 2,
		[VERDICT_CONTRAINDICATED] = 3};

	return ranks[status];
}

enum verdict_status status_of_verdict(const struct verdict *verdict)
{
	if (verdict->continuity == CONTINUITY_FIRST_SEEN && verdict->status == VERDICT_NONE)
		return VERDICT_AFFIRMING;
	return verdict->status;
}

const char *status_age(uint64_t now, uint64_t then, char out[32])
{
	static const struct {
		uint64_t seconds;
		const char *unit;
	} units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	const uint64_t age = now > then ? now - then : 0;
	size_t i = 0;

	/* Twice a unit, so that nothing is rounded by half. */
	while (i < 3 && age < 2 * units[i].seconds)
		i++;
	snprintf(out, 32, "%" PRIu64 " %s ago", age / units[i].seconds, units[i].unit);
	return out;
}

/* Where `status` is worse than what was found so far, it decides. */
static void consider(struct status_outcome *outcome, enum verdict_status status, const char *reason,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void consider(struct status_outcome *outcome, enum verdict_status status, const char *reason,
	const char *fmt, ...)
{
	va_list args;

	if (rank(status) <= rank(outcome->status))
		return;
	outcome->status = status;
	outcome->badge = page_verdict(status);
	outcome->reason = reason;
	va_start(args, fmt);
	vsnprintf(outcome->sentence, sizeof(outcome->sentence), fmt, args);
	va_end(args);
}

/* This user may ask neither the TPM nor the service; nothing is wrong with the TPM for that.
 * Whoever may read what the service keeps is refused by the TPM for a reason. */
static bool is_kept_from_us(const struct evidence *evidence, const struct service_word *service)
{
	const struct record_part *session = &evidence->session.part;

	return service->is_public && session->state == PART_FAILED &&
	       session->error.code == ERROR_PERMISSION;
}

static void begin_with_checks(const struct checks *checks, struct status_outcome *outcome)
{
	const struct check *decisive = checks_decisive(checks);

	*outcome = (struct status_outcome){
		.status = checks_status(checks), .reason = decisive ? decisive->id : NULL};
	snprintf(outcome->sentence, sizeof(outcome->sentence), "%s",
		decisive ? decisive->sentence : "the vTPM is present and working");
}

/* What the service's checks said stands for ours. */
static void begin_with_service(
	const struct service_word *service, uint64_t now, struct status_outcome *outcome)
{
	const bool is_decided = *service->said.check;
	char age[32];

	*outcome = (struct status_outcome){
		.status = service->said.health, .reason = is_decided ? service->said.check : NULL};
	snprintf(outcome->sentence, sizeof(outcome->sentence),
		is_decided ? "check %s did not pass, as the service found %s"
			   : "the vTPM is present and working%s, as the service found %s",
		service->said.check, status_age(now, service->iat, age));
}

static void consider_pace(
	const struct service_word *service, uint64_t now, struct status_outcome *outcome)
{
	char age[32];

	switch (service_word_pace(service, now)) {
	case SERVICE_ENDED:
		consider(outcome, VERDICT_WARNING, "service-ended",
			"the service was stopped %s and compares no more",
			status_age(now, service->said.ended, age));
		break;
	case SERVICE_OVERDUE:
		consider(outcome, VERDICT_WARNING, "service-overdue",
			"the service does not compare any more: it did last %s",
			status_age(now, service->iat, age));
		break;
	case SERVICE_IN_FUTURE:
		consider(outcome, VERDICT_WARNING, "clock-set-back",
			"the service's last verdict is of a time that this clock has yet to reach");
		break;
	default:
		break;
	}
}

static void consider_verdict(
	const struct service_word *service, uint64_t now, struct status_outcome *outcome)
{
	const struct verdict *verdict = &service->verdict;
	const enum verdict_status status = status_of_verdict(verdict);
	const char *remedy = reason_remedy(verdict->reasons[0].code);
	char age[32];

	status_age(now, service->iat, age);
	if (rank(status) > rank(outcome->status)) {
		consider(outcome, status, reason_name(verdict->reasons[0].code),
			"%s, as the service found %s", continuity_sentence(verdict->continuity),
			age);
		outcome->badge = continuity_name(verdict->continuity);
		outcome->remedy = *remedy ? remedy : NULL;
	} else if (outcome->status == VERDICT_AFFIRMING && !service->is_before_boot) {
		snprintf(outcome->sentence, sizeof(outcome->sentence),
			verdict->continuity == CONTINUITY_FIRST_SEEN
				? "the vTPM is present and working, and the service took it as "
				  "its baseline %s"
				: "the vTPM is present, working and still the same one, as the "
				  "service found %s",
			age);
	}
}

void status_decide(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service, struct status_outcome *ret_outcome)
{
	const uint64_t now = evidence->iat;
	const bool counts = service && !service->is_of_other_vm;
	const bool is_current = counts && service->has_verdict && !*service->said.fault &&
				!service->is_before_boot &&
				service_word_pace(service, now) == SERVICE_GOES_ON;

	if (is_current && service->said.compared && is_kept_from_us(evidence, service))
		begin_with_service(service, now, ret_outcome);
	else
		begin_with_checks(checks, ret_outcome);
	ret_outcome->badge = page_verdict(ret_outcome->status);
	ret_outcome->health = ret_outcome->status;
	if (!counts)
		return;
	if (service->has_verdict)
		consider_verdict(service, now, ret_outcome);
	if (*service->said.fault)
		consider(ret_outcome, VERDICT_NONE, "service-failed",
			"the service cannot compare: %.250s", service->said.fault);
	consider_pace(service, now, ret_outcome);
}
