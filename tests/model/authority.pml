/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may speak for a VM: the rules of docs/threat-model.md, held against everybody who can send.
 *
 * VM V is watched. It has its own TPM or, when the host lost that one, a replacement. VM W is another one that is
 * enrolled, and whose root is the attacker; he has keys of his own in software, too. A TPM has an owner, the VM that is
 * known by it: W's is W's, whomever it speaks for. Two instances of the collector
 * share one store. Messages may be late, lost, repeated and out of order: the network keeps every one, and an instance
 * takes any of them, again and again, or never.
 *
 * Each TODAY_... turns one rule back to what it was. tests/model/test_authority.py sees that each of them
 * breaks the property that it is there for; WHATEVER_CHANGES lets it look behind the first that falls.
 */
#define MESSAGES 3

/* Keys. */
#define NONE        0
#define OWN         1 /* V's vTPM, as it was enrolled or would be */
#define REPLACEMENT 2 /* what the host made in its place */
#define STRANGER    3 /* in the attacker's software */
#define NEIGHBOUR   4 /* W's vTPM */

#define V 1
#define W 2

/* What is shown of V, and how a confirmation ended. */
#define UNKNOWN         0
#define AFFIRMING       1
#define CONTRAINDICATED 2
#define CANNOT_TELL     3

/* --- the world --- */

byte tpm_of_v = OWN;
bool policy_asks_certificate; /* else an operator approves each VM */

typedef Message {
	bool is_sent;
	bool is_distress;
	byte vm;            /* whom it is about: sealed in the challenge, or claimed by a distress report */
	byte key;           /* whose quote it is */
	bool is_late;       /* its challenge was given after `confirm` was asked */
	bool has_authority; /* over `vm`: a certificate that counts and names it, or a credential bound to it */
	bool is_spent       /* the store's: its challenge has been used */
};
Message network[MESSAGES];
byte sent;

/* --- the store's record of V --- */

bool is_accepted;
byte keys = NONE;
byte shown = UNKNOWN;
byte baseline = NONE;
byte waits_with = NONE; /* while it is not accepted: the key that came first */
bool is_announced;
byte claim = NONE; /* the newest of those that others than its keys make */
bool claim_is_late;

/* --- the operator --- */

bool is_asked;
bool has_answered;   /* the store has a report of V's keys that a confirmation may believe */
bool has_replaced;   /* and one of somebody with authority, of another key */
byte outcome = UNKNOWN;

/* --- ghosts: what is true, whatever the store has --- */

bool signed_late[5];          /* by key: it signed for a challenge that was given after `confirm` was asked */
bool replacement_was_heard;   /* a replacement's report of that kind reached the store */
bool confirmed_unproven;      /* confirm: exit 0 without the first */
bool replaced_unnoticed;      /* confirm: no exit 2 though the second */
bool alarmed_by_stranger;     /* confirm: exit 2 though V's TPM answered and no one with authority said otherwise */
bool changed_by_stranger;     /* V's record changed by who has neither its keys nor authority */
bool accepted_unseen;         /* accept: keys that were not shown */
bool enrolment_poisoned;      /* the honest VM's report, which the policy allows, was not accepted */
bool counted_twice;           /* one challenge, two reports */
bool host_believed_another;   /* vtpm-host confirm: exit 0 for another VM's TPM */

/* Where there is room: the network keeps what it has. */
inline send(about, with, authority, distress)
{
	network[sent].vm = about;
	network[sent].key = with;
	network[sent].is_late = is_asked;
	network[sent].has_authority = authority;
	network[sent].is_distress = distress;
	sent++
}

/* V's own system: asks for a challenge, is held up for as long as you like, then its TPM of that moment signs. */
proctype guest()
{
	byte number;
	byte with;
	byte rounds = 0;
	do
	:: rounds < 2 ->
		rounds++;
		atomic {
			sent < MESSAGES;
			number = sent;
			/* A certificate of a vTPM that was made again names the same VM. */
			send(V, tpm_of_v, policy_asks_certificate, false);
			with = tpm_of_v
		}
		atomic {
			/* A TPM that was exchanged meanwhile cannot answer for the keys the challenge was given to. */
			if
			:: with == tpm_of_v -> network[number].is_sent = true
			:: else -> skip
			fi;
			if
			:: network[number].is_sent && network[number].is_late -> signed_late[with] = true
			:: else -> skip
			fi;
			number = 0;
			with = 0
		}
	:: break
	od
}

