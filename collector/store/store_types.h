/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store keeps and is asked: collector/store/store.h says how. */
#ifndef COLLECTOR_STORE_TYPES_H
#define COLLECTOR_STORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/binding.h"
#include "core/status.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

#define STORE_HASH_SIZE      32 /* SHA-256 */
#define STORE_CHALLENGE_SIZE 16
#define STORE_KEY_SIZE       64
#define STORE_EKS_MAX        4
#define STORE_BATCH_MAX      1024 /* items, rows of a page or of a chunk */
#define STORE_REASON_SIZE    64
#define STORE_HOSTNAME_SIZE  256
#define STORE_SEARCH_SIZE    64
#define STORE_VERDICT_MAX    65536
#define STORE_QUOTE_MAX      1024 /* attest, signature, nonce and secret, each */
#define STORE_ITEM_KEYS      2
#define STORE_OWNERS_STEP    4096
#define STORE_VERIFY_STEP    64                   /* so that no other reader waits long */
#define STORE_CLAIM_KEPT_MS  (24 * 3600 * 1000UL) /* so long is it shown */
#define STORE_FAULTS_MAX     192                  /* of one step */
#define STORE_SNAPSHOT_MAX   2560
#define STORE_BASIS_MAX      1024
#define STORE_LINES_MAX      4
#define STORE_CLAIMS_MAX     8 /* of a VM: one of each sender */
#define STORE_LOG_MAX        PROTOCOL_LOG_BYTES_MAX
#define STORE_LOGS_STEP      16
/* What a kept report takes at most, with all that is around it. */
#define STORE_REPORT_MAX                                                                           \
	((size_t)EVIDENCE_MAX_BYTES + STORE_VERDICT_MAX + 4 * STORE_QUOTE_MAX + 4096)

enum store_enrolment {
	STORE_ENROLMENT_UNKNOWN = 0,
	STORE_ENROLMENT_PENDING,
	STORE_ENROLMENT_ACCEPTED,
	STORE_ENROLMENT_COUNT,
};

/* A report by its number and hash; number 0: none. Numbers rise in the order of commits. */
struct store_link {
	uint64_t id;
	uint8_t hash[STORE_HASH_SIZE];
};

/* Who brought something: the collector's own words and what it saw, nothing that a client says. */
struct store_sender {
	char role[8];     /* "host", "agent"; empty: without a credential */
	char name[64];    /* of the credential */
	char address[64]; /* numeric */
};

/* Reports of a VM that go on from each other, by the receipts that its agent shows. */
struct store_line {
	uint64_t root;                /* the first of them */
	struct store_link tip;        /* the last of them */
	char boot_id[TEXT_UUID_SIZE]; /* of the guest that sent it; empty: unknown */
	bool has_returned;            /* in one boot, after another line with its root was heard */
};

/* What an operator accepted against an alarm, for as long as the VM's agent may not have heard of
 * it. */
struct store_acceptance {
	uint64_t id;   /* of the report or claim that was accepted; 0: there is nothing to hear */
	bool is_claim; /* it is a claim's */
	uint64_t head; /* the VM's newest report then: who shows a receipt of a later one heard it
			*/
	char reason[STORE_REASON_SIZE]; /* the alarm's, as a word */
};

struct store_lines {
	size_t count;
	struct store_line items[STORE_LINES_MAX]; /* the one that was heard last comes first */
	bool is_open;         /* the VM's newest report is to become the first line's tip */
	uint64_t switched_ms; /* when one was last heard after another; 0: never */
	/* When other keys that somebody vouches for were last heard, before the VM's own came
	 * again; 0: never. */
	uint64_t other_ms;
	/* What would be shown, were there not two copies; an empty reason: nothing contraindicated
	 * besides. */
	enum continuity behind;
	char behind_reason[STORE_REASON_SIZE];
	struct store_acceptance accepted;
};

/* What is known of a VM now. The store itself maintains `revision`, `head` and `tail`; it ignores a
 * judge's changes to them. */
