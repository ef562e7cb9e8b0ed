/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/guest/libvirt.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>

struct through_libvirt {
	struct guest_channel channel;
	virConnectPtr libvirt;
	virDomainPtr domain;
};

/* libvirt's error, with what mends it. */
static int explain(virDomainPtr domain, const char *program, struct error *err)
{
	int code = virGetLastErrorCode(), state = 0;
	BUF_SCOPED message = {0};

	buf_append_text(&message, virGetLastErrorMessage());
	if (code == VIR_ERR_ARGUMENT_UNSUPPORTED)
		return error_set(err, ERROR_NOT_FOUND,
			"the domain has no guest agent channel; add <channel type='unix'><target "
			"type='virtio' name='org.qemu.guest_agent.0'/></channel> (image property "
			"hw_qemu_guest_agent=yes)");
	if (virDomainGetState(domain, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PAUSED)
		return error_set(err, ERROR_TIMEOUT,
			"the domain is paused; virsh resume (openstack server unpause), then ask "
			"again");
	if (code == VIR_ERR_AGENT_UNRESPONSIVE || code == VIR_ERR_OPERATION_TIMEOUT)
		return guest_channel_silent(err);
	if (code == VIR_ERR_OPERATION_INVALID)
		return error_set(err, ERROR_NOT_FOUND, "the domain does not run; start it first");
	return guest_channel_refuse(
		"libvirt", message.data ? (char *)message.data : "no memory", program, err);
}

static int ask(struct guest_channel *channel, const char *command, const char *program,
	struct buf *to, struct error *err)
{
	virDomainPtr domain = ((struct through_libvirt *)channel)->domain;
	char *answer = virDomainQemuAgentCommand(domain, command, GUEST_ANSWER_WAIT_S, 0);

	if (!answer)
		return explain(domain, program, err);
	buf_append_text(to, answer);
	free(answer);
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

static void close_channel(struct guest_channel *channel)
{
	struct through_libvirt *own = (struct through_libvirt *)channel;

	if (own->domain)
		virDomainFree(own->domain);
	if (own->libvirt)
		virConnectClose(own->libvirt);
	free(own);
}

/* libvirt's messages come back through struct error, not on the terminal. */
static void ignore_libvirt(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static int find(struct through_libvirt *own, const char *uri, const char *word, struct error *err)
{
	/* Read-only does not do: libvirt refuses the guest agent then. */
	own->libvirt = virConnectOpen(uri);
	if (!own->libvirt)
		return error_set(err, ERROR_IO, "libvirt at %s: %s; is libvirtd running?", uri,
			virGetLastErrorMessage());
	/* Its UUID first: a VM may have another's as its name. */
	own->domain = virDomainLookupByUUIDString(own->libvirt, word);
	if (!own->domain)
		own->domain = virDomainLookupByName(own->libvirt, word);
	if (!own->domain)
		return error_set(err, ERROR_NOT_FOUND,
			"libvirt has no such domain here; see virsh list --all");
	return 0;
}

int guest_libvirt_open(const char *uri, const char *domain, char ret_uuid[TEXT_UUID_SIZE],
	struct guest_channel **ret_channel, struct error *err)
{
	struct through_libvirt *own = calloc(1, sizeof(*own));
	int rc;

	if (!own)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	own->channel = (struct guest_channel){.ask = ask, .close = close_channel};
	virSetErrorFunc(NULL, ignore_libvirt);
	rc = find(own, uri, domain, err);
	if (rc) {
		close_channel(&own->channel);
		return rc;
	}
	virDomainGetUUIDString(own->domain, ret_uuid);
	*ret_channel = &own->channel;
	return 0;
}
