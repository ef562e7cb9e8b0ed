/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/rules/profile.h"

#include <stddef.h>
#include <string.h>

static const struct profile profiles[] = {
	{.name = "platform9",
		.source = "the operator's guide of its private cloud, vTPM",
		.marks = {"/opt/pf9/hostagent", "/etc/pf9"},
		.is_shared = true,
		.nfs_options = {"vers=3", "local_lock=all"},
		.uid = 64130,
		.ha_user = "pf9",
		.ha_group = "pf9group",
		.secret_security = "deployment"},
	{.name = "ovirt",
		.source = "vdsm, supervdsm_api/virt.py: the engine keeps the state, each host has "
			  "a copy",
		.marks = {"/etc/vdsm/vdsm.conf", "/usr/share/vdsm"}},
	{.name = "proxmox",
		.source = "qemu-server, PVE/QemuServer.pm: the state is the VM's volume tpmstate0",
		.marks = {"/usr/share/perl5/PVE/QemuServer.pm", "/usr/bin/pvesh"},
		.without_libvirt = "Proxmox has no libvirt: qm config VMID shows tpmstate0, and "
				   "vtpm-host confirm --qga-socket /var/run/qemu-server/VMID.qga "
				   "asks the guest"},
	{.name = "kubevirt",
		.source = "KubeVirt's user guide, Persistent TPM: the state is on the VM's own "
			  "volume",
		.marks = {"/var/run/kubevirt-private", "/usr/bin/virt-launcher"}},
	{.name = "incus",
		.source = "Incus' documentation, devices of type tpm",
		.marks = {"/var/lib/incus/database", "/opt/incus"},
		.without_libvirt = "Incus has no libvirt: vtpm-host confirm --qga-socket PATH asks "
				   "the guest where a QEMU guest agent has a socket"},
	{.name = "nova",
		.source = "Nova's documentation, admin/emulated-tpm, and nova/virt/libvirt"},
	{.name = "libvirt", .source = "libvirt's documentation, formatdomain, TPM device"},
};

#define COUNT (sizeof(profiles) / sizeof(profiles[0]))

const struct profile *profile_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	}
	return NULL;
}

const struct profile *profile_recognise(bool (*has_mark)(const char *path))
{
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t mark = 0; mark < 2; mark++) {
			if (profiles[i].marks[mark] && has_mark(profiles[i].marks[mark]))
				return &profiles[i];
		}
	}
	return NULL;
}

const struct profile *profile_of_facts(const struct facts *facts)
{
	return profile_find(facts->nova ? "nova" : "libvirt");
}

void profile_apply(const struct profile *profile, struct rules_expect *expect)
{
	expect->is_shared |= profile->is_shared;
	expect->nfs_options[0] = profile->nfs_options[0];
	expect->nfs_options[1] = profile->nfs_options[1];
	if (!expect->has_uid && profile->uid) {
		expect->has_uid = true;
		expect->uid = profile->uid;
	}
	if (!expect->secret_security)
		expect->secret_security = profile->secret_security;
}
