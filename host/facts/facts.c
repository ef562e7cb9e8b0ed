/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/facts.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/record.h"
#include "core/evidence/record_rows.h"

#define FORMAT "vtpm-host-facts/1"

static const struct field account_fields[] = {
	ROW_TEXT("user", struct facts_account, user),
	ROW_TEXT("group", struct facts_account, group),
	ROW_PLAIN("known", struct facts_account, is_known, FIELD_BOOL),
	ROW_PLAIN("uid", struct facts_account, uid, FIELD_U32),
	ROW_PLAIN("gid", struct facts_account, gid, FIELD_U32),
};
RECORD_OF(account_record, struct facts_account, account_fields);

static const struct field file_fields[] = {
	ROW_TEXT("access", struct facts_file, access),
	ROW_PLAIN("uid", struct facts_file, uid, FIELD_U32),
	ROW_PLAIN("gid", struct facts_file, gid, FIELD_U32),
	ROW_PLAIN("mode", struct facts_file, mode, FIELD_U32),
	ROW_PLAIN("size", struct facts_file, size, FIELD_U64),
	ROW_PLAIN("mtime", struct facts_file, mtime, FIELD_U64),
};
RECORD_OF(file_record, struct facts_file, file_fields);

static const struct field mount_fields[] = {
	ROW_TEXT("point", struct facts_mount, point),
	ROW_TEXT("source", struct facts_mount, source),
	ROW_TEXT("type", struct facts_mount, type),
	ROW_TEXT("options", struct facts_mount, options),
	ROW_PLAIN("read_only", struct facts_mount, is_read_only, FIELD_BOOL),
	ROW_PLAIN("stacked", struct facts_mount, stacked, FIELD_U32),
	ROW_TEXT("hidden", struct facts_mount, hidden),
	ROW_TEXT("upper", struct facts_mount, upper),
};
RECORD_OF(mount_record, struct facts_mount, mount_fields);

static const struct field domain_fields[] = {
	ROW_TEXT("name", struct facts_domain, name),
	ROW_TEXT("uuid", struct facts_domain, uuid),
	ROW_PLAIN("active", struct facts_domain, is_active, FIELD_BOOL),
	ROW_PLAIN("vtpm", struct facts_domain, has_vtpm, FIELD_BOOL),
	ROW_TEXT("model", struct facts_domain, model),
	ROW_TEXT("version", struct facts_domain, version),
	ROW_PLAIN("persistent_state", struct facts_domain, is_state_kept, FIELD_BOOL),
	ROW_TEXT("secret", struct facts_domain, secret),
	ROW_TEXT("secret_usage", struct facts_domain, secret_usage),
	ROW_TEXT("mount_point", struct facts_domain, mount_point),
	ROW_TEXT("mount_type", struct facts_domain, mount_type),
	ROW_TEXT("mount_upper", struct facts_domain, mount_upper),
	ROW_TEXT("mount_hidden", struct facts_domain, mount_hidden),
	ROW_TEXT("state_source", struct facts_domain, state_source),
	ROW_OPTIONAL("state_is_file", struct facts_domain, is_state_file, FIELD_BOOL),
	ROW_TEXT("profile", struct facts_domain, profile),
	ROW_TEXT("nvram", struct facts_domain, nvram),
	ROW_TEXT("server", struct facts_domain, server),
	ROW_TEXT("owner", struct facts_domain, owner),
	ROW_OPTIONAL("flavor", struct facts_domain, has_flavor, FIELD_BOOL),
	ROW_TEXT("secret_security", struct facts_domain, secret_security),
	ROW_OPTIONAL("paused", struct facts_domain, is_paused, FIELD_BOOL),
	ROW_NESTED("directory", struct facts_domain, directory, FIELD_RECORD, file_record),
	ROW_NESTED("state", struct facts_domain, state, FIELD_RECORD, file_record),
	ROW_PLAIN("swtpm_pid", struct facts_domain, swtpm_pid, FIELD_U32),
	ROW_PLAIN("swtpm_started", struct facts_domain, swtpm_started, FIELD_U64),
	ROW_OPTIONAL("locked", struct facts_domain, is_locked, FIELD_BOOL),
	ROW_OPTIONAL("lock_pid", struct facts_domain, lock_pid, FIELD_U32),
	ROW_PLAIN("lock_released", struct facts_domain, is_lock_released, FIELD_BOOL),
	ROW_PLAIN("next_start_differs", struct facts_domain, is_next_other, FIELD_BOOL),
};
RECORD_OF(domain_record, struct facts_domain, domain_fields);

