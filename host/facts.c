/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts.h"

#include <stdlib.h>
#include <string.h>

#include "core/evidence/record.h"

#define FORMAT "vtpm-host-facts/1"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Rows of the field tables: a member of `type`, called `title` in JSON. */
#define PLAIN(title, type, member, how)                                                            \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member)                   \
	}
#define TEXT(title, type, member)                                                                  \
	{                                                                                          \
		.name = (title), .kind = FIELD_TEXT, .is_optional = true,                          \
		.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)              \
	}
#define NESTED(title, type, member, of)                                                            \
	{                                                                                          \
		.name = (title), .kind = FIELD_RECORD, .offset = offsetof(type, member),           \
		.record = &(of)                                                                    \
	}
#define RECORD(title, type, table)                                                                 \
	static const struct record title = {                                                       \
		.struct_size = sizeof(type), .field_count = COUNT(table), .fields = (table)}

static const struct field account_fields[] = {
	TEXT("user", struct facts_account, user),
	TEXT("group", struct facts_account, group),
	PLAIN("known", struct facts_account, is_known, FIELD_BOOL),
	PLAIN("uid", struct facts_account, uid, FIELD_U32),
	PLAIN("gid", struct facts_account, gid, FIELD_U32),
};
RECORD(account_record, struct facts_account, account_fields);

static const struct field file_fields[] = {
	TEXT("access", struct facts_file, access),
	PLAIN("uid", struct facts_file, uid, FIELD_U32),
	PLAIN("gid", struct facts_file, gid, FIELD_U32),
	PLAIN("mode", struct facts_file, mode, FIELD_U32),
	PLAIN("size", struct facts_file, size, FIELD_U64),
	PLAIN("mtime", struct facts_file, mtime, FIELD_U64),
};
RECORD(file_record, struct facts_file, file_fields);

static const struct field mount_fields[] = {
	TEXT("point", struct facts_mount, point),
	TEXT("source", struct facts_mount, source),
	TEXT("type", struct facts_mount, type),
	TEXT("options", struct facts_mount, options),
	PLAIN("read_only", struct facts_mount, is_read_only, FIELD_BOOL),
	PLAIN("stacked", struct facts_mount, stacked, FIELD_U32),
	TEXT("hidden", struct facts_mount, hidden),
};
RECORD(mount_record, struct facts_mount, mount_fields);

static const struct field domain_fields[] = {
	TEXT("name", struct facts_domain, name),
	TEXT("uuid", struct facts_domain, uuid),
	PLAIN("active", struct facts_domain, is_active, FIELD_BOOL),
	PLAIN("vtpm", struct facts_domain, has_vtpm, FIELD_BOOL),
	TEXT("model", struct facts_domain, model),
	TEXT("version", struct facts_domain, version),
	PLAIN("persistent_state", struct facts_domain, is_state_kept, FIELD_BOOL),
	TEXT("secret", struct facts_domain, secret),
	TEXT("secret_usage", struct facts_domain, secret_usage),
	NESTED("directory", struct facts_domain, directory, file_record),
	NESTED("state", struct facts_domain, state, file_record),
	PLAIN("swtpm_pid", struct facts_domain, swtpm_pid, FIELD_U32),
	PLAIN("swtpm_started", struct facts_domain, swtpm_started, FIELD_U64),
	PLAIN("lock_released", struct facts_domain, is_lock_released, FIELD_BOOL),
	PLAIN("next_start_differs", struct facts_domain, is_next_other, FIELD_BOOL),
};
RECORD(domain_record, struct facts_domain, domain_fields);

static const struct field facts_fields[] = {
	TEXT("host", struct facts, host),
	PLAIN("iat", struct facts, iat, FIELD_U64),
	PLAIN("libvirt", struct facts, libvirt, FIELD_U64),
	PLAIN("qemu", struct facts, qemu, FIELD_U64),
	PLAIN("swtpm", struct facts, swtpm, FIELD_U64),
	PLAIN("libtpms", struct facts, libtpms, FIELD_U64),
	PLAIN("nova", struct facts, nova, FIELD_U64),
	PLAIN("migration_option", struct facts, has_migration_option, FIELD_BOOL),
	PLAIN("clock_synchronised", struct facts, is_clock_synchronised, FIELD_BOOL),
	PLAIN("clock_error_us", struct facts, clock_error_us, FIELD_U64),
	NESTED("account", struct facts, account, account_record),
	TEXT("state_path", struct facts, state_path),
	NESTED("mount", struct facts, mount, mount_record),
	NESTED("directory", struct facts, directory, file_record),
	TEXT("write", struct facts, write),
	TEXT("write_path", struct facts, write_path),
	PLAIN("write_uid", struct facts, write_uid, FIELD_U32),
	NESTED("localca", struct facts, localca, file_record),
	NESTED("localca_lock", struct facts, localca_lock, file_record),
	NESTED("ha", struct facts, ha, account_record),
	TEXT("vm_path", struct facts, vm_path),
	NESTED("vm_mount", struct facts, vm_mount, mount_record),
	NESTED("vm_directory", struct facts, vm_directory, file_record),
	{
		.name = "domains",
		.kind = FIELD_LIST,
		.offset = offsetof(struct facts, domains),
		.size = FACTS_DOMAINS_MAX,
		.record = &domain_record,
	},
};
RECORD(facts_record, struct facts, facts_fields);

struct facts *facts_new(void)
{
	return calloc(1, sizeof(struct facts));
}

void facts_clean(struct facts **facts)
{
	free(*facts);
	*facts = NULL;
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
			"not what this version's \"vtpm-host facts --json\" prints");
	rc = record_read(&facts_record, tree.root, facts, err);
	if (rc)
		return rc;
	*ret_facts = facts;
	facts = NULL;
	return 0;
}
