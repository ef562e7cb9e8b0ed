/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What agent/tpm/ share. tpm2-tss is used through SYS, not ESYS: no command here needs a session
 * or a handle object. ESYS would ask the TPM a second time for the public area of each NV index,
 * compute each new key's name in a libcrypto context of its own, at more cost than the TPM's whole
 * command, and after one answer that does not parse refuse every later command.
 */
#ifndef AGENT_TPM_PRIVATE_H
#define AGENT_TPM_PRIVATE_H

#include <tss2/tss2_sys.h>

#include "agent/tpm/tpm.h"

/* Where each kind of handle begins, Part 2 section 7.4. tpm2-tss' TPM2_TRANSIENT_FIRST and the like
 * shift into the sign bit of an int. */
#define HANDLE_NV_FIRST         0x01000000U
#define HANDLE_NV_LAST          0x01ffffffU
#define HANDLE_TRANSIENT_FIRST  0x80000000U
#define HANDLE_TRANSIENT_LAST   0x80ffffffU
#define HANDLE_PERSISTENT_FIRST 0x81000000U
#define HANDLE_PERSISTENT_LAST  0x81ffffffU

/* One command's statistics. */
struct tpm_command {
	uint32_t code; /* TPM_CC */
	uint32_t count;
	uint64_t us;
	uint64_t slowest_us;
};

#define TPM_COMMANDS_MAX 32 /* kinds of commands in one run; about 13 are used */

/* Our transport in the shape that tpm2-tss wants, with a record of what passed. */
struct tpm_tcti {
	TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: tpm2-tss sees only this */
	struct transport *transport;
	uint8_t response[TRANSPORT_BYTES_MAX];
	size_t response_len;
	bool has_response;
	bool has_failed;    /* the last command got no answer, or none that could be one */
	bool is_dead;       /* no later one will */
	struct error error; /* why */
	struct tpm_command commands[TPM_COMMANDS_MAX];
	size_t command_count;
};

#define TPM_TRANSIENTS_MAX 16 /* that are listed; a PC Client TPM has room for 3 or more */

struct tpm {
	struct tpm_tcti tcti;
	TSS2_SYS_CONTEXT *sys;
	uint32_t ak;            /* 0 when not loaded */
	uint16_t nv_buffer_max; /* TPM2_PT_NV_BUFFER_MAX; 0 when not known */
	/* Somebody else's, loaded before this session made any: known on a raw transport alone. */
	bool has_foreign;
	uint32_t foreign[TPM_TRANSIENTS_MAX];
	size_t foreign_count;
	/* What the objects were made of whose answers were lost. */
	TPM2B_PUBLIC lost[TPM_TRANSIENTS_MAX];
	size_t lost_count;
	TPM2B_PUBLIC parent_template; /* of the storage key that is or was loaded last */
};

/* What TPM2_ReadPublic tells of an object. */
struct object_view {
	struct crypto_bytes area; /* marshalled TPMT_PUBLIC; there until the next command */
	uint16_t type;
	struct evidence_name name;
};

/* The authorization of a hierarchy, key or index that has none set. */
extern const TSS2L_SYS_AUTH_COMMAND tpm_empty_password;

void tpm_tcti_init(struct tpm_tcti *tcti, struct transport *transport);

/* Sets the error of a failed TSS call: a broken transport's own words, else the response code as
 * text and number. Returns -code. */
int tpm_error(const struct tpm *tpm, struct error *err, TSS2_RC rc, const char *what);

/* TPM_CAP_PCRS: every bank the TPM has, also those without a PCR allocated. */
int tpm_list_banks(struct tpm *tpm, TPML_PCR_SELECTION *ret_banks, struct error *err);

/* The selection of all PCRs of these banks, in their order. */
void tpm_select_banks(const struct evidence_pcrs *pcrs, TPML_PCR_SELECTION *ret_selection);

int tpm_flush(struct tpm *tpm, uint32_t handle, struct error *err);

/* TPM2_CreatePrimary with an empty authorization: a key of this hierarchy, whose name is what its
 * public area says. The caller flushes it by tpm_unload(). The key of an answer that was lost is
 * gone again, and the same one is made once more. */
int tpm_create_primary(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
	uint32_t *ret_handle, struct evidence_key *ret_key, struct error *err);

/* TPM2_FlushContext for what was made of this template; the handle came from an answer, and may not
 * be the object's. */
int tpm_unload(struct tpm *tpm, uint32_t handle, const TPM2B_PUBLIC *template, struct error *err);

int tpm_read_public(
	struct tpm *tpm, uint32_t handle, struct object_view *ret_view, struct error *err);

/* TPM2_CreatePrimary: an EK that tpm_derive_ek() found, loaded; tpm_unload_ek() flushes it. Errors:
 * MALFORMED where the TPM now makes another. */
int tpm_load_ek(
	struct tpm *tpm, const struct evidence_key *ek, uint32_t *ret_handle, struct error *err);
void tpm_unload_ek(struct tpm *tpm, const struct evidence_key *ek, uint32_t handle);

/* After a key was made whose answer or flush failed: on a raw transport, where nobody else does,
 * flushes what is of that template and was not there before this session. */
void tpm_flush_strays(struct tpm *tpm, const TPM2B_PUBLIC *template);

/* Remembers what was made of this, and is loaded somewhere behind a lost answer. */
void tpm_note_lost(struct tpm *tpm, const TPM2B_PUBLIC *template);

/* Errors: MALFORMED for the handle of an object that this session cannot have made. */
int tpm_check_is_new(const struct tpm *tpm, uint32_t handle, struct error *err);

#endif
