/* SPDX-License-Identifier: BSD-2-Clause */
/* What logs say, and what must be told of it. The lines are of the form that swtpm 0.7 and 0.10,
 * libtpms 0.9 and 0.10, QEMU, libvirt and the kernel print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/logs/lines.h"
#include "host/logs/made.h"
#include "host/logs/nova.h"

static struct findings findings;
static struct facts_domain domain = {.name = "g", .uuid = "u"};

#define POWER_ON                                                                                   \
	"libtpms/tpm2: Entering failure mode; code: 8, location: NvPowerOn line 126\n"             \
	"swtpm: Error: Could not initialize libtpms.\n"
#define INIT "qemu-system-x86_64: tpm-emulator: TPM result for CMD_INIT: 0x9 operation failed\n"
#define LOAD                                                                                       \
	"qemu-system-x86_64: error while loading state for instance 0x0 of device "                \
	"'tpm-emulator'\n"                                                                         \
	"qemu-system-x86_64: load of migration failed: Input/output error\n"
#define OLDER "this host's libtpms is older than the one that wrote the vTPM's state, which is good"
#define AVC(mode)                                                                                  \
	"audit: type=1400 audit(1700000000.1:10): avc:  denied  { write } for  pid=7 "             \
	"comm=\"swtpm\" name=\"tpm2\" tclass=dir permissive=" mode "\n"

/* swtpm's log, QEMU's, the journal, and the one finding's first words; NULL: none. */
static const struct {
	const char *swtpm, *qemu, *journal, *says;
} rows[] = {
	{"", "", "DENIED something\nswtpm is fine\n", NULL},
	{"", "x: starting up libvirt\n" INIT, "", "swtpm did not start: its state could not"},
	{"", "tpm-emulator: TPM result for CMD_INIT: 0x101 operation failed\n", "",
		"swtpm did not start: its state could not be loaded (\"CMD_INIT: 0x101"},
	{POWER_ON, INIT, "", "swtpm cannot read its state: wrong secret, or"},
	{"swtpm: Verification of HMAC failed. Data integrity is compromised\n" POWER_ON, INIT, "",
		"swtpm cannot read its state: wrong secret, or"},
	{"swtpm: SWTPM_NVRAM_Lock_Dir: Could not lock access to lockfile: Resource temporarily "
	 "unavailable\nswtpm: Error: Could not initialize libtpms.\n"
	 "swtpm: Verification of HMAC failed. Data integrity is compromised\n" POWER_ON,
		INIT, "", "swtpm cannot read its state: wrong secret, or"},
	{"swtpm: Could not find plain data in byte stream.\n" POWER_ON, INIT, "",
		"the vTPM's state is encrypted, and"},
	{"swtpm: Could not find HMAC or encrypted data (tag 2) in byte stream.\n" POWER_ON, INIT,
		"", "the vTPM's state is not encrypted, though"},
	{"libtpms/tpm2: NV_HEADER_UnmarshalVerbose: Invalid magic. Expected 0xab364723, got 0x000a0"
	 "000\n" POWER_ON,
		INIT, "", "the vTPM's state file is damaged"},
	{"swtpm: SWTPM_NVRAM_LoadData: Error from SWTPM_NVRAM_CheckHeader rc = 3\n" POWER_ON, INIT,
		"", "the vTPM's state file is damaged"},
	{"libtpms/tpm2: NV_HEADER_UnmarshalVerbose: Minimum version 4 higher than implementation "
	 "version 3 for type 0xab364723\n" POWER_ON,
		INIT, "", OLDER},
	{"libtpms/tpm2: NV_HEADER_UNMARSHAL: Minimum version 5 higher than implementation version "
	 "4 for type 0xab364723\n" POWER_ON,
		INIT, "", OLDER},
	{"libtpms/tpm2: EPSeedCompatLevel compatLevel '1' higher than supported '0'\n" POWER_ON,
		INIT, "", OLDER},
	{"",
		"tpm-emulator: Setting the stateblob (type 1) failed with a TPM error 0x2e bad "
		"version identifier\n" LOAD,
		"", OLDER},
	{"libtpms/tpm2: NV_HEADER_UNMARSHAL: Minimum version 5 higher than implementation version "
	 "4 for type 0xab364723\n",
		"tpm-emulator: Setting the stateblob (type 1) failed with a TPM error 0x2e bad "
		"version identifier\n" LOAD,
		"", OLDER},
	{"swtpm: Minimum required version for the blob is 3, we only support version 2\n"
	 "swtpm: SWTPM_NVRAM_LoadData: Error from SWTPM_NVRAM_CheckHeader rc = 46\n" POWER_ON,
		INIT, "", "this host's swtpm is older than the one that wrote"},
	{"",
		"tpm-emulator: Setting the stateblob (type 2) failed with a TPM error 0x3 a "
		"parameter is bad\n" LOAD,
		"", "the vTPM's state did not load at the destination"},
	{"swtpm: SWTPM_NVRAM_Lock_Dir: Could not lock access to lockfile: Resource temporarily "
	 "unavailable\nswtpm: Error: Could not initialize libtpms.\n",
		INIT, "", "another swtpm has locked this vTPM's state"},
	{"swtpm: SWTPM_NVRAM_Lock_Dir: Could not open lockfile: Permission denied\n", INIT, "",
		"swtpm may not open its lock beside the state"},
	{"swtpm: SWTPM_NVRAM_Lock_Dir: Could not open lockfile: Permission denied\n", INIT,
		AVC("0"), "SELinux denies swtpm its files"},
	{"", "", AVC("1"), NULL},
	{"", "", "apparmor=\"DENIED\" operation=\"open\" profile=\"swtpm\" name=\"/srv/x\"\n",
		"AppArmor denies swtpm its files"},
	{"Error: Profile could not be applied to an existing TPM 2 instance.\n", INIT, "",
		"its definition asks for a profile, which a vTPM takes only"},
	{"swtpm: Error: Could not set profile for TPM2: '{\"Name\":\"default-v9\"}'\n", INIT, "",
		"this host's libtpms does not have the profile"},
	{"User tss cannot access directory /s/u/tpm2. Make sure it exists and is a directory.\n"
	 "An error occurred. Authoring the TPM state failed.\n",
		"",
		"internal error: Could not run '/usr/bin/swtpm_setup'. exitstatus: 1; Check error "
		"log '/x' for details.\n",
		"the swtpm account cannot reach the state's directory"},
	{"Need read/write rights on /x/.lock.swtpm-localca for user 102.\n"
	 "An error occurred. Authoring the TPM state failed.\n",
		"", "", "swtpm's certificate authority does not belong"},
	{"swtpm process terminated unexpectedly.\nCould not start the TPM 2.\n"
	 "An error occurred. Authoring the TPM state failed.\n",
		"",
		"internal error: Could not run '/usr/bin/swtpm_setup'. exitstatus: 1; Check error "
		"log '/x' for details.\n",
		"no new vTPM could be made"},
	{"", "",
		"internal error: Could not start 'swtpm'. exitstatus: 126, error: libvirt:  error "
		": cannot execute binary /usr/bin/swtpm: Permission denied\n",
		"libvirt is not let run swtpm"},
	{"", "", "error : TPM secret was not found\n",
		"the secret of the vTPM's encryption is not"},
	{"", "error: swtpm does not support migration with shared storage\n", "",
		"swtpm is too old to migrate on a shared directory"},
};

