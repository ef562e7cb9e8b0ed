/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/checks.h"

#include <jansson.h>
#include <string.h>

#include "core/checks/access.h"
#include "core/checks/boot_pcrs.h"
#include "core/checks/identity.h"
#include "core/checks/parts.h"
#include "core/checks/secure_boot.h"
#include "core/checks/state.h"
#include "core/checks/unlock.h"
#include "core/json/text.h"

/* When this check cannot be decided, the TPM could not be asked at all. */
static const char device_id[] = "device";

static const struct {
	const char *id, *title;
	check_function *run;
} table[] = {
	{device_id, "Device", check_device},
	{"model", "Model", check_model},
	{"version", "Version", check_version},
	{"responsive", "Responsive", check_responsive},
	{"started", "Started", check_started},
	{"failure-mode", "Failure mode", check_failure_mode},
	{"self-test", "Self-test", check_self_test},
	{"random", "Random numbers", check_random},
	{"lockout", "Lockout", check_lockout},
	{"hierarchies", "Hierarchies", check_hierarchies},
	{"slots", "Free slots", check_slots},
	{"pcr-banks", "PCR banks", check_pcr_banks},
	{"boot-pcrs", "Boot PCRs", check_boot_pcrs},
	{"secure-boot", "Secure Boot", check_secure_boot},
	{"secure-boot-certificates", "Boot certificates", check_secure_boot_certificates},
	{"tpm-time", "TPM time", check_tpm_time},
	{"ek", "Endorsement key", check_ek},
	{"ek-certificate", "EK certificate", check_ek_certificate},
	{"certificate-uuid", "Certificate UUID", check_certificate_uuid},
	{"attestation", "Attestation", check_attestation},
	{"disk-unlock", "Encrypted disks", check_disk_unlock},
};

/* Those that look at what the others said. */
static const struct {
	const char *id, *title;
	bool (*run)(const struct evidence *evidence, const struct check *so_far, size_t count,
		struct check *ret_check);
} last[] = {
	{"parts", "Parts", check_parts},
};
_Static_assert(sizeof(table) / sizeof(table[0]) + sizeof(last) / sizeof(last[0]) <= CHECKS_MAX,
	"room for every check");

static void run_last(const struct evidence *evidence, struct checks *checks)
{
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		struct check check = {.id = last[i].id, .title = last[i].title};

		if (last[i].run(evidence, checks->items, checks->count, &check))
			checks->items[checks->count++] = check;
	}
}

void checks_run(const struct evidence *evidence, const struct checks_options *options,
	struct checks *ret_checks)
{
	*ret_checks = (struct checks){0};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct check *check = &ret_checks->items[ret_checks->count];

		check->id = table[i].id;
		check->title = table[i].title;
		if (table[i].run(evidence, options, check))
			ret_checks->count++;
		else
			*check = (struct check){0};
	}
	run_last(evidence, ret_checks);
}

size_t checks_count(const struct checks *checks, enum check_result result)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->count; i++)
		count += checks->items[i].result == result;
	return count;
}

static bool is_device_unknown(const struct checks *checks)
{
	return checks->count && checks->items[0].id == device_id &&
	       checks->items[0].result == CHECK_UNKNOWN;
}

void checks_keep_boot(struct checks *checks)
{
	static const char *const ids[] = {"boot-pcrs", "secure-boot", "secure-boot-certificates"};
	size_t kept = 0;

	for (size_t i = 0; i < checks->count; i++) {
		for (size_t id = 0; id < sizeof(ids) / sizeof(ids[0]); id++) {
			if (strcmp(checks->items[i].id, ids[id]) == 0)
				checks->items[kept++] = checks->items[i];
		}
	}
	checks->count = kept;
}

enum verdict_status checks_status(const struct checks *checks)
{
	if (checks_count(checks, CHECK_FAIL))
		return VERDICT_CONTRAINDICATED;
	if (!checks->count || is_device_unknown(checks))
		return VERDICT_NONE;
	return checks_count(checks, CHECK_WARN) ? VERDICT_WARNING : VERDICT_AFFIRMING;
}

const struct check *checks_decisive(const struct checks *checks)
{
	static const enum check_result worst_first[] = {CHECK_FAIL, CHECK_WARN};

	for (size_t level = 0; level < 2; level++) {
		if (level == 1 && is_device_unknown(checks))
			return &checks->items[0];
		for (size_t i = 0; i < checks->count; i++) {
			if (checks->items[i].result == worst_first[level])
				return &checks->items[i];
		}
	}
	return NULL;
}

static json_t *check_to_json(const struct check *check)
{
	json_t *object = json_pack("{s:s, s:s, s:o}", "id", check->id, "result",
		check_result_name(check->result), "sentence", json_text_string(check->sentence));
	int failed = 0;

	if (object && check->remedy[0])
		failed = json_object_set_new(object, "remedy", json_text_string(check->remedy));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

json_t *checks_to_json(const struct checks *checks)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (json_array_append_new(array, check_to_json(check))) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}
