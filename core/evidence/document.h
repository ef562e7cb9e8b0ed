/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an evidence document holds, as C structures. A document consists of parts. Each was read, or
 * could not be read and says why, or was not looked for because an earlier failure made that
 * pointless. Everything is of fixed size and bounded: nothing in here is allocated on its own.
 */
#ifndef CORE_EVIDENCE_DOCUMENT_H
#define CORE_EVIDENCE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/evidence/record.h"
#include "core/tcg/boot_facts.h"
#include "core/tcg/ek_template.h"
#include "core/tcg/tcg.h"
#include "core/tcg/unlock_facts.h"
#include "core/text.h"

/* Bounds. A TPM that shows more fails that part with ERROR_TOO_LARGE: never cut silently. */
#define EVIDENCE_PROPERTIES_MAX   128 /* two groups of TPM2_PT; libtpms has 68 */
#define EVIDENCE_ALGORITHMS_MAX   128
#define EVIDENCE_CURVES_MAX       32
#define EVIDENCE_BANKS_MAX        5
#define EVIDENCE_OBJECTS_MAX      64 /* persistent objects; libtpms has room for 63 or fewer */
#define EVIDENCE_NV_MAX           256
#define EVIDENCE_EKS_MAX          4
#define EVIDENCE_CERTIFICATES_MAX 16
#define EVIDENCE_UNREAD_MAX       16
#define EVIDENCE_DER_MAX          4096
#define EVIDENCE_PUBLIC_MAX       1024 /* a marshalled TPMT_PUBLIC */
#define EVIDENCE_NAME_MAX         66   /* a TPM name: nameAlg and digest, Part 1 section 16 */
#define EVIDENCE_NONCE_MAX        64   /* TPM2B_DATA holds at most a TPMT_HA; 64 fits every TPM */

struct evidence_name {
	size_t len;
	uint8_t data[EVIDENCE_NAME_MAX];
};

struct evidence_digest {
	size_t len;
	uint8_t data[TCG_DIGEST_MAX];
};

/* The guest, as its operating system describes it. None of it is covered by a quote. */
struct evidence_guest {
	struct record_part part;
	char hostname[256];
	char os[128];     /* as the system calls itself, "Debian GNU/Linux 12 (bookworm)" */
	char kernel[128]; /* "Linux 6.1.0-50-cloud-amd64 x86_64" */
	char boot_id[TEXT_UUID_SIZE]; /* stable within a boot of the OS, new at each */
	uint64_t uptime_ms;           /* since boot, time asleep included (CLOCK_BOOTTIME) */
};

/* SMBIOS types 0 and 1: what the hypervisor says the firmware and the machine are. The UUID is
 * root's to read on Linux. */
struct evidence_smbios {
	struct record_part part;
	char uuid[TEXT_UUID_SIZE];
	char manufacturer[64];
	char product[64];
	char firmware_vendor[64];
	char firmware_version[64];
};

/* A device node and what this process may do with it. */
struct evidence_node {
	char path[64];
	char access[16]; /* "usable", "missing", "denied" */
};

struct evidence_device {
	struct record_part part;
	char transport[16]; /* "device", "tcti" or "tbs" */
	char path[256];     /* what was opened: a node or a TCTI configuration */
	struct evidence_node resource_manager;
	struct evidence_node raw;
	char model[32];         /* as libvirt names it, or by its driver; empty when not known */
	char driver[32];        /* the driver's name */
	uint16_t version_major; /* as the driver says: 1 or 2; 0 = it does not say */
};

/* The conversation with the TPM. When this part failed, the TPM could not be opened or stopped
 * answering, and the parts behind the point of failure are absent. */
struct evidence_session {
	struct record_part part;
	uint32_t commands;
	uint64_t tpm_time_us; /* sum over the commands, from sending to the full answer */
	uint64_t slowest_us;
	char slowest[40]; /* the command, such as "TPM2_CreatePrimary" */
};

/* TPM_CAP_TPM_PROPERTIES: all of both groups, as numbers; decoded by core/evidence/properties.h. */
struct evidence_properties {
	struct record_part part;
	struct {
		size_t count;
		struct record_entry items[EVIDENCE_PROPERTIES_MAX];
	} values;
};