static void judge(const char *swtpm, const char *qemu, const char *journal, bool is_past)
{
	const struct log_text logs[] = {
		{swtpm, "swtpm's", is_past}, {qemu, "QEMU's", false}, {journal, "journal", false}};

	findings.count = 0;
	log_lines_judge(logs, 3, &domain, &findings);
}

static void each_line_has_its_one_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *sentence = findings.items[0].sentence;

		judge(rows[i].swtpm, rows[i].qemu, rows[i].journal, false);
		if (!rows[i].says) {
			assert_int_equal(findings.count, 0);
			continue;
		}
		assert_int_equal(findings.count, 1);
		assert_memory_equal(sentence, rows[i].says, strlen(rows[i].says));
		assert_true(*findings.items[0].remedy);
	}
}

static void a_good_state_is_not_to_be_replaced(void **state)
{
	(void)state;
	judge("NV_HEADER_UNMARSHAL: Minimum version 5 higher than implementation version 4\n", "",
		"", false);
	assert_non_null(strstr(findings.items[0].remedy, "keep the state file as it is"));
	assert_null(strstr(findings.items[0].remedy, "restore"));
}

static void who_holds_the_lock_is_named(void **state)
{
	static const char line[] = "Could not lock access to lockfile: Resource temporarily "
				   "unavailable\n";

	(void)state;
	domain.lock_pid = 77;
	judge(line, "", "", false);
	assert_non_null(strstr(findings.items[0].remedy, "process 77 here holds it"));
	domain.lock_pid = 0;
	judge(line, "", "", false);
	assert_non_null(strstr(findings.items[0].remedy, "look on every other host"));
}

static void what_is_past_is_a_warning(void **state)
{
	static const char log[] = "x: starting up libvirt\n" INIT
				  "y: starting up libvirt version: 9\nx NvPowerOn y\n";

	(void)state;
	judge("", log_lines_last_start(log), "", false);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.items[0].status, VERDICT_CONTRAINDICATED);
	assert_non_null(strstr(findings.items[0].sentence, "NvPowerOn y"));
	judge(POWER_ON, "", "", true);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.items[0].status, VERDICT_WARNING);
	/* What follows from a cause of long ago is not explained by it. */
	judge("Verification of HMAC failed\n", INIT, "", true);
	assert_int_equal(findings.count, 2);
	assert_int_equal(findings.items[0].status, VERDICT_CONTRAINDICATED);
	assert_int_equal(findings.items[1].status, VERDICT_WARNING);
}

