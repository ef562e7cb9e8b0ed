/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a judged report is kept: docs/protocol.md, "What is kept". No I/O, no clock.
 *
 * A VM has a budget for each hour. Reports that show nothing new may use half of it, and are noted
 * after that: the VM's record says that it was seen. All others are refused when it is used up, but
 * for what is worse than what is shown; what an operator waits for may use it up twice.
 */
#ifndef COLLECTOR_BUDGET_H
#define COLLECTOR_BUDGET_H

#include "collector/attestation/judgement.h"

enum budget_answer { BUDGET_KEEP, BUDGET_NOTE, BUDGET_REFUSE };

struct budget_decision {
	enum budget_answer answer;
	enum limit limit; /* why it is refused */
	unsigned retry_s;
	bool drops; /* it takes the place of the VM's reports before it */
};

/* `before` and `after`: the VM's record without and with the report, which takes `bytes`. */
struct budget_decision budget_decide(const struct budget *budget, const struct judgement *judgement,
	const struct store_vm *before, const struct store_vm *after, uint64_t bytes);

/* The report is kept: charges its VM with it. */
void budget_charge(
	const struct judgement *judgement, bool drops, uint64_t bytes, struct store_vm *vm);

/* Whether the VM's event log of `bytes` has room: logs may use half of an hour's bytes. LIMIT_NONE:
 * it has. */
enum limit budget_limit_log(
	const struct budget *budget, const struct store_vm *vm, uint64_t now_ms, uint64_t bytes);

/* The same, and charges the VM with it where it has. */
enum limit budget_charge_log(
	const struct budget *budget, uint64_t now_ms, uint64_t bytes, struct store_vm *vm);

#endif
