/* SPDX-License-Identifier: BSD-2-Clause */
/* Who brings a report, and for which VMs he may speak. */
#ifndef COLLECTOR_SENDER_H
#define COLLECTOR_SENDER_H

#include "collector/http/http.h"
#include "collector/store/store.h"

/* As it is recorded. */
struct store_sender sender_of(const struct http_caller *caller);

#define SENDER_REFUSAL "this credential is another VM's: use this VM's own"

/* Whether he may say anything of this VM: a credential that is for one VM says nothing of others.
 */
bool sender_may(const struct http_caller *caller, const char *uuid);

/* Whether his credential is for this VM alone. */
bool sender_is_bound(const struct http_caller *caller, const char *uuid);

/* Whether he has authority over it: by a credential that is for it, or as a host, which looks whose
 * guest it is before it carries anything. */
bool sender_speaks_for(const struct http_caller *caller, const char *uuid);

#endif