#define A     "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define B     "6f9619ff-8b86-4011-b42d-00c04fc964f0"
#define SETUP "Starting vTPM manufacturing as tss:tss @ "
#define NOON  "Mon 30 Nov 2026 12:00:00 PM UTC\n"
#define ONE   "Mon 30 Nov 2026 01:00:00 PM UTC\n"
#define CA(u) "  Invoking /usr/bin/swtpm_localca --type ek --vmid g:" u " --tpm-spec-family 2.0\n"
#define DONE  "Successfully authored TPM state.\nEnding vTPM manufacturing @ " NOON
#define START(time, u)                                                                             \
	"2026-11-30 " time ".123+0000: starting up libvirt version: 9\n-uuid " u " \\\n"

/* swtpm's log, QEMU's, and what must be told: NULL for nothing. */
static const struct {
	const char *swtpm, *qemu, *says;
} made_rows[] = {
	{"", START("11:00:00", A), NULL},
	{SETUP NOON CA(A) DONE, START("11:59:58", A), NULL},
	{SETUP NOON CA(A) DONE, "", NULL},
	{SETUP ONE CA(A) DONE, START("11:59:58", A), "on Mon 30 Nov 2026 01:00:00 PM UTC, though"},
	{SETUP NOON CA(A) DONE SETUP ONE CA(A) DONE, "", "on Mon 30 Nov 2026 01:00:00 PM UTC"},
	/* an earlier VM of the same name */
	{SETUP NOON CA(B) DONE SETUP ONE CA(A) DONE, START("12:00:00", B) START("13:00:01", A),
		NULL},
	/* one that failed, and then did not */
	{SETUP NOON CA(A) "Need read/write rights\n" SETUP ONE CA(A) DONE, "", NULL},
	{SETUP "now\n" CA(A) DONE, START("11:00:00", A), NULL},
	{SETUP NOON CA(A), START("11:00:00", A), NULL},
	{SETUP, START("11:00:00", A), NULL},
};

static void a_new_tpm_in_the_place_of_another_is_told(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(made_rows) / sizeof(made_rows[0]); i++) {
		struct log_made made;

		findings.count = 0;
		log_made_read(made_rows[i].swtpm, A, &made);
		log_made_judge(&made, log_made_first_start(made_rows[i].qemu, A), "g", &findings);
		assert_int_equal(findings.count, made_rows[i].says ? 1 : 0);
		if (made_rows[i].says)
			assert_non_null(strstr(findings.items[0].sentence, made_rows[i].says));
	}
}

#define NOVA(time, level, what)                                                                    \
	"2026-11-29 " time ".123 7 " level " nova.compute.manager [None req-1 u p - - default "    \
	"default] [instance: " A "] " what "\n"

/* nova-compute's log, and what must be told: NULL for nothing. */
static const struct {
	const char *text, *says;
} nova_rows[] = {
	{"", NULL},
	{NOVA("20:52:02", "INFO", "VM Started"), NULL},
	{NOVA("20:52:02", "ERROR", "Cannot reboot instance: Key manager error: Forbidden"),
		"Nova failed at 2026-11-29 20:52:02: Cannot reboot instance: Key manager error: "
		"Forbidden (log)"},
	{NOVA("20:52:02", "ERROR", "one") NOVA("20:53:02", "ERROR", "two") NOVA("20:53:02", "ERROR",
		 "Traceback (most recent call last):") NOVA("20:54:02", "WARNING", "three"),
		"20:53:02: two (log)"},
	/* of before it was started as it runs */
	{NOVA("20:51:00", "ERROR", "one"), NULL},
	{"2026-11-29 20:52:02 ERROR [instance: " B "] another's\n", NULL},
	{"ERROR [instance: " A "] no time, no request\n", NULL},
};

static void what_failed_in_nova_is_told(void **state)
{
	struct facts_domain vm = {.name = "g", .uuid = A, .swtpm_started = 1795985520};

	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(nova_rows) / sizeof(nova_rows[0]); i++) {
		findings.count = 0;
		log_nova_judge(nova_rows[i].text, "log", &vm, &findings);
		assert_int_equal(findings.count, nova_rows[i].says ? 1 : 0);
		if (nova_rows[i].says)
			assert_non_null(strstr(findings.items[0].sentence, nova_rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_has_its_one_cause),
		cmocka_unit_test(a_good_state_is_not_to_be_replaced),
		cmocka_unit_test(who_holds_the_lock_is_named),
		cmocka_unit_test(what_is_past_is_a_warning),
		cmocka_unit_test(what_failed_in_nova_is_told),
		cmocka_unit_test(a_new_tpm_in_the_place_of_another_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