struct store_vm {
	char uuid[TEXT_UUID_SIZE];
	uint64_t revision; /* 0: not in the store; one more at each write by a judge */
	enum store_enrolment enrolment;
	size_t ek_count;
	uint8_t eks[STORE_EKS_MAX][STORE_HASH_SIZE]; /* fingerprints: SHA-256 of the public area */
	struct evidence_name ak_name;
	enum verdict_status status; /* what is shown: usually the last report's verdict */
	enum continuity continuity;
	char reason[STORE_REASON_SIZE]; /* the decisive reason's code as a word */
	/* What the guest calls itself, from the last report: shown and searched, never believed. */
	char hostname[STORE_HOSTNAME_SIZE];
	uint64_t received_ms; /* when the last report came */
	uint32_t reset_count; /* of the last attest, to compare the next one with */
	uint32_t restart_count;
	uint64_t clock_ms;
	bool is_safe;
	enum event announced;        /* what an operator said will happen, */
	uint64_t announced_until_ms; /* and until when that holds; 0: nothing is announced */
	uint64_t asked_ms;     /* since when somebody waits for a report of it; 0: nobody does */
	uint64_t seen_ms;      /* when a report was last taken, whether it was kept or not */
	uint64_t hour_ms;      /* since when the next two count, for an hour */
	uint64_t hour_reports; /* that were kept */
	uint64_t hour_bytes;
	/* While nobody has accepted it: the EK that its newest report proved, and that one's size.
	 */
	bool has_pending_ek;
	uint8_t pending_ek[STORE_HASH_SIZE];
	uint64_t pending_bytes;
	/* Of an accepted VM: the SHA-256 of the event log that its newest report names, where that
	 * log may be kept; no part of what is verified. */
	bool has_log;
	uint8_t log[STORE_HASH_SIZE];
	uint64_t claimed_ms; /* when somebody else's keys last claimed to be this VM; 0: never */
	/* Volumes that are sealed to some TPM, and those of them that will not open at the next
	 * boot, by the last signed report that tells of them. */
	uint32_t disks_sealed;
	uint32_t disks_failing;
	uint32_t interval_s; /* within so long it promised its next report; 0: it did not */
	uint32_t awaited_s;  /* for so long up to `announced_until_ms` nothing was heard of it since
			      * an  event was announced; 0: nothing is awaited */
	uint64_t silent_ms; /* since when nothing is heard of it, which is too long; 0: it is not */
	/* What its next report is packed with, and how many are: set by the database's store alone
	 * (collector/store/pack/); 0: nothing. No part of what is verified. */
	uint64_t keyframe, keyframe_uses;
	uint64_t check_ms; /* not before then can it be silent: when to look. 0: never; no part of
			    * what is verified */
	struct store_link baseline; /* the report that others are compared with; kept for ever */
	struct store_link head;     /* the newest report; kept for ever */
	struct store_link tail;     /* the newest one that retention went past */
	struct store_lines lines;
	struct store_sender sender; /* of the newest report: no part of the record. Set only by
				     * store_show_vm() and store_list_vms() */
};

/* A VM's record as a report or an audit event left it: each of its values as text behind its length
 * (store_snapshot.h). */
struct store_snapshot {
	size_t len; /* 0: of before schema 5, or the record was not written */
	uint8_t bytes[STORE_SNAPSHOT_MAX];
};

/* A report as it was appraised, with its verdict: enough to judge it again. The store sets the
 * first three. */
struct store_appraisal {
	char uuid[TEXT_UUID_SIZE];
	struct store_link link;
	struct store_link prev; /* the same VM's report before */
	uint64_t received_ms;
	enum event event; /* what was announced when it was judged */
	enum verdict_status status;
	enum continuity continuity;
	char reason[STORE_REASON_SIZE];
	struct crypto_bytes verdict;  /* the whole verdict as JSON, at most STORE_VERDICT_MAX */
	struct crypto_bytes evidence; /* exactly as received, at most EVIDENCE_MAX_BYTES */
	struct crypto_bytes attest;   /* these five empty where nothing was signed */
	struct crypto_bytes signature;
	struct crypto_bytes nonce;
	struct crypto_bytes secret; /* what the TPM activated; without it nobody can check later */
	struct crypto_bytes ek; /* fingerprint of the EK that the AK is proven to be with; empty in
				 * reports of before schema 2, too */
	/* Since schema 4; before it there are zeros and no sender's address. */
	uint64_t challenged_ms; /* when its challenge was given; 0: it answers none */
	struct store_sender sender;
	/* Since schema 5; before it empty. */
	struct crypto_bytes basis;    /* what else it was judged by, at most STORE_BASIS_MAX */
	struct crypto_bytes snapshot; /* the VM's record behind it: the store sets it */
	/* Read: why evidence, verdict, basis and snapshot cannot be unpacked, which are empty then;
	 * NULL: they are whole. Not kept. */
	const char *lost;
};

