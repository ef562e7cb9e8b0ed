/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether disks that are sealed to this TPM open: what core/disk/ makes of their headers and of the
 * TPM, and the document keeps. Nothing of a slot's content is in here.
 */
#ifndef CORE_TCG_UNLOCK_FACTS_H
#define CORE_TCG_UNLOCK_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNLOCK_VOLUMES_MAX 16
#define UNLOCK_SLOTS_MAX   8  /* that are kept of one volume; LUKS2 has room for 32 tokens */
#define UNLOCK_TYPE_MAX    32 /* "systemd-tpm2" */
#define UNLOCK_NAME_MAX    64
#define UNLOCK_DETAIL_MAX  160
#define UNLOCK_UUID_SIZE   37 /* as TEXT_UUID_SIZE */

/* clang-format off */
/* What one slot does at the next boot, if that measures what this boot did. */
#define UNLOCK_RESULTS(row) \
	row(UNKNOWN, "unknown")          /* the TPM could not be asked; the detail says why */ \
	row(OPENS, "opens") \
	row(SUSPENDED, "suspended")      /* opens without the TPM: its key lies in the clear */ \
	row(NEEDS_PIN, "needs-pin")      /* the TPM does its part; the PIN is not tried */ \
	row(NEEDS_KEY, "needs-key")      /* likewise; a startup key on a drive, perhaps a PIN too */ \
	row(OPENS_LATE, "opens-late")    /* with the PCRs as they are now, not as in the initrd */ \
	row(SIGNED_POLICY, "signed-policy") /* all is right but that no signature was found */ \
	row(PCRLOCK, "pcrlock")          /* all but what systemd-pcrlock keeps in the TPM is */ \
	row(UNSEEN, "unseen")            /* what it is sealed to is not told: a baseline decides */ \
	row(PCR_DIFFERS, "pcr-differs")  /* a PCR holds another value than it was sealed to */ \
	row(POLICY_FAILS, "policy-fails") /* it asks for what this TPM has not; the detail says what */ \
	row(OTHER_VTPM, "other-vtpm")    /* sealed by another TPM, or before this one was cleared */ \
	row(LOCKOUT, "lockout")          /* the TPM's dictionary-attack protection is active */ \
	row(UNREADABLE, "unreadable")    /* a token that is none; the detail says why */ \
	row(NOT_TPM, "not-tpm")          /* a token of another kind: a recovery key, FIDO2 */
/* clang-format on */

#define UNLOCK_CONSTANT(id, word) UNLOCK_##id,
enum unlock_result { UNLOCK_RESULTS(UNLOCK_CONSTANT) UNLOCK_RESULT_COUNT };

struct unlock_slot {
	uint16_t token; /* its number in the header */
	char type[UNLOCK_TYPE_MAX];
	enum unlock_result result;
	uint16_t bank;        /* of the PCRs; 0: none */
	uint32_t pcrs;        /* by bits, those that it is sealed to */
	uint32_t differ;      /* those of them that may be the ones that differ */
	uint32_t key_slots;   /* by bits, those that the token opens; none: not known */
	uint32_t signed_pcrs; /* by bits, those about which a key signs */
	bool has_pin, has_pcrlock;
	char detail[UNLOCK_DETAIL_MAX];
};

struct unlock_volume {
	char device[64]; /* of this machine: stays out of the document */
	char uuid[UNLOCK_UUID_SIZE];
	char name[UNLOCK_NAME_MAX]; /* of a file with something sealed, which is no volume; else
				       empty */
	struct {
		size_t count;
		struct unlock_slot items[UNLOCK_SLOTS_MAX];
	} slots;
};

struct unlock_facts {
	uint32_t left_out; /* volumes and slots over the bounds */
	struct {
		size_t count;
		struct unlock_volume items[UNLOCK_VOLUMES_MAX];
	} volumes;
};

/* "opens", "other-vtpm" and so on; never NULL. */
const char *unlock_result_name(enum unlock_result result);

/* What tells it from others: its UUID or name; empty where a header is damaged. */
const char *unlock_volume_label(const struct unlock_volume *volume);

/* What a volume comes to: the best of its slots. NOT_TPM where no slot is a TPM's. */
enum unlock_result unlock_volume_result(const struct unlock_volume *volume);

#endif
