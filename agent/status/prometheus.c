/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "agent/status/outcome.h"
#include "agent/status/status.h"
#include "core/evidence/properties.h"

static void head(struct buf *to, const char *name, const char *type, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A metric with one sample. */
static void gauge(struct buf *to, const char *name, const char *help, double value)
{
	head(to, name, "gauge", help);
	buf_printf(to, "%s %.15g\n", name, value);
}

/* A label, its value quoted as the format wants it and harmless beyond. */
static void label(struct buf *to, const char *separator, const char *name, const char *value)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, value, true);
	to->failed = to->failed || escaped.failed;
	buf_printf(to, "%s%s=\"", separator, name);
	for (size_t i = 0; i < escaped.len; i++) {
		if (escaped.data[i] == '"' || escaped.data[i] == '\\')
			buf_append_u8(to, '\\');
		buf_append_u8(to, escaped.data[i]);
	}
	buf_append_text(to, "\"");
}

static void append_info(struct buf *to, const struct evidence *evidence, const struct properties *p)
{
	char ek[2 * EVIDENCE_NAME_MAX + 1] = "";

	if (evidence->eks.keys.count)
		text_hex(evidence->eks.keys.items[0].name.data,
			evidence->eks.keys.items[0].name.len, ek, sizeof(ek));
	head(to, "vtpm_info", "gauge", "What the vTPM is; always 1.");
	buf_append_text(to, "vtpm_info");
	label(to, "{", "manufacturer", p->manufacturer);
	label(to, ",", "vendor", p->vendor);
	label(to, ",", "firmware", p->firmware);
	label(to, ",", "model", evidence->device.model);
	label(to, ",", "ek_name", ek);
	buf_append_text(to, "} 1\n");
}

/* A state set: each state has its sample, so that an alert has one to look at. */
static void append_continuity(struct buf *to, enum continuity now)
{
	head(to, "vtpm_continuity", "gauge", "1 for what the service's last verdict was.");
	for (unsigned i = 0; i < CONTINUITY_COUNT; i++) {
		buf_append_text(to, "vtpm_continuity");
		label(to, "{", "state", continuity_name((enum continuity)i));
		buf_printf(to, "} %d\n", i == (unsigned)now);
	}
}

static void append_service(
	struct buf *to, const struct service_word *service, const struct evidence *evidence)
{
	if (service->is_of_other_vm)
		return;
	if (service->has_verdict) {
		append_continuity(to, service->verdict.continuity);
		gauge(to, "vtpm_verdict_status",
			"The service's last verdict, as vtpm_status has it.",
			verdict_exit_code(status_of_verdict(&service->verdict)));
		gauge(to, "vtpm_verdict_timestamp_seconds",
			"When the service gave it, by the guest's clock.", (double)service->iat);
	}
	gauge(to, "vtpm_service_failed", "1 where the service cannot compare.",
		*service->said.fault != 0);
	gauge(to, "vtpm_service_overdue", "1 where its next comparison did not come.",
		service_word_pace(service, evidence->iat) == SERVICE_OVERDUE);
}

void status_prometheus(struct buf *to, const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service)
{
	struct status_outcome outcome;
	struct properties p;

	status_decide(evidence, checks, service, &outcome);
	properties_decode(evidence, &p);
	gauge(to, "vtpm_status",
		"0 healthy, 1 warning, 2 broken, 3 unknown (the agent's exit code).",
		verdict_exit_code(outcome.status));
	gauge(to, "vtpm_health", "The same of the checks alone.",
		verdict_exit_code(outcome.health));
	if (service)
		append_service(to, service, evidence);
	head(to, "vtpm_check_result", "gauge",
		"0 pass, 1 warn, 2 fail, 3 unknown, for each check.");
	for (size_t i = 0; i < checks->count; i++) {
		static const int values[] = {
			[CHECK_PASS] = 0, [CHECK_WARN] = 1, [CHECK_FAIL] = 2, [CHECK_UNKNOWN] = 3};

		buf_append_text(to, "vtpm_check_result");
		label(to, "{", "check", checks->items[i].id);
		buf_printf(to, "} %d\n", values[checks->items[i].result]);
	}
	gauge(to, "vtpm_collected_timestamp_seconds", "When this was read, by the guest's clock.",
		(double)evidence->iat);
	if (evidence->session.part.state == PART_READ) {
		gauge(to, "vtpm_commands", "TPM commands of this run.", evidence->session.commands);
		gauge(to, "vtpm_commands_duration_seconds", "Time the TPM took for them.",
			(double)evidence->session.tpm_time_us / 1e6);
	}
	if (evidence->properties.part.state == PART_READ)
		append_info(to, evidence, &p);
	if (evidence->clock.part.state == PART_READ) {
		gauge(to, "vtpm_resets", "TPM resets since manufacture or clear.",
			evidence->clock.reset_count);
		gauge(to, "vtpm_restarts", "TPM restarts since the last reset.",
			evidence->clock.restart_count);
		gauge(to, "vtpm_clock_seconds", "The TPM's clock.",
			(double)evidence->clock.clock_ms / 1000);
		gauge(to, "vtpm_time_seconds", "Time since the TPM was powered on.",
			(double)evidence->clock.time_ms / 1000);
	}
	if (p.has_lockout) {
		gauge(to, "vtpm_lockout_failures", "Failed authorizations.", p.lockout_counter);
		gauge(to, "vtpm_lockout_max", "Failed authorizations until lockout.",
			p.lockout_max);
	}
	if (p.has_permanent)
		gauge(to, "vtpm_in_lockout", "1 while authorizations are refused.",
			p.is_in_lockout);
}
