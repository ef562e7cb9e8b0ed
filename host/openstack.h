/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OpenStack says about one VM, through its `openstack` client where that is configured: the
 * flavor as it is embedded in the VM (today's flavor may be another), the image's properties, and
 * whether the key manager has the vTPM's secret. A secret's value is never asked for.
 */
#ifndef HOST_OPENSTACK_H
#define HOST_OPENSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "host/facts.h"
#include "host/rules.h"

struct openstack_server {
	char status[32], host[256]; /* "ACTIVE", and where Nova believes the VM to be */
	bool has_flavor; /* the client showed the embedded flavor, and not only its name */
	char flavor_version[16], flavor_model[32], secret_security[32]; /* hw:tpm_…; or empty */
	char image[TEXT_UUID_SIZE];                                     /* empty: from a volume */
	bool has_image;                          /* its properties could be read */
	char image_version[16], image_model[32]; /* hw_tpm_…; or empty */
	bool has_secrets, is_secret_listed;
};

/* Whether the client has a cloud to ask: OS_CLOUD or OS_AUTH_URL, or a clouds.yaml. */
bool openstack_is_configured(void);

/* Asks for all of it. Errors, for the VM itself: those of child_run(); MALFORMED. What else cannot
 * be asked stays unknown. */
int openstack_gather(const struct facts_domain *domain, uint32_t timeout_ms,
	struct openstack_server *ret_server, struct error *err);

/* Judges it. */
void rules_judge_openstack(const struct openstack_server *server, const struct facts *facts,
	const struct facts_domain *domain, const struct rules_expect *expect,
	struct findings *findings);

#endif