/* What keys that are not a VM's own said of it: no report, and nothing that is shown as one. The
 * newest of each VM and sender (store_claims.h) is kept, under its number where the keys are the
 * same. Beside the newest claim of a VM the oldest are kept: who comes later pushes none of them
 * out. The store sets `id`, which rises, and `uuid`. */
struct store_claim {
	uint64_t id;
	char uuid[TEXT_UUID_SIZE];
	struct store_sender sender;
	bool is_bound; /* written: the sender's credential is for this VM alone: he is the same from
			* whatever address. Not kept */
	char owner[TEXT_UUID_SIZE]; /* read: another VM that has one of these keys by now; empty:
				     * none. Not kept */
	uint64_t received_ms;
	uint64_t challenged_ms; /* 0: a distress report, which proves nothing */
	enum continuity continuity;
	char reason[STORE_REASON_SIZE];
	char hostname[STORE_HOSTNAME_SIZE];
	bool has_ek;
	uint8_t ek[STORE_HASH_SIZE];
	struct evidence_name ak_name;
};

/* A firmware's event log, once for all reports that name it. */
struct store_log {
	uint8_t sha256[STORE_HASH_SIZE];
	struct crypto_bytes bytes; /* 1 to STORE_LOG_MAX */
};

/* A challenge that a report answers. It can be spent once, before it expires by store_clock_ms(),
 * within STORE_CHALLENGE_MS of being made. The store knows nothing of a challenge until it is
 * spent. */
#define STORE_CHALLENGE_MS UINT64_C(60000)

struct store_challenge {
	uint64_t expires_ms;
	uint8_t id[STORE_CHALLENGE_SIZE]; /* random: chosen by who made it */
};

/* What came of spending an item's challenge. */
enum store_spend {
	STORE_SPEND_NONE = 0, /* the item has no challenge */
	STORE_SPEND_DONE,
	STORE_SPEND_EXPIRED,
	STORE_SPEND_AGAIN, /* spent before: a replay */
};

/* Something an operator or a policy did. `action` is a word: "accept", "enrol", "trust-ca". The
 * store sets both links: numbers rise, and `prev` is the audit log's event before this one. */
struct store_audit {
	struct store_link link;
	struct store_link prev;
	uint64_t at_ms;
	char uuid[TEXT_UUID_SIZE]; /* empty: of no VM */
	char action[32];
	char actor[64];
	char detail[512];
	/* The store sets both, where it writes the VM's record and no report does. */
	uint64_t revision; /* of the record behind it; 0: none */
	struct store_snapshot snapshot;
};

/* An agent's token that is for one VM alone: its digest, whose it is, and who made it when. The
 * store sets `id`, which rises. */
struct store_token {
	uint64_t id;
	uint8_t digest[STORE_HASH_SIZE];
	char uuid[TEXT_UUID_SIZE];
	uint64_t made_ms;
	char made_by[64];
};

/* A key by which attestation results are signed: ECDSA on P-256. One is the newest; those before it
 * stay known for as long as a result of theirs may be valid. */
struct store_result_key {
	uint8_t kid[STORE_HASH_SIZE]; /* its name: RFC 7638 */
	uint64_t made_ms;
	uint64_t until_ms; /* published so long; 0: it is the one that signs */
	uint8_t x[STORE_HASH_SIZE];
	uint8_t y[STORE_HASH_SIZE];
	bool has_secret;
	uint8_t secret[STORE_HASH_SIZE]; /* kept of the one that signs alone */
};

