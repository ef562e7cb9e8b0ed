/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/events.h"

#define HOUR_MS  3600000
#define SLEEP_MS 500
#define KEXEC_MS 20000
#define DOWN_MS  50

static void power_on(struct model *model)
{
	model_start(model, MODEL_CLEAR);
	model_measure(model);
}

static void boot(struct model *model)
{
	power_on(model);
	model_boot(model);
}

static void pass(struct model *model, const struct model *earlier)
{
	(void)model;
	(void)earlier;
}

/* The guest extends a PCR and writes to NV memory. */
static void work(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_extend(&model->tpm);
	model->tpm.on.objects++;
	model_persist(&model->tpm);
}

static void soft_reboot(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_shut_down(&model->tpm, MODEL_CLEAR);
	boot(model);
}

static void hard_reset(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_stop(&model->tpm);
	boot(model);
}

static void crash(struct model *model, const struct model *earlier)
{
	(void)earlier;
	boot(model);
}

/* Clock and TPM are off while the system sleeps; its uptime goes on. */
static void suspend_to_ram(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_shut_down(&model->tpm, MODEL_STATE);
	model_run_guest(model, SLEEP_MS);
	model_start(model, MODEL_STATE);
}

static void hibernate(struct model *model, enum model_shutdown how)
{
	model_shut_down(&model->tpm, how);
	model_run_guest(model, SLEEP_MS);
	power_on(model);
}

static void hibernate_saved(struct model *model, const struct model *earlier)
{
	(void)earlier;
	hibernate(model, MODEL_STATE);
}

static void hibernate_orderly(struct model *model, const struct model *earlier)
{
	(void)earlier;
	hibernate(model, MODEL_CLEAR);
}

/* A driver that says nothing to the TPM. */
static void hibernate_unsaid(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_stop(&model->tpm);
	model_run_guest(model, SLEEP_MS);
	power_on(model);
}

/* The kernel's shutdown tells the TPM, which nobody starts anew. A system that is told to do it has
 * been up for a while. */
static void kexec(struct model *model, const struct model *earlier)
{
	uint8_t log = model->guest.log;

	(void)earlier;
	model_run(model, KEXEC_MS);
	model_shut_down(&model->tpm, MODEL_CLEAR);
	model_boot(model);
	model->guest.log = log;
	model->tpm.is_idle = false;
}

/* While the VM is down, its TPM's time goes on by what the two hosts' clocks say. */
static void migrate(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_go_on(model, model->now - DOWN_MS, false);
}

static void migrate_and_switch(struct model *model, const struct model *earlier)
{
	migrate(model, earlier);
	model->tpm.saves = !model->tpm.saves;
}

static void migrate_ahead(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_go_on(model, model->now - HOUR_MS, false);
}

/* To a host whose clock is behind: libtpms lets no time pass between the two. */
static void migrate_behind(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_run_guest(model, SLEEP_MS);
	model_go_on(model, model->now, false);
}

static void pause_vm(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_run_tpm(model, HOUR_MS);
}

/* It measures at the next start. */
static void upgrade_firmware(struct model *model, const struct model *earlier)
{
	(void)earlier;
	if (model->firmware)
		model->firmware++;
}

/* One of PCR 0 to 7, by the running system. */
static void extend_boot_pcr(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_extend(&model->tpm);
	if (model->tpm.on.pcr)
		model->tpm.on.pcr += 64;
}

static void set_authorization(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model->tpm.on.has_owner_auth = !model->tpm.on.has_owner_auth;
	model_persist(&model->tpm);
}

static void set_clock(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_set_clock(&model->tpm, model->tpm.on.clock + HOUR_MS);
}

static void switch_beacon(struct model *model, const struct model *earlier)
{
	(void)earlier;
	if (model->tpm.on.beacon)
		model_remove_beacon(&model->tpm);
	else
		model_advance(&model->tpm);
}

static void clear(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_clear(model);
}

static void replace(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_manufacture(model, model_fresh(model), model->guest.vm);
	boot(model);
}

static void replace_under(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_manufacture(model, model_fresh(model), model->guest.vm);
	model_start(model, MODEL_CLEAR);
}

static void clone(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_manufacture(model, model_fresh(model), model_fresh(model));
	boot(model);
}

static void reset_under(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_stop(&model->tpm);
	model_start(model, MODEL_CLEAR);
}

static void crash_under(struct model *model, const struct model *earlier)
{
	(void)earlier;
	model_start(model, MODEL_CLEAR);
}

