/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypervisor host is, as far as its guests' vTPMs depend on it. Gathered here or read from a
 * peer's `vtpm-host facts`: both go through the same rules (rules.h). No secret's value is
 * in it.
 */
#ifndef HOST_FACTS_FACTS_H
#define HOST_FACTS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json/value.h"
#include "core/text.h"

#define FACTS_DOMAINS_MAX 512
#define FACTS_MAX_BYTES   (4 * 1024 * 1024)

/* How a look at something ended: words, since a person reads the facts too. */
#define FACT_OK        "ok"
#define FACT_MISSING   "missing"
#define FACT_DENIED    "denied"
#define FACT_READ_ONLY "read-only"
#define FACT_FULL      "full"
#define FACT_TIMEOUT   "timeout" /* a dead NFS server does not answer */
#define FACT_ERROR     "error"

struct facts_account {
	char user[64], group[64]; /* as qemu.conf names them, or libvirt's default */
	bool is_known;
	uint32_t uid, gid;
};

struct facts_file {
	char access[16]; /* FACT_… */
	uint32_t uid, gid, mode;
	uint64_t size, mtime;
};

struct facts_mount {
	char point[256], source[256], type[32], options[512];
	bool is_read_only;
	uint32_t stacked; /* mounts hidden below it on the same directory */
	char hidden[256]; /* a mount nearer to the path that a later one further up covers */
	char upper[32];   /* of an overlay: the type of the file system that it writes to */
};

struct facts_domain {
	char name[256], uuid[TEXT_UUID_SIZE];
	bool is_active, has_vtpm;
	char model[32], version[16];
	bool is_state_kept;          /* persistent_state='yes' */
	char secret[TEXT_UUID_SIZE]; /* of <encryption>; empty: the state is in the clear */
	char secret_usage[16];       /* "vtpm"; empty: libvirt does not have that secret */
	/* Of a mount of its own, below state_path's: as in struct facts_mount. */
	char mount_point[256], mount_type[32], mount_upper[32], mount_hidden[256];
	/* <source> of its backend; empty: <uuid>/tpm2 below state_path. */
	char state_source[256];
	bool is_state_file; /* that is the state itself, and not a directory of it */
	struct facts_file directory, state;
	char profile[64]; /* of libtpms; empty: not given */
	char nvram[256];  /* the file with its UEFI variables; empty: none */
	struct facts_file nvram_file;
	/* As Nova wrote it into the definition; empty where it did not. */
	char server[256], owner[128];
	bool has_flavor; /* and whether the flavor's extra specs are among it (from Nova 33) */
	char secret_security[32];
	bool is_paused;
	uint32_t swtpm_pid;     /* 0: none runs */
	uint64_t swtpm_started; /* seconds since 1970 */
	bool is_locked;         /* some process has the state's lock */
	uint32_t lock_pid;      /* which; 0: none of this host's, as far as is seen */
	bool is_lock_released;  /* it was started with release-lock-outgoing */
	bool is_next_other;     /* its next start will have another vTPM's definition */
};

struct facts {
	char host[256];
	uint64_t iat; /* seconds since 1970 */
	/* major·10⁶ + minor·10³ + micro; 0: not found */
	uint64_t libvirt, qemu, swtpm, libtpms, nova;
	bool has_migration_option; /* swtpm's cmdarg-migration */
	bool is_clock_synchronised;
	uint64_t clock_error_us; /* the kernel's estimate of how far off its clock may be */
	struct facts_account account;
	char state_path[256];
	struct facts_mount mount;
	bool is_declared_shared;     /* by qemu.conf's shared_filesystems */
	struct facts_file directory; /* state_path */
	char write[16];       /* FACT_…: create, rename, unlink in write_path as write_uid */
	char write_path[256]; /* a domain's directory, as swtpm; without one the state directory,
			       * as its owner, who makes them */
	uint32_t write_uid;
	struct facts_file localca, localca_lock;
	/* What high availability needs of a host, where it was asked for. */
	struct facts_account ha;
	char vm_path[256]; /* where the VMs' disks are; empty: not asked for */
	struct facts_mount vm_mount;
	struct facts_file vm_directory;
	struct {
		size_t count;
		struct facts_domain items[FACTS_DOMAINS_MAX];
	} domains;
};

#define FACTS_SCOPED __attribute__((cleanup(facts_clean))) struct facts

/* New, empty facts (about 900 KiB), or NULL. */
struct facts *facts_new(void);
void facts_clean(struct facts **facts);

/* The first number of a text that is a version, "x 34.0.0 y", as in struct facts; 0: there is none.
 */
uint64_t facts_version(const char *text);

/* Whether a word names a domain: a UUID is one, and never another domain's name. */
bool facts_domain_is(const struct facts_domain *domain, const char *word);

/* Where a domain's state is: the directory, and the file in it. */
void facts_domain_directory(
	const struct facts *facts, const struct facts_domain *domain, char *ret, size_t size);
void facts_domain_state(
	const struct facts *facts, const struct facts_domain *domain, char *ret, size_t size);

/* A new JSON object, or NULL when memory is short. */
json_t *facts_to_json(const struct facts *facts);

/* Reads a peer's facts. The caller frees the result. Errors: TOO_LARGE, MALFORMED, UNSUPPORTED
 * (another major version), NO_MEMORY. */
int facts_parse(const void *bytes, size_t len, struct facts **ret_facts, struct error *err);

#endif