proctype host_loses_tpm()
{
	if
	:: tpm_of_v = REPLACEMENT
	:: skip
	fi
}

/* Anyone who may ask for a challenge; he may have a credential, too: an agent's, bound to W. */
proctype attacker()
{
	byte rounds = 0;
	do
	:: rounds < 2 ->
		rounds++;
		atomic {
			sent < MESSAGES;
			if
			:: send(V, STRANGER, false, false)
			:: send(V, NEIGHBOUR, false, false)
			:: send(W, NEIGHBOUR, true, false)
			/* A distress report needs a credential, and that is bound to W. */
			:: send(V, NONE, false, true)
			fi;
			network[sent - 1].is_sent = true
		}
	:: break
	od
}

/* --- what an instance does with one report, in one transaction --- */

#define IS_ITS_KEY    (is_accepted && network[i].key == keys)
#define IS_OF_ANOTHER (network[i].key == NEIGHBOUR && keys != NEIGHBOUR)

/* Of a VM that was never heard of nothing is shown that could change. */

inline note_change()
{
	if
	:: (was_keys != keys || was_baseline != baseline || was_announced != is_announced ||
		(was_heard && (was_shown != shown || was_waiting != waits_with))) &&
		!network[i].has_authority && network[i].key != was_keys && network[i].key != OWN ->
		changed_by_stranger = true;
#ifndef WHATEVER_CHANGES
		assert(!changed_by_stranger)
#else
		changed_by_stranger = false
#endif
	:: else -> skip
	fi
}

/* A report of the VM's keys: it is compared with the baseline, and is the TPM it was. */
inline judge_own()
{
	shown = AFFIRMING;
	baseline = keys;
	is_announced = false;
#ifdef TODAY_CONFIRM_BEFORE
	has_answered = is_asked
#else
	has_answered = has_answered || network[i].is_late
#endif
}

inline enrol()
{
	is_accepted = true;
	keys = network[i].key;
	judge_own()
}

inline judge_claim()
{
#ifdef TODAY_CLAIMS_LOST
	skip
#else
	claim = network[i].key;
	claim_is_late = claim_is_late || network[i].is_late
#endif
#ifdef TODAY_STRANGER_REPLACES
	;
	if
	:: is_accepted -> shown = CONTRAINDICATED; has_replaced = is_asked
	:: else -> skip
	fi
#else
	;
	if
	:: is_accepted && network[i].has_authority ->
		shown = CONTRAINDICATED;
		has_replaced = has_replaced || network[i].is_late
	:: else -> skip
	fi
#endif
#ifdef TODAY_CLAIM_EATS_ANNOUNCEMENT
	;
	is_announced = false
#endif
}

/* The first is shown as what it is: as another VM's, too. */
inline wait_for_acceptance()
{
	if
	:: waits_with == NONE -> waits_with = network[i].key
	:: else -> skip
	fi;
	if
#ifdef TODAY_OWNER_BEFORE_WAITING
	:: IS_OF_ANOTHER -> shown = CONTRAINDICATED
#else
	:: IS_OF_ANOTHER && network[i].key == waits_with -> shown = CONTRAINDICATED
#endif
	:: else -> skip
	fi;
	judge_claim()
}

inline judge_pending()
{
#ifdef TODAY_PENDING_TEACHES
	if
	:: keys != NONE && keys != network[i].key -> judge_claim()
	:: else ->
		keys = network[i].key;
		if
		:: policy_asks_certificate && network[i].has_authority -> enrol()
		:: else -> judge_claim()
		fi
	fi
#else
	if
	:: policy_asks_certificate && network[i].has_authority -> enrol()
	:: else -> wait_for_acceptance()
	fi
#endif
	;
	if
	:: policy_asks_certificate && network[i].has_authority && !is_accepted ->
		enrolment_poisoned = true;
		assert(!enrolment_poisoned)
	:: else -> skip
	fi
}

inline judge()
{
	was_shown = shown; was_keys = keys; was_baseline = baseline; was_announced = is_announced;
	was_waiting = waits_with; was_heard = is_accepted || waits_with != NONE;
	if
	:: network[i].is_distress ->
#ifdef TODAY_DISTRESS_OF_ANYONE
		if
		:: is_accepted -> shown = CONTRAINDICATED; is_announced = false
		:: else -> skip
		fi
#else
		skip /* its credential is not bound to V */
#endif
	:: !network[i].is_distress && IS_ITS_KEY -> judge_own()
	:: !network[i].is_distress && !is_accepted -> judge_pending()
	:: else -> judge_claim()
	fi;
	note_change();
	if
	:: network[i].key == REPLACEMENT && network[i].is_late && is_accepted &&
		keys != REPLACEMENT && outcome == UNKNOWN -> replacement_was_heard = true
	:: else -> skip
	fi
}

