/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A volume that BitLocker encrypts, by what its system tells of it: the key that the TPM seals
 * stays unseen. The numbers are those of Win32_EncryptableVolume.
 */
#ifndef CORE_DISK_BITLOCKER_H
#define CORE_DISK_BITLOCKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/tcg/unlock_facts.h"

#define BITLOCKER_PROTECTORS_MAX 16

/* GetProtectionStatus */
#define BITLOCKER_PROTECTION_OFF 0
#define BITLOCKER_PROTECTION_ON  1

/* GetConversionStatus */
#define BITLOCKER_FULLY_DECRYPTED 0
#define BITLOCKER_FULLY_ENCRYPTED 1

/* GetKeyProtectorType: those that a TPM has a part in. */
#define BITLOCKER_TPM         1
#define BITLOCKER_TPM_PIN     4
#define BITLOCKER_TPM_KEY     5
#define BITLOCKER_TPM_PIN_KEY 6

struct bitlocker_protector {
	uint32_t kind; /* GetKeyProtectorType */
	uint32_t pcrs; /* GetKeyProtectorPlatformValidationProfile, by bits; 0: not told */
};

struct bitlocker_volume {
	char uuid[UNLOCK_UUID_SIZE];     /* of its device, in canonical form; may be empty */
	char fault[UNLOCK_DETAIL_MAX];   /* why it could not be asked; then nothing below counts */
	uint32_t protection, conversion; /* any other number: not known */
	bool is_locked;
	bool has_restarts; /* it was told */
	uint32_t restarts; /* GetSuspendCount: for which it stays suspended; 0: no end */
	size_t protector_count;
	struct bitlocker_protector protectors[BITLOCKER_PROTECTORS_MAX];
};

/* What a slot's type begins with, which tells it from LUKS2's. */
bool bitlocker_is_type(const char *type);

/* Whether the TPM has a part in a protector of this kind. */
bool bitlocker_is_sealed(uint32_t kind);

/* What such a slot comes to if the TPM does its part: OPENS, NEEDS_PIN or NEEDS_KEY. */
enum unlock_result bitlocker_opened(const struct unlock_slot *slot);

/* Judges a volume, without a baseline: its UUID, and a slot for each protector, those of a TPM
 * first. Returns how many of these had no room. */
uint32_t bitlocker_judge(const struct bitlocker_volume *volume, struct unlock_volume *ret_volume);

#endif
