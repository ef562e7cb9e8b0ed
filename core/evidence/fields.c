/* SPDX-License-Identifier: BSD-2-Clause */
/* How each part of the evidence stands in JSON. */
#include "core/evidence/fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/document.h"
#include "core/evidence/record_rows.h"

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
		const char *name = tcg_alg_name(banks->banks[i].alg);

		if (json_object_set_new(object, name, write_bank(&banks->banks[i]))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static bool read_digest(const struct json_node *json, uint8_t *ret_digest, size_t size)
{
	return json->kind == JSON_NODE_STRING && json->len == 2 * size &&
	       text_unhex(json->text, 2 * size, ret_digest, size) >= 0;
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
		if (!read_digest(value, ret_bank->values[pcr], size))
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
	ROW_TEXT("hostname", G, hostname),
	ROW_TEXT("os", G, os),
	ROW_TEXT("kernel", G, kernel),
	ROW_TEXT("boot_id", G, boot_id),
	ROW_PLAIN("uptime_ms", G, uptime_ms, FIELD_U64),
};
#undef G
RECORD_OF(guest_record, struct evidence_guest, guest_fields);

static const struct field smbios_fields[] = {
	ROW_TEXT("uuid", struct evidence_smbios, uuid),
	ROW_TEXT("manufacturer", struct evidence_smbios, manufacturer),
	ROW_TEXT("product", struct evidence_smbios, product),
	ROW_TEXT("firmware_vendor", struct evidence_smbios, firmware_vendor),
	ROW_TEXT("firmware_version", struct evidence_smbios, firmware_version),
};
RECORD_OF(smbios_record, struct evidence_smbios, smbios_fields);

static const struct field node_fields[] = {
	ROW_TEXT("path", struct evidence_node, path),
	ROW_TEXT("access", struct evidence_node, access),
};
RECORD_OF(node_record, struct evidence_node, node_fields);

#define D struct evidence_device
static const struct field device_fields[] = {
	ROW_TEXT("transport", D, transport),
	ROW_TEXT("path", D, path),
	ROW_NESTED("resource_manager", D, resource_manager, FIELD_RECORD, node_record),
	ROW_NESTED("raw", D, raw, FIELD_RECORD, node_record),
	ROW_TEXT("model", D, model),
	ROW_TEXT("driver", D, driver),
	ROW_OPTIONAL("version_major", D, version_major, FIELD_U16),
};
#undef D
RECORD_OF(device_record, struct evidence_device, device_fields);

#define S struct evidence_session
static const struct field session_fields[] = {
	ROW_PLAIN("commands", S, commands, FIELD_U32),
	ROW_PLAIN("tpm_time_us", S, tpm_time_us, FIELD_U64),
	ROW_PLAIN("slowest_us", S, slowest_us, FIELD_U64),
	ROW_TEXT("slowest", S, slowest),
};
#undef S
RECORD_OF(session_record, struct evidence_session, session_fields);

static const struct field properties_fields[] = {
	ROW_NUMBERED("values", struct evidence_properties, values, FIELD_MAP, property_names),
};
RECORD_OF(properties_record, struct evidence_properties, properties_fields);

static const struct field algorithms_fields[] = {
	ROW_NUMBERED("algorithms", struct evidence_algorithms, algorithms, FIELD_MAP, alg_names),
	ROW_NUMBERED("curves", struct evidence_algorithms, curves, FIELD_IDS, curve_names),
};
RECORD_OF(algorithms_record, struct evidence_algorithms, algorithms_fields);

#define P struct evidence_pcrs
static const struct field pcrs_fields[] = {
	ROW_PLAIN("update_counter", P, update_counter, FIELD_U32),
	ROW_PLAIN("rereads", P, rereads, FIELD_U32),
	ROW_PLAIN("is_consistent", P, is_consistent, FIELD_BOOL),
	ROW_CUSTOM("banks", P, bank_count, banks_custom),
};
#undef P
RECORD_OF(pcrs_record, struct evidence_pcrs, pcrs_fields);

#define C struct evidence_clock
static const struct field clock_fields[] = {
	ROW_PLAIN("time_ms", C, time_ms, FIELD_U64),
	ROW_PLAIN("clock_ms", C, clock_ms, FIELD_U64),
	ROW_PLAIN("reset_count", C, reset_count, FIELD_U32),
	ROW_PLAIN("restart_count", C, restart_count, FIELD_U32),
	ROW_PLAIN("is_safe", C, is_safe, FIELD_BOOL),
	ROW_PLAIN("uptime_ms", C, uptime_ms, FIELD_U64),
};
#undef C
RECORD_OF(clock_record, struct evidence_clock, clock_fields);

static const struct field self_test_fields[] = {
	ROW_PLAIN("result", struct evidence_self_test, result, FIELD_HEX32),
	ROW_BYTES("data", struct evidence_self_test, data, FIELD_HEX),
};
RECORD_OF(self_test_record, struct evidence_self_test, self_test_fields);

#define R struct evidence_random
static const struct field random_fields[] = {
	ROW_PLAIN("bytes", R, bytes, FIELD_U32),
	ROW_BYTES("sha256", R, sha256, FIELD_HEX),
	ROW_PLAIN("longest_run", R, longest_run, FIELD_U32),
	ROW_PLAIN("run_cutoff", R, run_cutoff, FIELD_U32),
	ROW_PLAIN("most_frequent", R, most_frequent, FIELD_U32),
	ROW_PLAIN("proportion_cutoff", R, proportion_cutoff, FIELD_U32),
	ROW_PLAIN("has_repeated_block", R, has_repeated_block, FIELD_BOOL),
	ROW_PLAIN("is_healthy", R, is_healthy, FIELD_BOOL),
};
#undef R
RECORD_OF(random_record, struct evidence_random, random_fields);

static const struct field object_fields[] = {
	ROW_PLAIN("handle", struct evidence_object, handle, FIELD_HEX32),
	ROW_NAMED("type", struct evidence_object, type, alg_names),
	ROW_BYTES("name", struct evidence_object, name, FIELD_HEX),
};
RECORD_OF(object_record, struct evidence_object, object_fields);

static const struct field persistent_fields[] = {
	ROW_LIST("objects", struct evidence_persistent, objects, object_record),
};
RECORD_OF(persistent_record, struct evidence_persistent, persistent_fields);

#define N struct evidence_nv_index
static const struct field nv_index_fields[] = {
	ROW_PLAIN("index", N, index, FIELD_HEX32),
	ROW_PLAIN("attributes", N, attributes, FIELD_HEX32),
	ROW_PLAIN("size", N, size, FIELD_U16),
	ROW_NAMED("name_alg", N, name_alg, alg_names),
	ROW_PLAIN("is_written", N, is_written, FIELD_BOOL),
	ROW_BYTES("name", N, name, FIELD_HEX),
};
#undef N
RECORD_OF(nv_index_record, struct evidence_nv_index, nv_index_fields);

static const struct field nv_fields[] = {
	ROW_LIST("indices", struct evidence_nv, indices, nv_index_record),
};
RECORD_OF(nv_record, struct evidence_nv, nv_fields);

#define K struct evidence_key
static const struct field key_fields[] = {
	ROW_OPTIONAL("handle", K, handle, FIELD_HEX32),
	ROW_NAMED("type", K, type, alg_names),
	ROW_OPTIONAL("bits", K, bits, FIELD_U16),
	ROW_NAMED("curve", K, curve, curve_names),
	ROW_BYTES("name", K, name, FIELD_HEX),
	ROW_BYTES("public", K, public_area, FIELD_BASE64),
};
#undef K
RECORD_OF(key_record, struct evidence_key, key_fields);

static const struct field eks_fields[] = {
	ROW_LIST("keys", struct evidence_eks, keys, key_record),
};
RECORD_OF(eks_record, struct evidence_eks, eks_fields);

#define E struct evidence_certificate
static const struct field certificate_fields[] = {
	ROW_PLAIN("index", E, index, FIELD_HEX32),
	ROW_BYTES("der", E, der, FIELD_BASE64),
	ROW_TEXT("subject", E, subject),
	ROW_TEXT("issuer", E, issuer),
	ROW_TEXT("serial", E, serial),
	ROW_TEXT("not_after", E, not_after),
	ROW_BYTES("sha256", E, sha256, FIELD_HEX),
	ROW_NAMED("type", E, type, alg_names),
	ROW_OPTIONAL("bits", E, bits, FIELD_U16),
	ROW_NAMED("curve", E, curve, curve_names),
	ROW_PLAIN("is_ek", E, is_ek, FIELD_BOOL),
	ROW_OPTIONAL("ek_handle", E, ek_handle, FIELD_HEX32),
};
#undef E
RECORD_OF(certificate_record, struct evidence_certificate, certificate_fields);

static const struct field unread_fields[] = {
	ROW_PLAIN("index", struct evidence_unread, index, FIELD_HEX32),
	ROW_PLAIN("error", struct evidence_unread, error, FIELD_ERROR),
};
RECORD_OF(unread_record, struct evidence_unread, unread_fields);

static const struct field certificates_fields[] = {
	ROW_LIST("certificates", struct evidence_certificates, certificates, certificate_record),
	ROW_OPTIONAL_LIST("unread", struct evidence_certificates, unread, unread_record),
};
RECORD_OF(certificates_record, struct evidence_certificates, certificates_fields);

static const struct field srk_fields[] = {
	ROW_OPTIONAL("handle", struct evidence_srk, handle, FIELD_HEX32),
	ROW_NAMED("type", struct evidence_srk, type, alg_names),
	ROW_BYTES("name", struct evidence_srk, name, FIELD_HEX),
};
RECORD_OF(srk_record, struct evidence_srk, srk_fields);

static const struct field ak_fields[] = {
	ROW_TEXT("hierarchy", struct evidence_ak, hierarchy),
	ROW_NESTED("key", struct evidence_ak, key, FIELD_RECORD, key_record),
};
RECORD_OF(ak_record, struct evidence_ak, ak_fields);

static const struct field beacon_fields[] = {
	ROW_PLAIN("value", struct evidence_beacon, value, FIELD_U64),
	ROW_PLAIN("is_advanced", struct evidence_beacon, is_advanced, FIELD_BOOL),
	ROW_BYTES("attest", struct evidence_beacon, attest, FIELD_BASE64),
	ROW_BYTES("signature", struct evidence_beacon, signature, FIELD_BASE64),
};
RECORD_OF(beacon_record, struct evidence_beacon, beacon_fields);

static const struct field quote_fields[] = {
	ROW_BYTES("eat_nonce", struct evidence_quote, nonce, FIELD_HEX),
	ROW_BYTES("attest", struct evidence_quote, attest, FIELD_BASE64),
	ROW_BYTES("signature", struct evidence_quote, signature, FIELD_BASE64),
};
RECORD_OF(quote_record, struct evidence_quote, quote_fields);

#define L struct evidence_event_log
static const struct field event_log_fields[] = {
	ROW_PLAIN("bytes", L, bytes, FIELD_U64),
	ROW_BYTES("sha256", L, sha256, FIELD_HEX),
	ROW_TEXT("format", L, format),
	ROW_PLAIN("events", L, events, FIELD_U32),
	ROW_PLAIN("startup_locality", L, startup_locality, FIELD_U16),
	ROW_CUSTOM("replay", L, bank_count, banks_custom),
};
#undef L
RECORD_OF(event_log_record, struct evidence_event_log, event_log_fields);

#define WORD(id, word) word,
static const char *const secure_boot_list[] = {BOOT_SECURE_WORDS(WORD)};
static const char *const what_list[] = {BOOT_WHAT_WORDS(WORD)};
#undef WORD
static const struct record_words secure_boot_words = {
	secure_boot_list, BOOT_SECURE_COUNT, BOOT_SECURE_UNKNOWN};
static const struct record_words what_words = {what_list, BOOT_WHAT_COUNT, BOOT_WHAT_OTHER};

static const struct field boot_variable_fields[] = {
	ROW_TEXT_NEEDED("name", struct boot_variable, name),
	ROW_PLAIN("certificates", struct boot_variable, certificates, FIELD_U32),
	ROW_PLAIN("hashes", struct boot_variable, hashes, FIELD_U32),
};
RECORD_OF(boot_variable_record, struct boot_variable, boot_variable_fields);

static const struct field boot_certificate_fields[] = {
	ROW_TEXT_NEEDED("variable", struct boot_certificate, variable),
	ROW_TEXT("subject", struct boot_certificate, subject),
	ROW_TEXT("not_after", struct boot_certificate, not_after),
	ROW_BYTES("sha256", struct boot_certificate, sha256, FIELD_HEX),
};
RECORD_OF(boot_certificate_record, struct boot_certificate, boot_certificate_fields);

static const struct field boot_authority_fields[] = {
	ROW_TEXT("variable", struct boot_authority, variable),
	ROW_TEXT("subject", struct boot_authority, subject),
	ROW_BYTES("sha256", struct boot_authority, sha256, FIELD_HEX),
};
RECORD_OF(boot_authority_record, struct boot_authority, boot_authority_fields);

static const struct field boot_item_fields[] = {
	ROW_PLAIN("pcr", struct boot_item, pcr, FIELD_U16),
	ROW_WORD("what", struct boot_item, what, what_words),
	ROW_TEXT("name", struct boot_item, name),
	ROW_PLAIN("events", struct boot_item, events, FIELD_U32),
	ROW_BYTES("digest", struct boot_item, digest, FIELD_HEX),
};
RECORD_OF(boot_item_record, struct boot_item, boot_item_fields);

#define B struct evidence_boot
static const struct field boot_fields[] = {
	ROW_NAMED("bank", B, facts.alg, alg_names),
	ROW_WORD("secure_boot", B, facts.secure_boot, secure_boot_words),
	ROW_TEXT("firmware", B, facts.firmware),
	ROW_OPTIONAL("unproven", B, facts.unproven, FIELD_U32),
	ROW_OPTIONAL("left_out", B, facts.left_out, FIELD_U32),
	ROW_OPTIONAL("os_separators", B, facts.os_separators, FIELD_HEX32),
	ROW_LIST("variables", B, facts.variables, boot_variable_record),
	ROW_LIST("certificates", B, facts.certificates, boot_certificate_record),
	ROW_LIST("authorities", B, facts.authorities, boot_authority_record),
	ROW_LIST("measurements", B, facts.items, boot_item_record),
};
#undef B
RECORD_OF(boot_record, struct evidence_boot, boot_fields);

#define WORD(id, word) word,
static const char *const unlock_list[] = {UNLOCK_RESULTS(WORD)};
#undef WORD
static const struct record_words unlock_words = {unlock_list, UNLOCK_RESULT_COUNT, UNLOCK_UNKNOWN};

static json_t *write_pcrs(const void *from)
{
	const uint32_t *pcrs = from;
	json_t *array = json_array();

	for (unsigned pcr = 0; array && pcr < TCG_PCR_COUNT; pcr++) {
		if (*pcrs & 1U << pcr && json_array_append_new(array, json_integer((int)pcr))) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static int read_pcrs(const struct json_node *json, void *ret, struct error *err)
{
	uint32_t pcrs = 0;

	if (json->kind != JSON_NODE_ARRAY || json->len > TCG_PCR_COUNT)
		return error_set(err, ERROR_MALFORMED, "not an array of at most %d", TCG_PCR_COUNT);
	for (const struct json_node *at = json->first; at; at = at->next) {
		bool is_pcr = at->kind == JSON_NODE_INTEGER && at->integer >= 0 &&
			      at->integer < TCG_PCR_COUNT;

		if (!is_pcr)
			return error_set(err, ERROR_MALFORMED, "not the number of a PCR");
		pcrs |= 1U << at->integer;
	}
	*(uint32_t *)ret = pcrs;
	return 0;
}

static bool are_pcrs_empty(const void *from)
{
	return !*(const uint32_t *)from;
}

static const struct field_custom pcrs_custom = {write_pcrs, read_pcrs, are_pcrs_empty};

#define U struct unlock_slot
static const struct field unlock_slot_fields[] = {
	ROW_PLAIN("token", U, token, FIELD_U16),
	ROW_TEXT("type", U, type),
	ROW_WORD("result", U, result, unlock_words),
	ROW_NAMED("bank", U, bank, alg_names),
	ROW_OPTIONAL_CUSTOM("pcrs", U, pcrs, pcrs_custom),
	ROW_OPTIONAL_CUSTOM("differ", U, differ, pcrs_custom),
	ROW_OPTIONAL_CUSTOM("key_slots", U, key_slots, pcrs_custom),
	ROW_OPTIONAL_CUSTOM("signed_pcrs", U, signed_pcrs, pcrs_custom),
	ROW_OPTIONAL("pin", U, has_pin, FIELD_BOOL),
	ROW_OPTIONAL("pcrlock", U, has_pcrlock, FIELD_BOOL),
	ROW_TEXT("detail", U, detail),
};
#undef U
RECORD_OF(unlock_slot_record, struct unlock_slot, unlock_slot_fields);

static const struct field unlock_volume_fields[] = {
	ROW_TEXT("uuid", struct unlock_volume, uuid),
	ROW_TEXT("name", struct unlock_volume, name),
	ROW_LIST("slots", struct unlock_volume, slots, unlock_slot_record),
};
RECORD_OF(unlock_volume_record, struct unlock_volume, unlock_volume_fields);

static const struct field unlock_fields[] = {
	ROW_LIST("volumes", struct evidence_unlock, facts.volumes, unlock_volume_record),
	ROW_OPTIONAL("left_out", struct evidence_unlock, facts.left_out, FIELD_U32),
};
const struct record unlock_record = {
	.struct_size = sizeof(struct evidence_unlock),
	.field_count = RECORD_COUNT(unlock_fields),
	.fields = unlock_fields,
};

static const struct field signs_fields[] = {
	ROW_PLAIN("announces", struct evidence_signs, announces, FIELD_U32),
	ROW_PLAIN("drift_ms", struct evidence_signs, drift_ms, FIELD_I64),
};
RECORD_OF(signs_record, struct evidence_signs, signs_fields);

#define PART(member) ROW_NESTED(#member, struct evidence, member, FIELD_PART, member##_record)
static const struct field evidence_fields[] = {
	ROW_TEXT("agent", struct evidence, agent),
	ROW_PLAIN("iat", struct evidence, iat, FIELD_U64),
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
	PART(boot),
	PART(unlock),
	PART(signs),
};
const struct record evidence_record = {
	.struct_size = sizeof(struct evidence),
	.field_count = RECORD_COUNT(evidence_fields),
	.fields = evidence_fields,
};
