/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/messages.h"

#include <jansson.h>
#include <string.h>

#include "core/base64.h"
#include "core/json/text.h"

static json_t *encode(const void *bytes, size_t len)
{
	BUF_SCOPED text = {0};

	base64_encode(&text, bytes, len);
	return text.failed ? NULL : json_stringn(text.data ? (char *)text.data : "", text.len);
}

/* Adds a member. A value of NULL, for lack of memory, is a failure. */
static int put(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static int tell_nameless(const struct record_part *smbios, struct error *err)
{
	if (smbios->state == PART_FAILED && smbios->error.code != ERROR_PERMISSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"this VM's UUID is not known: name it with --uuid (%s)",
			smbios->error.message);
	return error_set(err, ERROR_PERMISSION,
		"this machine's UUID cannot be read: run as root, or name it with --uuid");
}

/* What every request begins with. */
static int begin(const struct evidence *evidence, json_t **ret_request, struct error *err)
{
	const char *uuid = evidence->smbios.uuid;
	json_t *request;

	if (!*uuid)
		return tell_nameless(&evidence->smbios.part, err);
	request = json_pack("{s:s, s:s}", "version", PROTOCOL_VERSION, "uuid", uuid);
	if (!request)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the request");
	*ret_request = request;
	return 0;
}

/* Prints and releases the request. */
static int finish(json_t *request, int failed, size_t max, struct buf *to, struct error *err)
{
	if (!failed)
		json_text_print(to, request, false);
	json_decref(request);
	if (failed || to->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the request");
	if (to->len > max)
		return error_set(err, ERROR_TOO_LARGE,
			"a request of %zu bytes; a collector takes %zu", to->len, max);
	return 0;
}

static const struct evidence_certificate *certificate_of(
	const struct evidence *evidence, const struct evidence_key *ek)
{
	for (size_t i = 0; i < evidence->certificates.certificates.count; i++) {
		const struct evidence_certificate *each =
			&evidence->certificates.certificates.items[i];

		if (each->is_ek && each->ek_handle == ek->handle && each->type == ek->type)
			return each;
	}
	return NULL;
}

static json_t *write_eks(const struct evidence *evidence)
{
	json_t *list = json_array();
	int failed = !list;

	for (size_t i = 0; i < evidence->eks.keys.count; i++) {
		const struct evidence_key *ek = &evidence->eks.keys.items[i];
		const struct evidence_certificate *certificate = certificate_of(evidence, ek);
		json_t *item = json_object();

		failed |= put(item, "public", encode(ek->public_area.data, ek->public_area.len));
		if (certificate)
			failed |= put(item, "certificate",
				encode(certificate->der.data, certificate->der.len));
		failed |= json_array_append_new(list, item);
	}
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *write_chain(const struct evidence *evidence)
{
	json_t *list = json_array();
	int failed = !list;

	for (size_t i = 0; i < evidence->certificates.certificates.count; i++) {
		const struct evidence_certificate *each =
			&evidence->certificates.certificates.items[i];

		if (each->is_ek || !tcg_is_ek_chain(each->index))
			continue;
		if (json_array_size(list) < PROTOCOL_CHAIN_MAX)
			failed |=
				json_array_append_new(list, encode(each->der.data, each->der.len));
	}
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

int message_write_challenge_request(const struct evidence *evidence, enum event event,
	const char *receipt, struct buf *to, struct error *err)
{
	const struct evidence_key *ak = &evidence->ak.key;
	json_t *request = NULL;
	int failed = 0, rc = begin(evidence, &request, err);

	if (rc)
		return rc;
	if (*evidence->guest.boot_id)
		failed |= put(request, "boot_id", json_string(evidence->guest.boot_id));
	if (event != EVENT_NONE)
		failed |= put(request, "event", json_string(event_name(event)));
	if (receipt && *receipt)
		failed |= put(request, "receipt", json_string(receipt));
	failed |= put(request, "ak", encode(ak->public_area.data, ak->public_area.len));
	failed |= put(request, "eks", write_eks(evidence));
	failed |= put(request, "chain", write_chain(evidence));
	return finish(request, failed, PROTOCOL_CHALLENGE_BYTES_MAX, to, err);
}

static int put_next(json_t *request, uint32_t next_s)
{
	return next_s ? put(request, "next_within", json_integer((json_int_t)next_s)) : 0;
}

int message_write_report(const struct message_challenge *challenge, const struct buf *document,
	const struct evidence *evidence, uint32_t next_s, struct buf *to, struct error *err)
{
	const struct evidence_quote *quote = &evidence->quote;
	json_t *request = json_pack("{s:s, s:s, s:o, s:{s:o, s:o}}", "version", PROTOCOL_VERSION,
		"challenge", challenge->id, "evidence", encode(document->data, document->len),
		"quote", "attest", encode(quote->attest.data, quote->attest.len), "signature",
		encode(quote->signature.data, quote->signature.len));
	int failed = !request || put_next(request, next_s);

	return finish(request, failed, PROTOCOL_REPORT_BYTES_MAX, to, err);
}

const struct error *message_find_fault(const struct evidence *evidence)
{
	static const struct error owner = {.code = ERROR_UNSUPPORTED,
		.message = "the attestation key is of the owner hierarchy, since the endorsement "
			   "hierarchy is disabled or has an authorization: no collector can bind a "
			   "report to an endorsement key; compare with a baseline instead"};
	static const struct error no_ek = {.code = ERROR_UNSUPPORTED,
		.message = "this TPM shows no endorsement key that a report could be bound to"};

	if (evidence->session.part.state == PART_FAILED)
		return &evidence->session.part.error;
	if (evidence->ak.part.state != PART_READ)
		return &evidence->ak.part.error;
	if (strcmp(evidence->ak.hierarchy, EVIDENCE_ENDORSEMENT) != 0)
		return &owner;
	return evidence->eks.keys.count ? NULL : &no_ek;
}

bool message_is_distress(const struct error *fault)
{
	switch (fault->code) {
	case ERROR_PERMISSION:
	case ERROR_DEVICE_BUSY:
	case ERROR_TPM_BLOCKED:
	case ERROR_TPM_AUTH:
	case ERROR_NO_MEMORY:
	case ERROR_UNSUPPORTED:
		return false;
	default:
		return true;
	}
}

int message_write_distress(const struct evidence *evidence, enum event event, uint32_t next_s,
	struct buf *to, struct error *err)
{
	json_t *request = NULL, *document;
	BUF_SCOPED text = {0};
	int failed = 0, rc = begin(evidence, &request, err);

	if (rc)
		return rc;
	document = evidence_to_json(evidence);
	/* A quote without a challenge proves nothing to a collector. */
	failed |= !document;
	json_object_del(document, "quote");
	if (!failed)
		json_text_print(&text, document, false);
	json_decref(document);
	failed |= put(request, "event", json_string(event_name(event)));
	failed |= put_next(request, next_s);
	failed |= put(request, "evidence", encode(text.data, text.len)) | text.failed;
	return finish(request, failed, PROTOCOL_REPORT_BYTES_MAX, to, err);
}