inline take()
{
	if
	:: network[0].is_sent -> i = 0
	:: network[1].is_sent -> i = 1
	:: network[2].is_sent -> i = 2
	fi
}

inline commit()
{
	if
	:: is_again || network[i].vm != V -> skip
	:: else ->
		if
		:: network[i].is_spent ->
			counted_twice = true;
			assert(!counted_twice)
		:: else -> skip
		fi;
		/* A distress report has no challenge to spend. */
		network[i].is_spent = !network[i].is_distress;
		judge()
	fi;
	i = 0; is_again = false; was_shown = 0; was_keys = 0; was_baseline = 0; was_announced = false;
	was_waiting = 0; was_heard = false
}

active [2] proctype instance()
{
	byte i, was_shown, was_keys, was_baseline, was_waiting;
	bool was_announced, was_heard, is_again;

end:
	do
#ifdef TODAY_SPENT_BEFORE
	:: atomic { take(); is_again = network[i].is_spent };
	   atomic { commit() }
#else
	:: atomic { take(); is_again = network[i].is_spent; commit() }
#endif
	od
}

/* --- the operator --- */

inline conclude(how)
{
	outcome = how;
	confirmed_unproven = outcome == AFFIRMING && !signed_late[keys];
	replaced_unnoticed = replacement_was_heard && outcome != CONTRAINDICATED && !has_answered;
	alarmed_by_stranger = outcome == CONTRAINDICATED && has_answered && tpm_of_v == OWN;
	assert(!confirmed_unproven);
	assert(!replaced_unnoticed);
	assert(!alarmed_by_stranger);
	/* What is over makes no states of its own. */
	is_asked = false; has_answered = false; has_replaced = false; claim_is_late = false;
	replacement_was_heard = false;
	signed_late[OWN] = false; signed_late[REPLACEMENT] = false;
	network[0].is_late = false; network[1].is_late = false; network[2].is_late = false
}

proctype operator()
{
	byte seen;
	if
	:: is_announced = true
	:: skip
	fi;
	if
	:: atomic { is_accepted -> is_asked = true }
	   /* It waits; what is decided ends it at once, and its time may be over at any moment. */
	   if
	   :: atomic { has_answered && !has_replaced -> conclude(AFFIRMING) }
	   :: atomic { has_replaced -> conclude(CONTRAINDICATED) }
	   :: atomic { true ->
		if
		:: has_replaced -> conclude(CONTRAINDICATED)
		:: !has_replaced && has_answered -> conclude(AFFIRMING)
		:: !has_replaced && !has_answered && claim_is_late -> conclude(CONTRAINDICATED)
		:: else -> conclude(CANNOT_TELL)
		fi
	      }
	   fi
	:: skip
	fi;
	/* A person looks at a claim and accepts it. */
	if
	:: atomic { claim != NONE -> seen = claim };
	   atomic {
		is_accepted = true;
#ifdef TODAY_ACCEPT_NEWEST
		keys = claim;
#else
		keys = seen;
#endif
		accepted_unseen = keys != seen;
		assert(!accepted_unseen)
	   }
	:: skip
	fi
}

/* --- a host that confirms the guest in its domain V, with its own credential --- */

inline host()
{
	/* Its root is the attacker: he asks about whom he likes, and takes the answer to whom he likes. */
	if
	:: asked_about = V
	:: asked_about = W
	fi;
#ifndef TODAY_HOST_CARRIES_ALL
	asked_about == V;
#endif
	/* A challenge is sealed for one VM; the report may answer another one than was carried. */
	if
	:: answered_about = asked_about
	:: answered_about = W
	fi;
#ifndef TODAY_HOST_CARRIES_ALL
	answered_about == asked_about;
#endif
	/* The vTPM of V is lost: only W's is affirming. */
	host_believed_another = answered_about == W;
	assert(!host_believed_another)
}

init {
	byte asked_about, answered_about;
	atomic {
		if
		:: policy_asks_certificate = true
		:: policy_asks_certificate = false
		fi;
		if
		:: is_accepted = true; keys = OWN; baseline = OWN; shown = AFFIRMING
		:: skip
		fi;
		run guest();
		run host_loses_tpm();
		run attacker();
		run operator()
	}
	atomic { host() }
}
