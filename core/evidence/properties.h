/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM's properties decoded for a person: what tpm.msc, Get-Tpm and tpmtool call them. Numbers
 * and bit positions: TPM 2.0 Library Part 2, sections 6.13, 8.6 and 8.7.
 */
#ifndef CORE_EVIDENCE_PROPERTIES_H
#define CORE_EVIDENCE_PROPERTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/evidence/evidence.h"

struct properties {
	char family[5];              /* "2.0" */
	char revision[12];           /* of the library specification: "1.64" */
	char specification_date[12]; /* its day: "2021-03-16" */
	char manufacturer[5];        /* "IBM", "MSFT": TCG Vendor ID Registry */
	uint32_t manufacturer_id;    /* the same as a number */
	char vendor[17];             /* TPM2_PT_VENDOR_STRING_1 to _4 joined */
	char firmware[48];           /* four 16-bit numbers, as Windows prints the version */
	uint64_t firmware_version;   /* both halves, as in a quote's attest */
	uint32_t total_commands;

	bool has_permanent; /* the bits of TPMA_PERMANENT are known */
	bool is_owner_auth_set;
	bool is_endorsement_auth_set;
	bool is_lockout_auth_set;
	bool is_clear_disabled;
	bool is_in_lockout;

	bool has_startup_clear; /* the bits of TPMA_STARTUP_CLEAR are known */
	bool is_platform_enabled;
	bool is_owner_enabled;
	bool is_endorsement_enabled;
	bool is_orderly; /* the last shutdown was; holds for the whole boot */

	bool has_lockout; /* the four below are known */
	uint32_t lockout_counter;
	uint32_t lockout_max;
	uint32_t lockout_interval_s;
	uint32_t lockout_recovery_s;
};

/* Decodes what is there; what is not stays zero or empty. */
void properties_decode(const struct evidence *evidence, struct properties *ret_properties);

/* The same as a new JSON object, or NULL when memory is short. */
json_t *properties_to_json(const struct properties *properties);

#endif
