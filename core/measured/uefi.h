/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI's structures inside of event data. Sources: TCG PC Client Platform Firmware Profile (PFP)
 * 1.05, section 10.2; UEFI 2.10, sections 3.1.3 (EFI_LOAD_OPTION), 5.3 (GPT), 10.3 (device paths).
 *
 * Texts are given as printable ASCII; any other character is a '?'.
 */
#ifndef CORE_MEASURED_UEFI_H
#define CORE_MEASURED_UEFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UEFI_GUID_SIZE 16

/* UEFI_VARIABLE_DATA. Borrowed, but for the name. */
struct uefi_variable {
	const uint8_t *guid;
	char name[32];
	const uint8_t *data;
	size_t len;
};

/* Whose the variable is. */
enum uefi_owner { UEFI_OWNER_OTHER, UEFI_OWNER_GLOBAL, UEFI_OWNER_SECURITY };

/* False where the bytes are none. */
bool uefi_variable_read(const uint8_t *bytes, size_t len, struct uefi_variable *ret_variable);

enum uefi_owner uefi_variable_owner(const struct uefi_variable *variable);

/* UTF-16, up to the first U+0000. */
void uefi_copy_utf16(char *out, size_t size, const uint8_t *bytes, size_t len);

/* UEFI_IMAGE_LOAD_EVENT: the name of the file at the end of its device path, or what stands in the
 * place of one; empty where nothing does. */
void uefi_image_name(char *out, size_t size, const uint8_t *bytes, size_t len);

/* EFI_LOAD_OPTION: its description. What it hands to the program may be secret, and is not read. */
void uefi_load_option_name(char *out, size_t size, const uint8_t *bytes, size_t len);

/* UEFI_GPT_DATA: the disk's GUID and how many partitions the log lists. False where it is none. */
bool uefi_gpt_read(const uint8_t *bytes, size_t len, char ret_guid[37], uint64_t *ret_partitions);

/* A GUID as UEFI prints it: the first three fields are little-endian. */
void uefi_guid_print(const uint8_t guid[UEFI_GUID_SIZE], char out[37]);

#endif
