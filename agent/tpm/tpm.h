/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM as the agent reads it: each function fills one part of the evidence with as few commands
 * as the TPM allows. Read-only: no NV writes, no persistent objects, no hierarchy changes, and no
 * authorization that could raise the lockout counter. Only agent/tpm/ sees tpm2-tss.
 *
 * Functions that read a part return 0 or set `err`: the response code is in err->rc. Once
 * tpm_is_dead(), nothing more can be read, and every function says why.
 */
#ifndef AGENT_TPM_TPM_H
#define AGENT_TPM_TPM_H

#include "core/disk/judge.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "platform/transport.h"

struct tpm;

/* Waits until the transport is open, and takes it over, also on failure. Errors: those of
 * transport->wait_open(). */
int tpm_open(struct transport *transport, struct tpm **ret_tpm, struct error *err);

/* Ends the conversation; NULL is legal. */
void tpm_close(struct tpm *tpm);

/* The TPM stopped answering, or is none that could go on: timeout, I/O error, a TPM 1.2 tag, or no
 * TPM2_Startup. Then `ret_err` says which command showed it. */
bool tpm_is_dead(const struct tpm *tpm, struct error *ret_err);

/* How many commands were sent, what they took, which was the slowest. */
void tpm_read_session(const struct tpm *tpm, struct evidence_session *ret_session);

/* Each command sent so far, for --verbose: name, how often, microseconds in all. */
void tpm_visit_commands(const struct tpm *tpm,
	void (*visit)(const char *name, uint32_t count, uint64_t us, void *context), void *context);

/* TPM2_GetCapability: both groups of properties. */
int tpm_read_properties(struct tpm *tpm, struct evidence_properties *ret, struct error *err);

/* TPM2_GetCapability: algorithms, curves. */
int tpm_read_algorithms(struct tpm *tpm, struct evidence_algorithms *ret, struct error *err);

/* TPM2_GetCapability and TPM2_PCR_Read: the allocated banks, their values of one moment: read
 * again, a few times at most, when the update counter moved. Banks of a hash that is not known here
 * are left out. */
int tpm_read_pcrs(struct tpm *tpm, struct evidence_pcrs *ret, struct error *err);

/* TPM2_ReadClock. Leaves uptime_ms to the caller. */
int tpm_read_clock(struct tpm *tpm, struct evidence_clock *ret, struct error *err);

/* TPM2_GetTestResult. */
int tpm_read_self_test(struct tpm *tpm, struct evidence_self_test *ret, struct error *err);

/* TPM2_GetRandom until `len` bytes are there; ret_block is what the first answer held. */
int tpm_read_random(
	struct tpm *tpm, uint8_t *ret_bytes, size_t len, size_t *ret_block, struct error *err);

/* TPM2_GetCapability and TPM2_ReadPublic: the persistent objects, and of those in the EK range
 * (TCG_HANDLE_EK_FIRST…) the public areas. An object that the TPM lists and refuses to read, such
 * as one of a disabled hierarchy, is there with its handle alone. */
int tpm_read_persistent(struct tpm *tpm, struct evidence_persistent *ret,
	struct evidence_eks *ret_eks, struct error *err);

/* TPM2_CreatePrimary and TPM2_FlushContext: the EK of the TCG's template, RSA 2048 or, where the
 * TPM has no RSA, ECC P-256. For TPMs that keep none. Appended to ret_eks. */
int tpm_derive_ek(struct tpm *tpm, struct evidence_eks *ret_eks, struct error *err);

/* Likewise, the EK of the template whose certificate stands in this NV index. Errors: also
 * UNSUPPORTED, where it is not derived here. */
int tpm_derive_ek_of(
	struct tpm *tpm, uint32_t certificate, struct evidence_eks *ret_eks, struct error *err);

/* TPM2_GetCapability and TPM2_NV_ReadPublic: all NV indices; one that the TPM lists and refuses to
 * read is there with its index alone. */
int tpm_read_nv(struct tpm *tpm, struct evidence_nv *ret, struct error *err);

/* TPM2_NV_ReadPublic: one index. */
int tpm_read_nv_public(
	struct tpm *tpm, uint32_t handle, struct evidence_nv_index *ret_index, struct error *err);

/* TPM2_GetCapability: the handles of one kind, from `first` to `last`. Errors: TOO_LARGE for more
 * than `max`. */
int tpm_list_handles(struct tpm *tpm, uint32_t first, uint32_t last, uint32_t *ret_handles,
	size_t max, size_t *ret_count, struct error *err);

