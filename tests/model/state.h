/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a verdict sees of a virtual machine, as libtpms, swtpm, firmware and operating system make
 * it. Pure: numbers only. tests/model/test_hold.py holds it against real swtpms.
 *
 * The semantics are Part 1 section 36 (Time, Clock, resetCount, restartCount), Part 3 section 9
 * (Startup, Shutdown), and libtpms' Time.c, Startup_cmd.c and NVMarshal.c where the specification
 * leaves a choice.
 */
#ifndef TESTS_MODEL_STATE_H
#define TESTS_MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* libtpms takes the clock over into its NV memory when it passes a multiple of this. */
#define MODEL_CLOCK_UPDATE_MS 4096

/* How a TPM was left. */
enum model_shutdown { MODEL_LOST = 0, MODEL_CLEAR, MODEL_STATE };

/* What the state file holds. */
struct model_image {
	uint16_t ek, owner; /* the seeds, as numbers: another number is another seed */
	uint16_t of_vm;     /* the VM that the EK's certificate names */
	bool has_ek_handle; /* 0x81010001: evicted by TPM2_Clear */
	bool has_owner_auth;
	bool is_safe;
	enum model_shutdown
		shutdown; /* the last one, until something is done that it did not save */
	uint8_t pcr;      /* what PCR 0 to 7 hold: 0 is zeros, else the firmware that measured */
	uint16_t restarts, updates; /* these three are kept by Shutdown(STATE) only */
	uint32_t resets;
	uint32_t beacon;  /* 0: none */
	uint32_t highest; /* what a counter that is removed had; a new one goes on from there */
	uint32_t objects; /* how many NV indices the guest has made */
	uint64_t clock;
};

/* A TPM that runs. `on` is what it holds, `nv_clock` the clock in its NV memory, `file` what lies
 * on the host's disk. */
struct model_tpm {
	struct model_image on, file;
	bool is_orderly;   /* TPMA_STARTUP_CLEAR.orderly */
	bool is_idle;      /* nothing was said since a Shutdown */
	bool is_clock_set; /* by the owner, and not written since */
	bool saves; /* swtpm 0.8 and later: Shutdown(STATE) by itself where nobody sent one */
	uint16_t generator; /* of random numbers: another number, other bytes */
	uint16_t drawn;
	uint64_t time, nv_clock;
};

struct model_guest {
	uint16_t vm;
	uint16_t boot;   /* the boot id */
	uint8_t log;     /* what the event log leads PCR 0 to 7 to */
	uint64_t uptime; /* time asleep included */
};

struct model {
	struct model_tpm tpm;
	struct model_guest guest;
	uint8_t firmware;        /* that the machine starts with; 0: one that measures nothing */
	bool stops_measuring;    /* from the next boot of the system on */
	struct model_image rest; /* the file before the TPM's last start */
	uint16_t clocks_lost;    /* that were set and never written */
	uint16_t fresh;          /* the next unused number for a seed, a boot or a generator */
	uint64_t now;            /* the host's clock */
};

/* A TPM made by swtpm_setup, its guest running for the first time. */
void model_make(struct model *ret_model, bool saves, uint8_t firmware, bool beacon);

uint16_t model_fresh(struct model *model);

/* Time passes for everybody. */
void model_run(struct model *model, uint64_t ms);

/* Time passes for the TPM alone, as while a VM is paused; for the guest alone; for neither. */
void model_run_tpm(struct model *model, uint64_t ms);
void model_run_guest(struct model *model, uint64_t ms);
void model_pass(struct model *model, uint64_t ms);

/* Any command. */
void model_use(struct model_tpm *tpm);

/* A command that changes NV memory: the file is written. */
void model_persist(struct model_tpm *tpm);

/* TPM2_PCR_Extend: writes the file only to take back what a Shutdown said. */
void model_extend(struct model_tpm *tpm);

/* The beacon, advanced, or made; and removed. */
void model_advance(struct model_tpm *tpm);
void model_remove_beacon(struct model_tpm *tpm);

/* TPM2_Shutdown. */
void model_shut_down(struct model_tpm *tpm, enum model_shutdown how);

/* swtpm is stopped or the machine reset, whatever the guest did before. A crash of the host needs
 * no function: the next start reads the file and nothing else. */
void model_stop(struct model_tpm *tpm);

/* _TPM_Init on what the file holds, and TPM2_Startup. */
void model_start(struct model *model, enum model_shutdown startup);

/* The firmware measures. */
void model_measure(struct model *model);

/* The operating system starts. */
void model_boot(struct model *model);

/* A new TPM as swtpm_setup makes it, in the file. */
void model_manufacture(struct model *model, uint16_t ek, uint16_t of_vm);

/* TPM2_Clear. */
void model_clear(struct model *model);

/* TPM2_ClockSet, which only goes ahead: Part 3 section 29.2. libtpms does not write it. */
void model_set_clock(struct model_tpm *tpm, uint64_t clock);

/* A running state that was taken at `then` goes on now, its file with it: libtpms adds what passed
 * since (ClockAdjustPostResume), unless the host's clock says that nothing did. `in_place`: in the
 * same process, which has shut its former state down. */
void model_go_on(struct model *model, uint64_t then, bool in_place);

/* The numbers that a look draws. */
uint32_t model_draw(struct model_tpm *tpm);

#endif
