/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/objects.h"

#include <inttypes.h>
#include <string.h>

#include "core/signed/beacon.h"
#include "core/signed/name.h"
#include "core/verdict/order.h"

static bool has_object(
	const struct evidence_persistent *persistent, const struct evidence_object *object)
{
	for (size_t i = 0; i < persistent->objects.count; i++) {
		if (persistent->objects.items[i].handle == object->handle)
			return !object->name.len || !persistent->objects.items[i].name.len ||
			       name_is_same(&persistent->objects.items[i].name, &object->name);
	}
	return false;
}

/* What the TPM itself changes of an index that stays the same one. */
#define NV_STATE (TCG_NV_WRITTEN | TCG_NV_READLOCKED | TCG_NV_WRITELOCKED)

/* Made with the same type, size, attributes and policy. The name covers all of them, but the state,
 * too: where that differs, the policy cannot be told. */
static bool is_same_index(const struct evidence_nv_index *then, const struct evidence_nv_index *now)
{
	if (!then->name.len || !now->name.len)
		return true; /* one of them could only be listed */
	if (then->attributes == now->attributes)
		return name_is_same(&then->name, &now->name);
	return then->size == now->size && then->name_alg == now->name_alg &&
	       (then->attributes & ~NV_STATE) == (now->attributes & ~NV_STATE);
}

/* The index is there and, if it was written before, still is. Only an index made for it loses that
 * at a reset (TPMA_NV_CLEAR_STCLEAR), or one kept in RAM after a crash (TPMA_NV_ORDERLY). */
static bool has_index(const struct evidence_nv *nv, const struct evidence_nv_index *index)
{
	for (size_t i = 0; i < nv->indices.count; i++) {
		const struct evidence_nv_index *now = &nv->indices.items[i];

		if (now->index == index->index)
			return is_same_index(index, now) &&
			       (!index->is_written || now->is_written ||
				       index->attributes & (TCG_NV_CLEAR_STCLEAR | TCG_NV_ORDERLY));
	}
	return false;
}

/* A certificate of an EK stood in the index. Now there is none, or one for another key. */
static bool is_certificate_lost(
	const struct evidence_certificates *now, const struct evidence_certificate *then)
{
	for (size_t i = 0; i < now->certificates.count; i++) {
		const struct evidence_certificate *each = &now->certificates.items[i];

		if (each->index == then->index)
			return !each->is_ek &&
			       (each->der.len != then->der.len ||
				       memcmp(each->der.data, then->der.data, then->der.len) != 0);
	}
	/* One that the TPM does not give may be the same. */
	for (size_t i = 0; i < now->unread.count; i++) {
		if (now->unread.items[i].index == then->index)
			return now->unread.items[i].error.code == ERROR_UNSUPPORTED;
	}
	return true;
}

static bool has_certificate_in(const struct evidence_certificates *certificates, uint32_t index)
{
	for (size_t i = 0; i < certificates->certificates.count; i++) {
		const struct evidence_certificate *each = &certificates->certificates.items[i];

		if (each->index == index && each->is_ek)
			return true;
	}
	return false;
}

/* Also one that the TPM does not give for now. */
static bool lacks_certificate(const struct judging *judging)
{
	const struct evidence_certificates *then = &judging->baseline->certificates,
					   *now = &judging->evidence->certificates;

	for (size_t i = 0; i < then->certificates.count; i++) {
		const struct evidence_certificate *each = &then->certificates.items[i];

		if (each->is_ek && !has_certificate_in(now, each->index))
			return true;
	}
	return false;
}

/* A name tells that an index is the same, and not what is written in it. */
static const struct evidence_certificate *find_lost_certificate(const struct judging *judging)
{
	const struct evidence_certificates *then = &judging->baseline->certificates;
	const struct evidence_certificates *now = &judging->evidence->certificates;

	if (!evidence_are_read(&then->part, &now->part))
		return NULL;
	for (size_t i = 0; i < then->certificates.count; i++) {
		const struct evidence_certificate *each = &then->certificates.items[i];

		if (each->is_ek && is_certificate_lost(now, each))
			return each;
	}
	return NULL;
}

/* The beacon has a reason of its own. */
void continuity_note_objects(struct judging *judging)
{
	const struct evidence *then = judging->baseline, *now = judging->evidence;
	const struct evidence_certificate *lost = find_lost_certificate(judging);
	bool has_beacon = then->beacon.part.state == PART_READ;
	size_t gone = 0;

	judging->verdict->is_poorer = judging->verdict->is_poorer || lacks_certificate(judging);
	if (now->persistent.part.state != PART_READ || now->nv.part.state != PART_READ)
		return;
	if (order_overlaps(judging))
		return;
	for (size_t i = 0; i < then->persistent.objects.count; i++)
		gone += !has_object(&now->persistent, &then->persistent.objects.items[i]);
	for (size_t i = 0; i < then->nv.indices.count; i++) {
		if (!has_beacon || then->nv.indices.items[i].index != BEACON_INDEX)
			gone += !has_index(&now->nv, &then->nv.indices.items[i]);
	}
	if (gone)
		judging_add(judging, judging->verdict->event != EVENT_CLEAR, REASON_OBJECTS_CHANGED,
			"%zu persistent key%s or NV ind%s of the baseline %s gone or another", gone,
			gone == 1 ? "" : "s", gone == 1 ? "ex" : "ices", gone == 1 ? "is" : "are");
	else if (lost)
		judging_add(judging, true, REASON_OBJECTS_CHANGED,
			"NV 0x%08" PRIx32
			" held a certificate of the endorsement key, and does not now",
			lost->index);
}