/* A copy of the file that was made while its TPM ran. */
static void go_back(struct model *model, const struct model *earlier)
{
	model->tpm.file = earlier->tpm.file;
	boot(model);
}

/* One that was made while its VM was off. */
static void go_back_to_rest(struct model *model, const struct model *earlier)
{
	model->tpm.file = earlier->rest;
	boot(model);
}

static void go_back_under(struct model *model, const struct model *earlier)
{
	model->tpm.file = earlier->tpm.file;
	model_start(model, MODEL_CLEAR);
}

static void go_back_asleep(struct model *model, const struct model *earlier)
{
	model_run_guest(model, SLEEP_MS);
	model->tpm.file = earlier->tpm.file;
	power_on(model);
}

static void go_back_tpm(struct model *model, const struct model *earlier)
{
	bool saves = model->tpm.saves;

	model->tpm = earlier->tpm;
	model->tpm.saves = saves;
	model->rest = earlier->rest;
	model_go_on(model, earlier->now, true);
}

static void go_back_vm(struct model *model, const struct model *earlier)
{
	model->guest = earlier->guest;
	model->firmware = earlier->firmware;
	go_back_tpm(model, earlier);
}

const struct model_event model_events[] = {
	{"look", CAUSE_QUIET, false, pass, true},
	{"work", CAUSE_QUIET, false, work, false},
	{"soft reboot", CAUSE_BOOT, false, soft_reboot, false},
	{"hard reset", CAUSE_BOOT, false, hard_reset, false},
	{"host crash", CAUSE_BOOT, false, crash, false},
	{"S3", CAUSE_QUIET, false, suspend_to_ram, false},
	{"S4 with its TPM's state saved", CAUSE_QUIET, false, hibernate_saved, false},
	{"S4 with its TPM shut down", CAUSE_QUIET, false, hibernate_orderly, false},
	{"S4 without a word to the TPM", CAUSE_QUIET, false, hibernate_unsaid, false},
	{"kexec", CAUSE_BOOT, false, kexec, false},
	{"migration", CAUSE_QUIET, false, migrate, false},
	{"migration and a look at once", CAUSE_QUIET, false, migrate, true},
	{"migration to another swtpm", CAUSE_QUIET, false, migrate_and_switch, false},
	{"migration, clock ahead", CAUSE_QUIET, false, migrate_ahead, false},
	{"migration, clock behind", CAUSE_QUIET, false, migrate_behind, false},
	{"pause", CAUSE_QUIET, false, pause_vm, false},
	{"firmware upgraded", CAUSE_QUIET, false, upgrade_firmware, false},
	{"PCR 0 extended", CAUSE_QUIET, false, extend_boot_pcr, false},
	{"owner authorization", CAUSE_QUIET, false, set_authorization, false},
	{"TPM2_ClockSet", CAUSE_QUIET, false, set_clock, false},
	{"beacon on or off", CAUSE_QUIET, false, switch_beacon, false},
	{"TPM2_Clear", CAUSE_CLEAR, false, clear, false},
	{"replaced", CAUSE_REPLACED, false, replace, false},
	{"replaced under the guest", CAUSE_REPLACED, false, replace_under, false},
	{"another VM's", CAUSE_CLONED, false, clone, false},
	{"reset under the guest", CAUSE_RESET_UNDER, false, reset_under, false},
	{"killed and started under the guest", CAUSE_RESET_UNDER, false, crash_under, false},
	{"older file", CAUSE_BACK, true, go_back, false},
	{"older file, of a VM at rest", CAUSE_BACK, true, go_back_to_rest, false},
	{"older file under the guest", CAUSE_BACK_UNDER, true, go_back_under, false},
	{"older file under a hibernated guest", CAUSE_BACK_ASLEEP, true, go_back_asleep, false},
	{"older TPM under the guest", CAUSE_BACK_TPM, true, go_back_tpm, false},
	{"older VM", CAUSE_BACK_VM, true, go_back_vm, false},
};
const unsigned model_event_count = sizeof(model_events) / sizeof(model_events[0]);

const char *cause_name(enum cause cause)
{
	static const char *const names[] = {"intact, no boot", "intact, booted",
		"a clock that was set and lost", "cleared", "replaced", "another VM's",
		"reset under the guest", "older file", "older file under the guest",
		"older file under a hibernated guest", "older TPM under the guest", "older VM"};

	return names[cause];
}
