/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of VMs. A terminal that is too narrow for all columns gets those that matter most. */
#ifndef COLLECTOR_CLIENT_TABLE_H
#define COLLECTOR_CLIENT_TABLE_H

#include "core/buf.h"
#include "core/json/tree.h"

/* Where `is_of_disks`, a narrow terminal has the disks, and the verdict on a line of its own. */
void client_table_head(struct buf *to, bool is_of_disks);

/* *has_mark becomes true where others report as one of these VMs. */
void client_table_rows(
	struct buf *to, const struct json_node *vms, bool is_of_disks, bool *has_mark);

/* What the mark means. */
void client_table_foot(struct buf *to, bool has_mark);

#endif
