/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What OpenStack says about one VM, through its `openstack` client where that is configured: the
 * flavor as it is embedded in the VM (today's flavor may be another), the image's properties, and
 * whether the key manager has the vTPM's secret. A secret's value is never asked for.
 */
#ifndef HOST_FACTS_OPENSTACK_H
#define HOST_FACTS_OPENSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "host/facts/facts.h"

enum openstack_secret {
	OPENSTACK_SECRET_UNKNOWN,
	OPENSTACK_SECRET_THERE,
	OPENSTACK_SECRET_FORBIDDEN, /* the key manager does not say it to this account */
	OPENSTACK_SECRET_MISSING,
};

struct openstack_migration {
	char type[32], status[32], from[64], to[64], when[40]; /* status empty: none is known */
};

struct openstack_server {
	char uuid[TEXT_UUID_SIZE], name[256];
	char status[32], host[256]; /* "ACTIVE", and where Nova believes the VM to be */
	char fault[240];            /* what Nova says of its last failure; or empty */
	bool has_flavor; /* the client showed the embedded flavor, and not only its name */
	char flavor_version[16], flavor_model[32], secret_security[32]; /* hw:tpm_…; or empty */
	char image[TEXT_UUID_SIZE];                                     /* empty: from a volume */
	bool has_image;                          /* its properties could be read */
	char image_version[16], image_model[32]; /* hw_tpm_…; or empty */
	enum openstack_secret secret;
	char secret_error[160];               /* why that is not known */
	struct openstack_migration migration; /* the last one */
};

/* Whether the client has a cloud to ask: OS_CLOUD or OS_AUTH_URL, or a clouds.yaml. */
bool openstack_is_configured(void);

/* Asks about a VM that libvirt has: all of it, and its migrations where `has_failed`. Errors, for
 * the VM itself: those of child_run(); MALFORMED; NOT_FOUND. What else cannot be asked stays
 * unknown. */
int openstack_gather(const struct facts_domain *domain, bool has_failed, uint32_t timeout_ms,
	struct openstack_server *ret_server, struct error *err);

/* Asks about a VM by UUID or name that libvirt has not. Errors: the same. */
int openstack_find(const char *word, uint32_t timeout_ms, struct openstack_server *ret_server,
	struct error *err);

/* Asks for the last migration of a VM that was found. */
void openstack_find_migration(uint32_t timeout_ms, struct openstack_server *server);

#endif