struct evidence_algorithms {
	struct record_part part;
	struct {
		size_t count;
		struct record_entry items[EVIDENCE_ALGORITHMS_MAX]; /* TPM_ALG_ID: TPMA_ALGORITHM */
	} algorithms;
	struct {
		size_t count;
		uint32_t items[EVIDENCE_CURVES_MAX];
	} curves;
};

/* All PCRs of all allocated banks, of one moment: the update counter did not move in between, and
 * the quote's digest, where there is a quote, is over these values. */
struct evidence_pcrs {
	struct record_part part;
	uint32_t update_counter;
	uint32_t rereads;   /* how often they moved while being read */
	bool is_consistent; /* false: they moved each time */
	size_t bank_count;  /* banks with PCRs allocated */
	struct tcg_pcr_bank banks[EVIDENCE_BANKS_MAX];
};

/* TPM2_ReadClock: TPMS_TIME_INFO. */
struct evidence_clock {
	struct record_part part;
	uint64_t time_ms;  /* since the TPM was powered on or reset */
	uint64_t clock_ms; /* since it was made or cleared; only a crash sets it back */
	uint32_t reset_count;
	uint32_t restart_count;
	bool is_safe;
	uint64_t uptime_ms; /* the guest's clock right after the answer (CLOCK_BOOTTIME) */
};

/* TPM2_GetTestResult. */
struct evidence_self_test {
	struct record_part part;
	uint32_t result; /* TPM_RC: 0 passed, TPM_RC_NEEDS_TEST, TPM_RC_FAILURE */
	struct {
		size_t len;
		uint8_t data[256];
	} data; /* the manufacturer's */
};

/* TPM2_GetRandom: RNG_HEALTH_SAMPLE bytes, judged and forgotten; the digest tells whether a
 * restored state gives the same bytes again. */
struct evidence_random {
	struct record_part part;
	uint32_t bytes;
	struct evidence_digest sha256;
	uint32_t longest_run; /* against run_cutoff: the repetition count test */
	uint32_t run_cutoff;
	uint32_t most_frequent; /* against proportion_cutoff: the adaptive proportion test */
	uint32_t proportion_cutoff;
	bool has_repeated_block;
	bool is_healthy;
};

/* A persistent object that is not ours to judge: its handle and name. */
struct evidence_object {
	uint32_t handle;
	uint16_t type;             /* TPM_ALG_ID of the public area; 0 when it could not be read */
	struct evidence_name name; /* empty then */
};

struct evidence_persistent {
	struct record_part part;
	struct {
		size_t count;
		struct evidence_object items[EVIDENCE_OBJECTS_MAX];
	} objects;
};

struct evidence_nv_index {
	uint32_t index;
	uint32_t attributes; /* TPMA_NV */
	uint16_t size;
	uint16_t name_alg;
	bool is_written;
	struct evidence_name name; /* empty: only the index could be read */
};

struct evidence_nv {
	struct record_part part;
	struct {
		size_t count;
		struct evidence_nv_index items[EVIDENCE_NV_MAX];
	} indices;
};

/* A key whose public area is kept: marshalled TPMT_PUBLIC, what the name is the digest of. */
struct evidence_key {
	uint32_t handle; /* 0: derived from its template for this run, not persistent */
	uint16_t type;
	uint16_t bits;  /* RSA */
	uint16_t curve; /* ECC */
	struct evidence_name name;
	struct {
		size_t len;
		uint8_t data[EVIDENCE_PUBLIC_MAX];
	} public_area;
};

struct evidence_eks {
	struct record_part part;
	struct {
		size_t count;
		struct evidence_key items[EVIDENCE_EKS_MAX];
	} keys;
};

struct evidence_certificate {
	uint32_t index;
	struct {
		size_t len;
		uint8_t data[EVIDENCE_DER_MAX];
	} der; /* exactly what the NV index holds, padding cut */
	char subject[256];
	char issuer[256];
	char serial[48];
	char not_after[24];
	struct evidence_digest sha256;
	uint16_t type;      /* of its public key: TPM_ALG_ID, 0 for kinds no EK has */
	uint16_t bits;      /* RSA */
	uint16_t curve;     /* ECC */
	uint32_t ek_handle; /* the EK whose public key this is: its handle */
	bool is_ek; /* false: of none of the EKs read (a chain certificate, or a wrong one) */
};

