/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence: what one run of the agent saw of a guest's TPM, as a C structure and as a JSON document
 * (docs/evidence.md, docs/evidence.schema.json). "Evidence" is meant as in RATS (RFC 9334).
 */
#ifndef CORE_EVIDENCE_EVIDENCE_H
#define CORE_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/document.h"
#include "core/evidence/record.h"
#include "core/tcg/tcg.h"
#include "core/text.h"

/* A reader takes every minor version of its major one and refuses other major ones. */
#define EVIDENCE_MAJOR     1
#define EVIDENCE_MINOR     1
/* A document, in bytes; with 8 certificates about 40 KiB are seen. */
#define EVIDENCE_MAX_BYTES ((size_t)256 * 1024)

#define EVIDENCE_SCOPED __attribute__((cleanup(evidence_clean))) struct evidence

/* A new, empty document (about 200 KiB, mostly untouched), or NULL. */
struct evidence *evidence_new(void);
void evidence_free(struct evidence *evidence);
void evidence_clean(struct evidence **evidence);

/* The document as a new JSON object, or NULL when memory is short. */
json_t *evidence_to_json(const struct evidence *evidence);

/* Reads the object that is a whole document. The caller frees the result.
 * Errors: TOO_LARGE, MALFORMED (both name the place), UNSUPPORTED (major version), NO_MEMORY. */
int evidence_read(const struct json_node *json, struct evidence **ret_evidence, struct error *err);

/* The same of the text of at most EVIDENCE_MAX_BYTES. Errors: also those of json_tree_parse(). */
int evidence_parse(
	const void *bytes, size_t len, struct evidence **ret_evidence, struct error *err);

/* Reads the part `unlock` out of what vtpm-agent unlock --json prints, of at most
 * EVIDENCE_MAX_BYTES; its state is left to the caller. Errors: as evidence_parse(). */
int evidence_parse_unlock(
	const void *bytes, size_t len, struct evidence_unlock *ret_unlock, struct error *err);

/* The value of a property. False when the TPM did not show it. */
bool evidence_property(const struct evidence *evidence, uint32_t property, uint32_t *ret_value);

/* Calls `visit` for each part and its name, in the document's order, until it returns false. */
void evidence_visit_parts(const struct evidence *evidence,
	bool (*visit)(const char *name, const struct record_part *part, void *context),
	void *context);

/* The same part of two documents was read in both. */
bool evidence_are_read(const struct record_part *then, const struct record_part *now);

/* The template of an EK, by its public area; NULL where none makes such a key. */
const struct ek_template *evidence_ek_template(const struct evidence_key *ek);

/* The first part that failed with this code, or NULL. */
const struct record_part *evidence_find_failed(
	const struct evidence *evidence, enum error_code code);

#endif
