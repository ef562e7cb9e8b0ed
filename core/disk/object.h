/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sealed object that the configuration names: [unlock] sealed = FILE[,PARENT][,BANK:PCRS].
 */
#ifndef CORE_DISK_OBJECT_H
#define CORE_DISK_OBJECT_H

#include "core/disk/token.h"

#define OBJECT_PATH_SIZE 512
#define OBJECT_MAX       (SEALED_PRIVATE_MAX + SEALED_PUBLIC_MAX + 4)

struct object_name {
	char path[OBJECT_PATH_SIZE];
	struct sealed_parent parent; /* 0x81000001 where none is named */
	uint16_t bank;               /* SHA-256 where none is named */
	uint32_t pcrs;               /* by bits; 0: none */
};

/* What is wrong with such a text, in a few words; NULL: nothing. `ret_name` may be NULL. */
const char *object_name_parse(const char *text, struct object_name *ret_name);

/* Reads a TPM2B_PUBLIC and a TPM2B_PRIVATE, in either order, one behind the other, into a token of
 * number 0; what is wrong with them is the token's error. */
void object_read(const struct object_name *name, const uint8_t *bytes, size_t len,
	struct disk_token *ret_token);

#endif