/* An NV index of a certificate that could not be read, or holds none, and why. */
struct evidence_unread {
	uint32_t index;
	struct error error;
};

struct evidence_certificates {
	struct record_part part;
	struct {
		size_t count;
		struct evidence_certificate items[EVIDENCE_CERTIFICATES_MAX];
	} certificates;
	struct {
		size_t count;
		struct evidence_unread items[EVIDENCE_UNREAD_MAX];
	} unread;
};

/* A name that changes when the owner seed does (TPM2_Clear) and at no other time. */
struct evidence_srk {
	struct record_part part;
	uint32_t handle; /* 0: derived from the template */
	uint16_t type;
	struct evidence_name name;
};

/* Where an attestation key stands, and so which seed it is made of. */
#define EVIDENCE_ENDORSEMENT "endorsement"
#define EVIDENCE_OWNER       "owner"

/* The attestation key: agent/tpm/templates.c holds the template. */
struct evidence_ak {
	struct record_part part;
	char hierarchy[16]; /* of the two above */
	struct evidence_key key;
};

/* TPM2_Quote over all PCRs of `pcrs`. */
struct evidence_quote {
	struct record_part part;
	struct {
		size_t len;
		uint8_t data[EVIDENCE_NONCE_MAX];
	} nonce; /* the quote's qualifyingData */
	struct {
		size_t len;
		uint8_t data[1024];
	} attest; /* marshalled TPMS_ATTEST: exactly what was signed */
	struct {
		size_t len;
		uint8_t data[1024];
	} signature; /* marshalled TPMT_SIGNATURE */
};

/* The beacon (core/signed/beacon.h): an NV counter that only goes up, certified by the attestation
 * key. Absent where none is enabled. */
struct evidence_beacon {
	struct record_part part;
	uint64_t value;
	bool is_advanced; /* this run incremented it before it was read */
	struct {
		size_t len;
		uint8_t data[1024];
	} attest; /* marshalled TPMS_ATTEST of TPM2_NV_Certify */
	struct {
		size_t len;
		uint8_t data[1024];
	} signature;
};

/* The firmware's event log and the PCR values that it leads to. */
struct evidence_event_log {
	struct record_part part;
	uint64_t bytes;
	struct evidence_digest sha256;
	char format[16]; /* eventlog_format_name() */
	uint32_t events;
	uint16_t startup_locality;
	size_t bank_count;
	struct tcg_pcr_bank banks[EVIDENCE_BANKS_MAX]; /* only PCRs that an event extended */
};

/* What the logs say was booted. Absent where the firmware's log could not be read. */
struct evidence_boot {
	struct record_part part;
	struct boot_facts facts;
};

/* Whether the disks that are sealed to a TPM open with this one. Absent on systems without LUKS2,
 * and where the TPM was reached through a TCTI: it is not what they are sealed to. */
struct evidence_unlock {
	struct record_part part;
	struct unlock_facts facts;
};

/* Signs of having been moved, as the running agent saw them since its last evidence: hints, no
 * proof. docs/evidence.md says what else causes them. */
struct evidence_signs {
	struct record_part part;
	uint32_t announces; /* the network card asked neighbours to learn anew where it is */
	int64_t drift_ms; /* the TPM's time gained this much on the guest's clock, as in a pause */
};

struct evidence {
	uint32_t minor;
	char agent[32]; /* version of the agent */
	uint64_t iat;   /* seconds since 1970 by the guest's wall clock, as in RFC 9711; unproven */
	struct evidence_guest guest;
	struct evidence_smbios smbios;
	struct evidence_device device;
	struct evidence_session session;
	struct evidence_properties properties;
	struct evidence_algorithms algorithms;
	struct evidence_pcrs pcrs;
	struct evidence_clock clock;
	struct evidence_self_test self_test;
	struct evidence_random random;
	struct evidence_persistent persistent;
	struct evidence_nv nv;
	struct evidence_eks eks;
	struct evidence_certificates certificates;
	struct evidence_srk srk;
	struct evidence_ak ak;
	struct evidence_beacon beacon;
	struct evidence_quote quote;
	struct evidence_event_log event_log;
	struct evidence_boot boot;
	struct evidence_unlock unlock;
	struct evidence_signs signs;
};

#endif