static const struct field facts_fields[] = {
	ROW_TEXT("host", struct facts, host),
	ROW_PLAIN("iat", struct facts, iat, FIELD_U64),
	ROW_PLAIN("libvirt", struct facts, libvirt, FIELD_U64),
	ROW_PLAIN("qemu", struct facts, qemu, FIELD_U64),
	ROW_PLAIN("swtpm", struct facts, swtpm, FIELD_U64),
	ROW_PLAIN("libtpms", struct facts, libtpms, FIELD_U64),
	ROW_PLAIN("nova", struct facts, nova, FIELD_U64),
	ROW_PLAIN("migration_option", struct facts, has_migration_option, FIELD_BOOL),
	ROW_PLAIN("clock_synchronised", struct facts, is_clock_synchronised, FIELD_BOOL),
	ROW_PLAIN("clock_error_us", struct facts, clock_error_us, FIELD_U64),
	ROW_NESTED("account", struct facts, account, FIELD_RECORD, account_record),
	ROW_TEXT("state_path", struct facts, state_path),
	ROW_NESTED("mount", struct facts, mount, FIELD_RECORD, mount_record),
	ROW_OPTIONAL("declared_shared", struct facts, is_declared_shared, FIELD_BOOL),
	ROW_NESTED("directory", struct facts, directory, FIELD_RECORD, file_record),
	ROW_TEXT("write", struct facts, write),
	ROW_TEXT("write_path", struct facts, write_path),
	ROW_PLAIN("write_uid", struct facts, write_uid, FIELD_U32),
	ROW_NESTED("localca", struct facts, localca, FIELD_RECORD, file_record),
	ROW_NESTED("localca_lock", struct facts, localca_lock, FIELD_RECORD, file_record),
	ROW_NESTED("ha", struct facts, ha, FIELD_RECORD, account_record),
	ROW_TEXT("vm_path", struct facts, vm_path),
	ROW_NESTED("vm_mount", struct facts, vm_mount, FIELD_RECORD, mount_record),
	ROW_NESTED("vm_directory", struct facts, vm_directory, FIELD_RECORD, file_record),
	{
		.name = "domains",
		.kind = FIELD_LIST,
		.offset = offsetof(struct facts, domains),
		.size = FACTS_DOMAINS_MAX,
		.record = &domain_record,
	},
};
RECORD_OF(facts_record, struct facts, facts_fields);

struct facts *facts_new(void)
{
	return calloc(1, sizeof(struct facts));
}

void facts_clean(struct facts **facts)
{
	free(*facts);
	*facts = NULL;
}

uint64_t facts_version(const char *text)
{
	uint64_t version = 0;

	while (*text && !isdigit((unsigned char)*text))
		text++;
	for (unsigned part = 0; part < 3; part++) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (number > 999 || (end == text && part < 2))
			return 0;
		version = version * 1000 + number;
		text = *end == '.' ? end + 1 : "";
	}
	return version;
}

bool facts_domain_is(const struct facts_domain *domain, const char *word)
{
	char uuid[TEXT_UUID_SIZE];

	return text_uuid(word, uuid) ? strcmp(uuid, domain->uuid) == 0
				     : strcmp(word, domain->name) == 0;
}

void facts_domain_directory(
	const struct facts *facts, const struct facts_domain *domain, char *ret, size_t size)
{
	const char *slash = strrchr(domain->state_source, '/');

	if (!slash)
		snprintf(ret, size, "%s/%s/tpm2", facts->state_path, domain->uuid);
	else if (domain->is_state_file)
		snprintf(ret, size, "%.*s", (int)(slash - domain->state_source),
			domain->state_source);
	else
		snprintf(ret, size, "%s", domain->state_source);
}

void facts_domain_state(
	const struct facts *facts, const struct facts_domain *domain, char *ret, size_t size)
{
	char directory[256];

	if (domain->is_state_file) {
		snprintf(ret, size, "%s", domain->state_source);
		return;
	}
	facts_domain_directory(facts, domain, directory, sizeof(directory));
	snprintf(ret, size, "%s/tpm2-00.permall", directory);
}

json_t *facts_to_json(const struct facts *facts)
{
	json_t *json = record_write(&facts_record, facts);

	if (json && json_object_set_new(json, "format", json_string(FORMAT))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

int facts_parse(const void *bytes, size_t len, struct facts **ret_facts, struct error *err)
{
	FACTS_SCOPED *facts = facts_new();
	JSON_TREE_SCOPED tree = {0};
	const char *format;
	int rc;

	if (!facts)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	rc = json_tree_parse(bytes, len, FACTS_MAX_BYTES, &tree, err);
	if (rc)
		return rc; /* NOLINT(*unix.Malloc): its scope frees `facts` */
	format = json_node_text(json_node_member(tree.root, "format"));
	if (!format || strcmp(format, FORMAT) != 0)
		return error_set(err, ERROR_UNSUPPORTED,
			"not what this version's \"vtpm-host facts\" prints");
	rc = record_read(&facts_record, tree.root, facts, err);
	if (rc)
		return rc;
	*ret_facts = facts;
	facts = NULL;
	return 0;
}
