/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was booted, as facts: what core/measured/ makes of an event log, and the document keeps.
 * Everything is bounded; what is over a bound is counted.
 */
#ifndef CORE_TCG_BOOT_FACTS_H
#define CORE_TCG_BOOT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/tcg/tcg.h"

#define BOOT_TIME_MAX         21 /* RFC 3339, UTC */
#define BOOT_NAME_MAX         64
#define BOOT_SUBJECT_MAX      128
#define BOOT_VARIABLES_MAX    6  /* PK, KEK, db, dbx, dbt, dbr: as PFP 1.05 has them for PCR 7 */
#define BOOT_CERTIFICATES_MAX 24 /* a VM with Microsoft's keys of 2011 and 2023 has about ten */
#define BOOT_AUTHORITIES_MAX  6
#define BOOT_ITEMS_MAX        48

/* clang-format off */
/* UEFI 2.10 section 32.3: the modes of Secure Boot. */
#define BOOT_SECURE_WORDS(row) \
	row(UNKNOWN, "unknown") /* the log does not tell, or not so that it can be believed */ \
	row(NONE, "none")       /* no UEFI firmware: there is no Secure Boot */ \
	row(OFF, "off") \
	row(ON, "on") \
	row(SETUP, "setup")     /* there is no PK: anyone may enrol keys */ \
	row(AUDIT, "audit")     /* signatures are checked, and nothing is refused */

/* What a measurement is of. */
#define BOOT_WHAT_WORDS(row) \
	row(OTHER, "other") \
	row(FIRMWARE, "firmware")         /* version and code of the firmware */ \
	row(TABLES, "firmware-tables")    /* ACPI, SMBIOS, and what POST codes name */ \
	row(VARIABLE, "variable")         /* of UEFI: Secure Boot's switch and lists */ \
	row(AUTHORITY, "authority")       /* what let an image pass Secure Boot */ \
	row(BOOT_ENTRY, "boot-entry")     /* Boot#### and BootOrder */ \
	row(ACTION, "action")             /* a text for an occasion, such as ExitBootServices */ \
	row(SEPARATOR, "separator")       /* the firmware gives up */ \
	row(DRIVER, "driver")             /* a UEFI driver or an option ROM */ \
	row(PARTITIONS, "partitions")     /* the GPT of the disk booted from */ \
	row(APPLICATION, "application")   /* a UEFI application: boot loader, kernel */ \
	row(SHIM, "shim-list")            /* shim's lists of keys and hashes */ \
	row(COMMAND, "command")           /* one of the boot loader's */ \
	row(FILE, "file")                 /* one that the boot loader read: kernel, initrd */ \
	row(COMMAND_LINE, "command-line") \
	row(INITRD, "initrd") \
	row(SECTION, "section")           /* of a unified kernel image */ \
	row(CONFIG, "config")             /* of a boot loader, or of systemd's stub */ \
	row(SYSTEM, "system")             /* by Windows */
/* clang-format on */

#define BOOT_CONSTANT_SECURE(id, word) BOOT_SECURE_##id,
#define BOOT_CONSTANT_WHAT(id, word)   BOOT_WHAT_##id,
enum boot_secure { BOOT_SECURE_WORDS(BOOT_CONSTANT_SECURE) BOOT_SECURE_COUNT };
enum boot_what { BOOT_WHAT_WORDS(BOOT_CONSTANT_WHAT) BOOT_WHAT_COUNT };

struct boot_digest {
	size_t len;
	uint8_t data[TCG_DIGEST_MAX];
};

/* One of Secure Boot's lists. */
struct boot_variable {
	char name[8]; /* PK, KEK, db, dbx */
	uint32_t certificates;
	uint32_t hashes; /* entries that are no certificates */
};

struct boot_certificate {
	char variable[8];
	char subject[BOOT_SUBJECT_MAX];
	char not_after[BOOT_TIME_MAX];
	struct boot_digest sha256; /* of the certificate */
};

/* What let an image pass: a certificate of db or of shim, or something without one. */
struct boot_authority {
	char variable[24]; /* db, Shim, MokList, SbatLevel */
	char subject[BOOT_SUBJECT_MAX];
	struct boot_digest sha256; /* of the certificate; empty: there is none */
};

/* What one PCR was extended by: all events of a kind and a name, which are one where the name tells
 * them apart. */
struct boot_item {
	uint16_t pcr;
	enum boot_what what;
	char name[BOOT_NAME_MAX]; /* a file, a boot entry; empty: it has none */
	uint32_t events;
	struct boot_digest digest; /* of several events: each one's extended into zeros */
};

struct boot_facts {
	uint16_t alg; /* of the events' digests; 0: no events */
	enum boot_secure secure_boot;
	char firmware[BOOT_NAME_MAX]; /* its version, as the log has it; often empty */
	uint32_t unproven;      /* events whose data does not match their digest: not believed */
	uint32_t left_out;      /* certificates, authorities and items over the bounds */
	uint32_t os_separators; /* PCRs, by bits, in which systemd logged an os-separator */
	struct {
		size_t count;
		struct boot_variable items[BOOT_VARIABLES_MAX];
	} variables;
	struct {
		size_t count;
		struct boot_certificate items[BOOT_CERTIFICATES_MAX];
	} certificates;
	struct {
		size_t count;
		struct boot_authority items[BOOT_AUTHORITIES_MAX];
	} authorities;
	struct {
		size_t count;
		struct boot_item items[BOOT_ITEMS_MAX];
	} items;
};

#endif
