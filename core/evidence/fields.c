/* SPDX-License-Identifier: BSD-2-Clause */
/* How each part of the evidence stands in JSON. */
#include "core/evidence/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/document.h"

#define COUNT(table)            (sizeof(table) / sizeof((table)[0]))
#define SIZE_OF(type, member)   sizeof(((type *)0)->member)
#define LENGTH_OF(type, member) COUNT(((type *)0)->member)

/* Rows of the field tables: a member of `type`, called `title` in JSON. */
#define PLAIN(title, type, member, how)                                                            \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member)                   \
	}
#define OPTIONAL(title, type, member, how)                                                         \
	{                                                                                          \
		.name = (title), .kind = (how), .is_optional = true,                               \
		.offset = offsetof(type, member)                                                   \
	}
#define TEXT(title, type, member)                                                                  \
	{                                                                                          \
		.name = (title), .kind = FIELD_TEXT, .is_optional = true,                          \
		.offset = offsetof(type, member), .size = SIZE_OF(type, member)                    \
	}
#define BYTES(title, type, member, how)                                                            \
	{                                                                                          \
		.name = (title), .kind = (how), .is_optional = true,                               \
		.offset = offsetof(type, member), .size = SIZE_OF(type, member.data)               \
	}
#define NAMED(title, type, member, registry)                                                       \
	{                                                                                          \
		.name = (title), .kind = FIELD_NAMED, .is_optional = true,                         \
		.offset = offsetof(type, member), .names = &(registry)                             \
	}
#define NUMBERED(title, type, member, how, registry)                                               \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member),                  \
		.size = LENGTH_OF(type, member.items), .names = &(registry)                        \
	}
#define LIST(title, type, member, of)                                                              \
	{                                                                                          \
		.name = (title), .kind = FIELD_LIST, .offset = offsetof(type, member),             \
		.size = LENGTH_OF(type, member.items), .record = &(of)                             \
	}
#define NESTED(title, type, member, how, of)                                                       \
	{                                                                                          \
		.name = (title), .kind = (how), .offset = offsetof(type, member), .record = &(of)  \
	}
#define CUSTOM(title, type, member, of)                                                            \
	{                                                                                          \
		.name = (title), .kind = FIELD_CUSTOM, .offset = offsetof(type, member),           \
		.custom = &(of)                                                                    \
	}

#define RECORD(title, type, table)                                                                 \
	static const struct record title = {                                                       \
		.struct_size = sizeof(type), .field_count = COUNT(table), .fields = (table)}

static const struct record_names alg_names = {tcg_alg_name, tcg_alg_parse};
static const struct record_names curve_names = {tcg_curve_name, tcg_curve_parse};
static const struct record_names property_names = {tcg_property_name, tcg_property_parse};

/* {"sha256": {"0": "…", "1": "…"}}: `count` and `banks` stand in this order in two structures. */
struct banks {
	size_t count;
	struct tcg_pcr_bank banks[EVIDENCE_BANKS_MAX];
};
_Static_assert(offsetof(struct evidence_pcrs, banks) - offsetof(struct evidence_pcrs, bank_count) ==
		       offsetof(struct banks, banks),
	"banks follow their count");
_Static_assert(offsetof(struct evidence_event_log, banks) -
			       offsetof(struct evidence_event_log, bank_count) ==
		       offsetof(struct banks, banks),
	"banks follow their count");