/* TPM2_NV_Read in chunks: the content of one index, padding included. Reads only with an empty
 * authorization that cannot raise the lockout counter: the index's own where it is exempt from
 * dictionary-attack protection, the owner's where none is set; else TPM_AUTH. */
int tpm_read_nv_data(struct tpm *tpm, const struct evidence_nv_index *index, bool is_owner_auth_set,
	struct buf *to, struct error *err);

/* TPM2_CreatePrimary and TPM2_FlushContext: the fingerprint of the owner seed. */
int tpm_derive_srk(struct tpm *tpm, struct evidence_srk *ret, struct error *err);

/* TPM2_CreatePrimary: the attestation key, loaded until tpm_flush_ak() or tpm_close(). In the
 * endorsement hierarchy or, where that is disabled or has an authorization, in the owner's: neither
 * authorization is under dictionary-attack protection. */
int tpm_load_ak(struct tpm *tpm, struct evidence_ak *ret, struct error *err);
int tpm_flush_ak(struct tpm *tpm, struct error *err);

/* TPM2_ActivateCredential for the loaded AK: the secret that a credential for this EK holds, which
 * must be of `secret_len` bytes. `id_object` and `encrypted_secret` are a TPM2B_ID_OBJECT and a
 * TPM2B_ENCRYPTED_SECRET. Errors: MALFORMED; TPM_AUTH where the endorsement hierarchy has an
 * authorization; TPM_RC where the credential is not for this EK and this AK. */
int tpm_activate(struct tpm *tpm, const struct evidence_key *ek,
	const struct crypto_bytes *id_object, const struct crypto_bytes *encrypted_secret,
	uint8_t *ret_secret, size_t secret_len, struct error *err);

/* TPM2_Quote by the loaded AK over all PCRs of these banks, for this qualifyingData. ret->nonce is
 * the caller's. */
int tpm_quote(struct tpm *tpm, const struct evidence_pcrs *pcrs,
	const struct crypto_bytes *qualifying, struct evidence_quote *ret, struct error *err);

/* The storage key that something was sealed under, with an empty authorization that cannot raise
 * the lockout counter: TPM2_CreatePrimary, or TPM2_ReadPublic of a persistent one. An SRK that is
 * not kept any more is derived again, and *ret_is_gone says so. Errors: NOT_FOUND where another
 * persistent key is not in the TPM; UNSUPPORTED where it may have a password that counts. */
int tpm_load_parent(struct tpm *tpm, const struct sealed_parent *parent, uint32_t *ret_handle,
	bool *ret_is_gone, struct error *err);
void tpm_unload_parent(struct tpm *tpm, uint32_t handle);

/* TPM2_Load and TPM2_FlushContext: whether a sealed object is of this storage key. Nothing is
 * unsealed. */
void tpm_try_sealed(struct tpm *tpm, uint32_t parent, const struct sealed *sealed,
	struct disk_outcome *ret_outcome);

/* TPM2_NV_ReadPublic and TPM2_NV_Read: whether the NV index that systemd-pcrlock keeps its policy
 * in is the one that was sealed to, and what it has. Writes only what it is about. */
void tpm_try_pcrlock(struct tpm *tpm, const struct sealed *sealed, bool is_owner_auth_set,
	struct disk_outcome *outcome);

/* The beacon (core/signed/beacon.h). These alone write to the TPM, and only when the user asked for
 * it. define: TPM2_NV_DefineSpace and a first TPM2_NV_Increment; undefine: TPM2_NV_UndefineSpace;
 * both with the owner's empty authorization. advance: TPM2_NV_Increment. Errors: TPM_AUTH where the
 * owner has set one. */
int tpm_define_beacon(struct tpm *tpm, struct error *err);
int tpm_undefine_beacon(struct tpm *tpm, struct error *err);
int tpm_advance_beacon(struct tpm *tpm, struct error *err);

/* TPM2_NV_Certify by the loaded AK, for this qualifyingData. */
int tpm_certify_beacon(struct tpm *tpm, const struct crypto_bytes *qualifying,
	struct evidence_beacon *ret, struct error *err);

/* On a raw transport: flushes transient objects that an earlier, killed run of this program left,
 * known by their templates (agent/tpm/templates.h), and no others. Nothing to do elsewhere. */
int tpm_flush_leftovers(struct tpm *tpm, struct error *err);

/* Whether keys were lost behind a resource manager, which does not know of them. */
bool tpm_has_lost(const struct tpm *tpm);

/* Flushes them by `raw`, the same TPM past its resource manager: whose objects are not in the TPM
 * between two commands. */
void tpm_flush_lost(const struct tpm *tpm, struct tpm *raw);

#endif