/* What a judge is asked and what it answers. */
struct store_change {
	enum store_spend spend;                 /* asked: whether the item's challenge was good */
	const struct store_appraisal *baseline; /* asked: NULL: none, or not wanted */
	char owner[TEXT_UUID_SIZE]; /* asked: another VM that one of the item's keys belongs to */
	bool has_log;               /* asked: the log that the item names is kept */
	bool has_result_key;        /* asked: there is a key that signs results */
	struct store_vm vm;         /* asked: the record now; answered: the record to come */
	bool is_noted;    /* answered: of `vm` only when it was seen is new, which is no revision */
	bool writes_vm;   /* answered: write `vm`. A report writes it in any case */
	bool is_baseline; /* answered: the report becomes vm.baseline */
	bool takes_keys;  /* answered: vm's keys become its own even where it has them already */
	const struct store_appraisal *appraisal; /* answered: to be appended, or NULL */
	const struct store_audit *audit;         /* answered: to be appended, or NULL */
	const struct store_claim *claim;         /* answered: to be kept, or NULL */
	const struct store_log *log; /* answered: to be kept, or NULL. It is the one that the VM's
				      * newest report names */
	const struct store_token *tokens; /* answered: to be kept; for each of them `audit`
					   * is appended, of its VM */
	size_t token_count;
	uint64_t revokes; /* answered: this token is no more; 0: none */
	/* Answered: signs results from now on, or NULL. Those before it lose their secret, and are
	 * published until `others_until_ms` at most. `audit` says so. */
	const struct store_result_key *result_key;
	uint64_t others_until_ms;
	bool drops_claims;     /* answered: the VM's claims are settled */
	bool drops_appraisals; /* answered: the appraisal takes the place of all before it */
	bool forgets;      /* answered: the VM goes with all that is kept of it; `audit` says so,
			    * with the record as it was */
	bool is_lapsed;    /* asked: nobody accepted the VM, and the last one of its UUID that was
			    * forgotten was so in silence, by no person */
	uint64_t revision; /* the store's: of a VM that is not there the revision of its record
			    * when it was last audited, behind which a new one begins; 0: never */
	struct store_snapshot
		snapshot; /* the store's: of the record to come, where it is written */
};

/* Decides what an item writes; by default nothing. What `report` and `audit` point to must live
 * until store_write() returns. When a transaction is repeated, the judge is called again for the
 * same item and must set all of its answers again. */
typedef void store_judge(struct store_change *change, void *context);

/* What went with a VM that was forgotten. */
struct store_forgotten {
	struct store_link head; /* its newest report; number 0: it had none */
	uint64_t reports, event_logs, claims, tokens;
};

struct store_item {
	char uuid[TEXT_UUID_SIZE]; /* empty: of no VM, for an audit event only */
	bool has_challenge;
	struct store_challenge challenge;
	bool wants_baseline;
	struct crypto_bytes keys[STORE_ITEM_KEYS]; /* whose they are is asked; empty: none */
	bool asks_log;                             /* whether this one is kept */
	uint8_t log[STORE_HASH_SIZE];
	bool asks_result_key; /* whether there is one */
	store_judge *judge;
	void *context;
	enum store_spend spend;           /* set by store_write() */
	struct store_link written;        /* set by store_write(): the report, id 0 without one */
	uint64_t claimed;                 /* set by store_write(): the claim's number; 0: none */
	struct store_forgotten forgotten; /* set by store_write(): where the judge forgets */
};

/* Items are judged by VM, those of one VM in their order: the second sees what the first wrote. */
struct store_batch {
	uint64_t now_ms; /* by store_clock_ms() */
	struct store_item *items;
	size_t item_count;
};

struct store_query {
	bool has_status; /* only VMs of this one */
	enum verdict_status status;
	bool has_failing_disks; /* only VMs with some */
	bool is_silent;         /* only those that are */
	/* In lower case: what a UUID begins with or a hostname has; empty: all VMs. */
	char search[STORE_SEARCH_SIZE];
	char after[TEXT_UUID_SIZE]; /* the last UUID of the page before; empty: from the start */
	size_t limit;               /* 1 to STORE_BATCH_MAX */
};

/* How many VMs are shown how. */
struct store_counts {
	uint64_t vms[VERDICT_CONTRAINDICATED + 1][CONTINUITY_COUNT];
	uint64_t disks_failing; /* volumes of all VMs that will not open at the next boot, */
	uint64_t disks_vms;     /* and how many VMs have such */
	uint64_t silent;        /* VMs that are silent */
	uint64_t oldest_ms;     /* when the VM was seen that was not seen for longest; 0: none is */
};