static json_t *write_bank(const struct tcg_pcr_bank *bank)
{
	json_t *object = json_object();
	char pcr[4], hex[2 * TCG_DIGEST_MAX + 1];

	for (unsigned i = 0; object && i < TCG_PCR_COUNT; i++) {
		if (!(bank->pcrs & 1U << i))
			continue;
		snprintf(pcr, sizeof(pcr), "%u", i);
		text_hex(bank->values[i], tcg_digest_size(bank->alg), hex, sizeof(hex));
		if (json_object_set_new(object, pcr, json_string(hex))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static json_t *write_banks(const void *from)
{
	const struct banks *banks = from;
	json_t *object = json_object();

	for (size_t i = 0; object && i < banks->count; i++) {
		if (json_object_set_new(object, tcg_alg_name(banks->banks[i].alg),
			    write_bank(&banks->banks[i]))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static int read_bank(const struct json_node *json, struct tcg_pcr_bank *ret_bank, struct error *err)
{
	size_t size = tcg_digest_size(ret_bank->alg);

	if (json->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_MALFORMED, "not an object");
	for (const struct json_node *value = json->first; value; value = value->next) {
		const char *end = value->name;
		uint32_t pcr = 0;

		if (!text_decimal(&end, &pcr) || *end || pcr >= TCG_PCR_COUNT)
			return error_set(err, ERROR_MALFORMED, "\"%s\" is no PCR", value->name);
		if (value->kind != JSON_NODE_STRING || value->len != 2 * size ||
			text_unhex(value->text, 2 * size, ret_bank->values[pcr], size) < 0)
			return error_set(err, ERROR_MALFORMED,
				"PCR %" PRIu32 ": not %zu hexadecimal digits", pcr, 2 * size);
		ret_bank->pcrs |= 1U << pcr;
	}
	return 0;
}

static int read_banks(const struct json_node *json, void *ret, struct error *err)
{
	struct banks *banks = ret;

	if (json->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_MALFORMED, "not an object");
	if (json->len > EVIDENCE_BANKS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d banks", EVIDENCE_BANKS_MAX);
	for (const struct json_node *bank = json->first; bank; bank = bank->next) {
		struct tcg_pcr_bank *to = &banks->banks[banks->count];

		to->alg = (uint16_t)tcg_alg_parse(bank->name, TCG_ALG_NULL);
		if (!tcg_digest_size(to->alg))
			return error_set(
				err, ERROR_MALFORMED, "\"%s\" is no hash algorithm", bank->name);
		if (read_bank(bank, to, err))
			return error_wrap(err, "%s", bank->name);
		banks->count++;
	}
	return 0;
}

static bool are_banks_empty(const void *from)
{
	return !((const struct banks *)from)->count;
}

static const struct field_custom banks_custom = {write_banks, read_banks, are_banks_empty};

#define G struct evidence_guest
static const struct field guest_fields[] = {
	TEXT("hostname", G, hostname),
	TEXT("os", G, os),
	TEXT("kernel", G, kernel),
	TEXT("boot_id", G, boot_id),
	PLAIN("uptime_ms", G, uptime_ms, FIELD_U64),
};
#undef G
RECORD(guest_record, struct evidence_guest, guest_fields);

static const struct field smbios_fields[] = {
	TEXT("uuid", struct evidence_smbios, uuid),
	TEXT("manufacturer", struct evidence_smbios, manufacturer),
	TEXT("product", struct evidence_smbios, product),
};
RECORD(smbios_record, struct evidence_smbios, smbios_fields);

static const struct field node_fields[] = {
	TEXT("path", struct evidence_node, path),
	TEXT("access", struct evidence_node, access),
};
RECORD(node_record, struct evidence_node, node_fields);

#define D struct evidence_device
static const struct field device_fields[] = {
	TEXT("transport", D, transport),
	TEXT("path", D, path),
	NESTED("resource_manager", D, resource_manager, FIELD_RECORD, node_record),
	NESTED("raw", D, raw, FIELD_RECORD, node_record),
	TEXT("model", D, model),
	TEXT("driver", D, driver),
	OPTIONAL("version_major", D, version_major, FIELD_U16),
};
#undef D
RECORD(device_record, struct evidence_device, device_fields);

#define S struct evidence_session
static const struct field session_fields[] = {
	PLAIN("commands", S, commands, FIELD_U32),
	PLAIN("tpm_time_us", S, tpm_time_us, FIELD_U64),
	PLAIN("slowest_us", S, slowest_us, FIELD_U64),
	TEXT("slowest", S, slowest),
};
#undef S
RECORD(session_record, struct evidence_session, session_fields);

static const struct field properties_fields[] = {
	NUMBERED("values", struct evidence_properties, values, FIELD_MAP, property_names),
};
RECORD(properties_record, struct evidence_properties, properties_fields);

static const struct field algorithms_fields[] = {
	NUMBERED("algorithms", struct evidence_algorithms, algorithms, FIELD_MAP, alg_names),
	NUMBERED("curves", struct evidence_algorithms, curves, FIELD_IDS, curve_names),
};
RECORD(algorithms_record, struct evidence_algorithms, algorithms_fields);

#define P struct evidence_pcrs
static const struct field pcrs_fields[] = {
	PLAIN("update_counter", P, update_counter, FIELD_U32),
	PLAIN("rereads", P, rereads, FIELD_U32),
	PLAIN("is_consistent", P, is_consistent, FIELD_BOOL),
	CUSTOM("banks", P, bank_count, banks_custom),
};
#undef P
RECORD(pcrs_record, struct evidence_pcrs, pcrs_fields);

#define C struct evidence_clock
static const struct field clock_fields[] = {
	PLAIN("time_ms", C, time_ms, FIELD_U64),
	PLAIN("clock_ms", C, clock_ms, FIELD_U64),
	PLAIN("reset_count", C, reset_count, FIELD_U32),
	PLAIN("restart_count", C, restart_count, FIELD_U32),
	PLAIN("is_safe", C, is_safe, FIELD_BOOL),
	PLAIN("uptime_ms", C, uptime_ms, FIELD_U64),
};
#undef C
RECORD(clock_record, struct evidence_clock, clock_fields);

static const struct field self_test_fields[] = {
	PLAIN("result", struct evidence_self_test, result, FIELD_HEX32),
	BYTES("data", struct evidence_self_test, data, FIELD_HEX),
};
RECORD(self_test_record, struct evidence_self_test, self_test_fields);

#define R struct evidence_random
static const struct field random_fields[] = {
	PLAIN("bytes", R, bytes, FIELD_U32),
	BYTES("sha256", R, sha256, FIELD_HEX),
	PLAIN("longest_run", R, longest_run, FIELD_U32),
	PLAIN("run_cutoff", R, run_cutoff, FIELD_U32),
	PLAIN("most_frequent", R, most_frequent, FIELD_U32),
	PLAIN("proportion_cutoff", R, proportion_cutoff, FIELD_U32),
	PLAIN("has_repeated_block", R, has_repeated_block, FIELD_BOOL),
	PLAIN("is_healthy", R, is_healthy, FIELD_BOOL),
};
#undef R
RECORD(random_record, struct evidence_random, random_fields);

static const struct field object_fields[] = {
	PLAIN("handle", struct evidence_object, handle, FIELD_HEX32),
	NAMED("type", struct evidence_object, type, alg_names),
	BYTES("name", struct evidence_object, name, FIELD_HEX),
};
RECORD(object_record, struct evidence_object, object_fields);

static const struct field persistent_fields[] = {
	LIST("objects", struct evidence_persistent, objects, object_record),
};
RECORD(persistent_record, struct evidence_persistent, persistent_fields);

#define N struct evidence_nv_index
static const struct field nv_index_fields[] = {
	PLAIN("index", N, index, FIELD_HEX32),
	PLAIN("attributes", N, attributes, FIELD_HEX32),
	PLAIN("size", N, size, FIELD_U16),
	NAMED("name_alg", N, name_alg, alg_names),
	PLAIN("is_written", N, is_written, FIELD_BOOL),
	BYTES("name", N, name, FIELD_HEX),
};
#undef N
RECORD(nv_index_record, struct evidence_nv_index, nv_index_fields);

static const struct field nv_fields[] = {
	LIST("indices", struct evidence_nv, indices, nv_index_record),
};
RECORD(nv_record, struct evidence_nv, nv_fields);

#define K struct evidence_key
static const struct field key_fields[] = {
	OPTIONAL("handle", K, handle, FIELD_HEX32),
	NAMED("type", K, type, alg_names),
	OPTIONAL("bits", K, bits, FIELD_U16),
	NAMED("curve", K, curve, curve_names),
	BYTES("name", K, name, FIELD_HEX),
	BYTES("public", K, public_area, FIELD_BASE64),
};
#undef K
RECORD(key_record, struct evidence_key, key_fields);

static const struct field eks_fields[] = {
	LIST("keys", struct evidence_eks, keys, key_record),
};
RECORD(eks_record, struct evidence_eks, eks_fields);

#define E struct evidence_certificate
static const struct field certificate_fields[] = {
	PLAIN("index", E, index, FIELD_HEX32),
	BYTES("der", E, der, FIELD_BASE64),
	TEXT("subject", E, subject),
	TEXT("issuer", E, issuer),
	TEXT("serial", E, serial),
	TEXT("not_after", E, not_after),
	BYTES("sha256", E, sha256, FIELD_HEX),
	NAMED("type", E, type, alg_names),
	OPTIONAL("bits", E, bits, FIELD_U16),
	NAMED("curve", E, curve, curve_names),
	PLAIN("is_ek", E, is_ek, FIELD_BOOL),
	OPTIONAL("ek_handle", E, ek_handle, FIELD_HEX32),
};
#undef E
RECORD(certificate_record, struct evidence_certificate, certificate_fields);

static const struct field certificates_fields[] = {
	LIST("certificates", struct evidence_certificates, certificates, certificate_record),
};
RECORD(certificates_record, struct evidence_certificates, certificates_fields);

static const struct field srk_fields[] = {
	OPTIONAL("handle", struct evidence_srk, handle, FIELD_HEX32),
	NAMED("type", struct evidence_srk, type, alg_names),
	BYTES("name", struct evidence_srk, name, FIELD_HEX),
};
RECORD(srk_record, struct evidence_srk, srk_fields);

static const struct field ak_fields[] = {
	TEXT("hierarchy", struct evidence_ak, hierarchy),
	NESTED("key", struct evidence_ak, key, FIELD_RECORD, key_record),
};
RECORD(ak_record, struct evidence_ak, ak_fields);

static const struct field beacon_fields[] = {
	PLAIN("value", struct evidence_beacon, value, FIELD_U64),
	PLAIN("is_advanced", struct evidence_beacon, is_advanced, FIELD_BOOL),
	BYTES("attest", struct evidence_beacon, attest, FIELD_BASE64),
	BYTES("signature", struct evidence_beacon, signature, FIELD_BASE64),
};
RECORD(beacon_record, struct evidence_beacon, beacon_fields);

static const struct field quote_fields[] = {
	BYTES("eat_nonce", struct evidence_quote, nonce, FIELD_HEX),
	BYTES("attest", struct evidence_quote, attest, FIELD_BASE64),
	BYTES("signature", struct evidence_quote, signature, FIELD_BASE64),
};
RECORD(quote_record, struct evidence_quote, quote_fields);

#define L struct evidence_event_log
static const struct field event_log_fields[] = {
	PLAIN("bytes", L, bytes, FIELD_U64),
	BYTES("sha256", L, sha256, FIELD_HEX),
	TEXT("format", L, format),
	PLAIN("events", L, events, FIELD_U32),
	PLAIN("startup_locality", L, startup_locality, FIELD_U16),
	CUSTOM("replay", L, bank_count, banks_custom),
};
#undef L
RECORD(event_log_record, struct evidence_event_log, event_log_fields);

static const struct field signs_fields[] = {
	PLAIN("announces", struct evidence_signs, announces, FIELD_U32),
	PLAIN("drift_ms", struct evidence_signs, drift_ms, FIELD_I64),
};
RECORD(signs_record, struct evidence_signs, signs_fields);

#define PART(member) NESTED(#member, struct evidence, member, FIELD_PART, member##_record)
static const struct field evidence_fields[] = {
	TEXT("agent", struct evidence, agent),
	PLAIN("iat", struct evidence, iat, FIELD_U64),
	PART(guest),
	PART(smbios),
	PART(device),
	PART(session),
	PART(properties),
	PART(algorithms),
	PART(pcrs),
	PART(clock),
	PART(self_test),
	PART(random),
	PART(persistent),
	PART(nv),
	PART(eks),
	PART(certificates),
	PART(srk),
	PART(ak),
	PART(beacon),
	PART(quote),
	PART(event_log),
	PART(signs),
};
const struct record evidence_record = {
	.struct_size = sizeof(struct evidence),
	.field_count = COUNT(evidence_fields),
	.fields = evidence_fields,
};