/* Since when the collector looks who is silent, without a gap, and when it did last: times of its
 * clock. */
struct store_watch {
	uint64_t since_ms, ran_ms;
};

/* What is taken of a store, and what is left. */
struct store_room {
	uint64_t pending;       /* VMs that nobody has accepted */
	uint64_t pending_bytes; /* of their reports */
	uint64_t free_bytes;    /* until the store or its disk is full; UINT64_MAX: unknown */
};

/* For how long reports are kept, and since when: what an audit event says, as soon as it is no
 * longer STORE_RETENTION_DAYS or what the event before said. */
#define STORE_RETENTION_DAYS   90
#define STORE_RETENTION_ACTION "retention"

struct store_retention_setting {
	uint32_t days;   /* 0: for ever */
	uint64_t behind; /* the highest number of a report then: what expired up to it did so under
			  * a setting of before */
};

struct store_retention_clock {
	uint32_t days;   /* as it is configured; 0: for ever */
	uint64_t now_ms; /* since 1970 */
};

/* How an audit event tells that a VM was forgotten; store_forgotten_print(). */
#define STORE_FORGOTTEN_ACTION     "forgotten"
/* Its actor where no person decided it, but the collector by the VM's silence. */
#define STORE_FORGOTTEN_IN_SILENCE "collector"

/* How audit events tell of tokens. */
#define STORE_TOKEN_ACTION "token"
#define STORE_TOKEN_MADE   "made"
#define STORE_TOKEN_DIGEST "SHA-256 "

/* Something that is not as it was written. */
struct store_fault {
	uint64_t where; /* the report or event */
	char what[320];
};

/* How far a verification has come, and what its last step found. All zero at its beginning. */
struct store_verification {
	struct store_link at; /* where the next step goes on: with this report of a history, behind
			       * this event of the audit log. A hash of zeros: not known, since
			       * what names it is wrong itself */
	uint64_t count;       /* reports or events that are right */
	bool is_done;
	size_t seen_count; /* reports that the last step found right, */
	uint64_t seen[STORE_VERIFY_STEP];
	size_t fault_count; /* and what it found wrong */
	struct store_fault faults[STORE_FAULTS_MAX];
};

/* What is known of a VM's newest report up to a number. */
enum store_head_state {
	STORE_HEAD_NONE = 0, /* it had none */
	STORE_HEAD_WAITING,  /* the VM waited for its acceptance then: it may be removed */
	STORE_HEAD_THERE,
	STORE_HEAD_EXPIRED, /* retention has gone past it, or nothing tells whether it waited */
	STORE_HEAD_LOST,    /* the chain does not lead there */
};

/* A report's row and whose it is. */
struct store_owned {
	uint64_t report, prev;
	char uuid[TEXT_UUID_SIZE]; /* empty: of no VM that is there */
	uint64_t head, tail;       /* of the VM */
};

typedef bool store_head_visit(const char *uuid, enum store_head_state state,
	const struct store_link *head, void *context);
typedef bool store_vm_visit(const struct store_vm *vm, void *context);
typedef bool store_appraisal_visit(const struct store_appraisal *appraisal, void *context);
typedef bool store_claim_visit(const struct store_claim *claim, void *context);
/* `uuid`: whose it is; empty: of no VM that is there. */
typedef bool store_key_visit(const struct crypto_bytes *key, const char *uuid, void *context);
typedef bool store_uuid_visit(const char *uuid, void *context);
typedef bool store_owner_visit(const struct store_owned *row, void *context);
/* Reports of this VM are gone up to number `tail`; a report before it came too late for that,
 * `young`, or 0 where any would. */
typedef bool store_tail_visit(const char *uuid, uint64_t tail, uint64_t young, void *context);
typedef bool store_token_visit(const struct store_token *token, void *context);
typedef bool store_result_key_visit(const struct store_result_key *key, void *context);
typedef bool store_log_visit(const struct store_log *log, void *context);
typedef bool store_audit_visit(const struct store_audit *audit, void *context);

#endif
