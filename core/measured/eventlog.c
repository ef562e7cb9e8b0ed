/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/eventlog.h"

#include <stdbool.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/reader.h"

/* PFP 10.4.1, table of event types. */
#define EV_NO_ACTION       0x00000003U
#define EV_EFI_HCRTM_EVENT 0x80000010U

#define SIGNATURE_LEN      16 /* of the EV_NO_ACTION structures, with the NUL */
#define SPEC_ID_PREFIX_LEN 13
static const char spec_id_bios[SIGNATURE_LEN] = "Spec ID Event00"; /* TPM 1.2, BIOS */
static const char spec_id_efi[SIGNATURE_LEN] = "Spec ID Event02";  /* TPM 1.2, EFI */
static const char spec_id_03[SIGNATURE_LEN] = "Spec ID Event03";
static const char startup_locality[SIGNATURE_LEN] = "StartupLocality";

#define PCR_DRTM_FIRST 17
#define PCR_DRTM_LAST  22
#define LOCALITY_HCRTM 4

struct alg {
	uint16_t id;
	uint16_t size;
	struct tcg_pcr_bank *bank; /* NULL: skipped */
};

struct replay {
	struct reader reader;
	struct alg algs[EVENTLOG_MAX_ALGS];
	size_t alg_count;
	struct eventlog log;
	eventlog_visit *visit; /* NULL: nobody looks */
	void *context;
};

struct event {
	uint32_t pcr;
	uint32_t type;
	const uint8_t *digests[EVENTLOG_MAX_ALGS]; /* by the index in algs[]; NULL: not given */
	size_t digest_count;
	struct reader data;
};

/* The number of bytes at the end that are all 0 or all 0xFF. No event is: its type would be
 * EV_PREBOOT_CERT, which is reserved, or none. Counted once and from the end, so that a log of
 * zeros does not cost the square of its size. */
static size_t padding_len(const uint8_t *bytes, size_t len)
{
	size_t pad = 0;

	if (len && (bytes[len - 1] == 0x00 || bytes[len - 1] == 0xff)) {
		while (pad < len && bytes[len - 1 - pad] == bytes[len - 1])
			pad++;
	}
	return pad;
}

static bool is_signed(struct reader data, const void *signature, size_t len)
{
	const uint8_t *bytes = reader_bytes(&data, len);

	return bytes && memcmp(bytes, signature, len) == 0;
}

static void start_bank(struct tcg_pcr_bank *bank, uint16_t alg)
{
	bank->alg = alg;
	for (size_t pcr = PCR_DRTM_FIRST; pcr <= PCR_DRTM_LAST; pcr++)
		memset(bank->values[pcr], 0xff, tcg_digest_size(alg));
}

static int add_alg(struct replay *replay, uint16_t id, uint16_t size, struct error *err)
{
	struct alg *alg = &replay->algs[replay->alg_count];
	size_t known_size = tcg_digest_size(id);
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	if (size == 0 || (known_size && size != known_size))
		return error_set(err, ERROR_MALFORMED, "digests of algorithm 0x%04x have %u bytes",
			id, size);
	for (size_t i = 0; i < replay->alg_count; i++) {
		if (replay->algs[i].id == id)
			return error_set(err, ERROR_MALFORMED, "algorithm 0x%04x twice", id);
	}
	rc = known_size ? crypto_digest(id, NULL, 0, digest, err) : -ERROR_UNSUPPORTED;
	if (rc && rc != -ERROR_UNSUPPORTED)
		return rc;
	*alg = (struct alg){.id = id, .size = size};
	if (!rc) {
		if (replay->log.bank_count == EVENTLOG_BANKS_MAX)
			return error_set(
				err, ERROR_INTERNAL, "more than %d banks", EVENTLOG_BANKS_MAX);
		alg->bank = &replay->log.banks[replay->log.bank_count++];
		start_bank(alg->bank, id);
	}
	replay->alg_count++;
	return 0;
}

/* TCG_EfiSpecIDEvent, PFP 10.4.5.1. Bytes behind vendorInfo are ignored: the event's own size has
 * bounded them. */
static int read_spec_id(struct replay *replay, struct reader data, struct error *err)
{
	uint32_t count;
	int rc;

	reader_bytes(&data, SIGNATURE_LEN);
	reader_u32le(&data);    /* platformClass */
	reader_bytes(&data, 4); /* specVersionMinor, -Major, specErrata, uintnSize */
	count = reader_u32le(&data);
	if (data.failed || count == 0)
		return error_set(err, ERROR_MALFORMED, "Spec ID event without algorithms");
	if (count > EVENTLOG_MAX_ALGS)
		return error_set(err, ERROR_TOO_LARGE, "Spec ID event with %u algorithms", count);
	for (uint32_t i = 0; i < count; i++) {
		uint16_t id = reader_u16le(&data);
		uint16_t size = reader_u16le(&data);

		if (data.failed)
			return error_set(
				err, ERROR_MALFORMED, "Spec ID event cut off in its algorithms");
		rc = add_alg(replay, id, size, err);
		if (rc)
			return error_wrap(err, "Spec ID event");
	}
	reader_bytes(&data, reader_u8(&data));
	if (data.failed)
		return error_set(err, ERROR_MALFORMED, "Spec ID event cut off in its vendorInfo");
	return 0;
}

static int read_data(struct replay *replay, struct event *event, struct error *err)
{
	uint32_t len = reader_u32le(&replay->reader);
	size_t left = replay->reader.left;

	if (!replay->reader.failed && len > left)
		return error_set(err, ERROR_MALFORMED,
			"cut off: %u bytes of event data, %zu are left", len, left);
	event->data = reader_part(&replay->reader, len);
	if (replay->reader.failed)
		return error_set(err, ERROR_MALFORMED, "cut off");
	return 0;
}

/* TCG_PCClientPCREvent, PFP 10.2.1. */
static int read_sha1_event(struct replay *replay, struct event *event, struct error *err)
{
	event->pcr = reader_u32le(&replay->reader);
	event->type = reader_u32le(&replay->reader);
	event->digests[0] = reader_bytes(&replay->reader, tcg_digest_size(TCG_ALG_SHA1));
	event->digest_count = 1;
	return read_data(replay, event, err);
}

static int read_digest(struct replay *replay, struct event *event, struct error *err)
{
	uint16_t id = reader_u16le(&replay->reader);
	size_t i = 0;

	if (replay->reader.failed)
		return error_set(err, ERROR_MALFORMED, "cut off in its digests");
	while (i < replay->alg_count && replay->algs[i].id != id)
		i++;
	if (i == replay->alg_count)
		return error_set(err, ERROR_MALFORMED,
			"digest of algorithm 0x%04x, which the Spec ID event does not list", id);
	if (event->digests[i])
		return error_set(err, ERROR_MALFORMED, "two digests of algorithm 0x%04x", id);
	event->digests[i] = reader_bytes(&replay->reader, replay->algs[i].size);
	if (!event->digests[i])
		return error_set(err, ERROR_MALFORMED, "cut off in its digests");
	return 0;
}

/* TCG_PCR_EVENT2, PFP 10.2.2. */
static int read_agile_event(struct replay *replay, struct event *event, struct error *err)
{
	uint32_t count;

	event->pcr = reader_u32le(&replay->reader);
	event->type = reader_u32le(&replay->reader);
	count = reader_u32le(&replay->reader);
	if (replay->reader.failed)
		return error_set(err, ERROR_MALFORMED, "cut off");
	if (count > replay->alg_count)
		return error_set(err, ERROR_MALFORMED, "%u digests, the Spec ID event lists %zu",
			count, replay->alg_count);
	event->digest_count = count;
	for (uint32_t i = 0; i < count; i++) {
		int rc = read_digest(replay, event, err);

		if (rc)
			return rc;
	}
	return read_data(replay, event, err);
}

static bool is_pcr0_extended(const struct eventlog *log)
{
	for (size_t i = 0; i < log->bank_count; i++) {
		if (log->banks[i].pcrs & 1)
			return true;
	}
	return false;
}

static void start_pcr0(struct eventlog *log, uint8_t locality)
{
	for (size_t i = 0; i < log->bank_count; i++)
		log->banks[i].values[0][tcg_digest_size(log->banks[i].alg) - 1] = locality;
	log->startup_locality = locality;
}

static int note_no_action(struct replay *replay, const struct event *event, struct error *err)
{
	struct reader data = event->data;
	uint8_t locality;

	if (event->pcr != 0 || !is_signed(data, startup_locality, SIGNATURE_LEN))
		return 0;
	reader_bytes(&data, SIGNATURE_LEN);
	locality = reader_u8(&data);
	if (data.failed)
		return error_set(err, ERROR_MALFORMED, "StartupLocality event without a locality");
	if (locality != 0 && locality != 3 && locality != LOCALITY_HCRTM)
		return error_set(err, ERROR_MALFORMED, "no TPM starts at locality %u", locality);
	if (is_pcr0_extended(&replay->log))
		return error_set(
			err, ERROR_MALFORMED, "StartupLocality after a measurement to PCR 0");
	start_pcr0(&replay->log, locality);
	return 0;
}

int eventlog_extend(
	struct tcg_pcr_bank *bank, uint32_t pcr, const uint8_t *digest, struct error *err)
{
	size_t size = tcg_digest_size(bank->alg);
	const struct crypto_bytes parts[] = {{bank->values[pcr], size}, {digest, size}};
	uint8_t value[TCG_DIGEST_MAX];
	int rc = crypto_digest(bank->alg, parts, 2, value, err);

	if (rc)
		return rc;
	memcpy(bank->values[pcr], value, size);
	bank->pcrs |= 1U << pcr;
	return 0;
}

static int replay_event(struct replay *replay, const struct event *event, struct error *err)
{
	int rc = 0;

	if (event->type == EV_NO_ACTION)
		return note_no_action(replay, event, err);
	if (event->pcr >= TCG_PCR_COUNT)
		return error_set(err, ERROR_MALFORMED, "there is no PCR %u", event->pcr);
	if (event->digest_count == 0)
		return error_set(err, ERROR_MALFORMED, "a measurement without a digest");
	if (event->type == EV_EFI_HCRTM_EVENT && event->pcr == 0 && !is_pcr0_extended(&replay->log))
		start_pcr0(&replay->log, LOCALITY_HCRTM);
	for (size_t i = 0; !rc && i < replay->alg_count; i++) {
		if (event->digests[i] && replay->algs[i].bank)
			rc = eventlog_extend(
				replay->algs[i].bank, event->pcr, event->digests[i], err);
	}
	return rc;
}

static int show_event(struct replay *replay, const struct event *event, struct error *err)
{
	struct eventlog_event shown = {.number = replay->log.events,
		.pcr = event->pcr,
		.type = event->type,
		.data = event->data.at,
		.len = event->data.left};

	if (!replay->visit)
		return 0;
	for (size_t i = 0; i < replay->alg_count; i++) {
		if (event->digests[i] && replay->algs[i].bank)
			shown.digests[shown.digest_count++] =
				(struct eventlog_digest){replay->algs[i].id, event->digests[i]};
	}
	return replay->visit(&shown, replay->context, err);
}

/* The first event has the SHA-1 form in either format and says which one it is; UNKNOWN when it
 * names a version that did not exist when this was written. */
static enum eventlog_format format_of(const struct event *first)
{
	if (first->pcr != 0 || first->type != EV_NO_ACTION)
		return EVENTLOG_SHA1;
	if (!is_signed(first->data, spec_id_03, SPEC_ID_PREFIX_LEN))
		return EVENTLOG_SHA1;
	if (is_signed(first->data, spec_id_03, SIGNATURE_LEN))
		return EVENTLOG_CRYPTO_AGILE;
	if (is_signed(first->data, spec_id_bios, SIGNATURE_LEN))
		return EVENTLOG_SHA1;
	if (is_signed(first->data, spec_id_efi, SIGNATURE_LEN))
		return EVENTLOG_SHA1;
	return EVENTLOG_UNKNOWN;
}

/* A confidential VM's firmware hands out the log of that VM's own measurement registers where
 * others hand out the TPM's: its first event is of register 1 (UEFI 2.10 section 38.4.1), the TPM's
 * is of PCR 0. */
static bool is_cc_log(const void *bytes, size_t len)
{
	struct replay replay = {.reader = reader_of(bytes, len)};
	struct event first = {0};
	struct error ignored;

	return !read_sha1_event(&replay, &first, &ignored) && first.pcr == 1 &&
	       first.type == EV_NO_ACTION && is_signed(first.data, spec_id_03, SPEC_ID_PREFIX_LEN);
}

static int replay_first(struct replay *replay, struct event *event, struct error *err)
{
	int rc = read_sha1_event(replay, event, err);

	if (rc)
		return rc;
	replay->log.format = format_of(event);
	if (replay->log.format == EVENTLOG_UNKNOWN)
		return error_set(err, ERROR_UNSUPPORTED, "Spec ID event of an unknown version");
	if (replay->log.format == EVENTLOG_CRYPTO_AGILE) {
		event->digests[0] = NULL; /* it stands in the SHA-1 form, and extends nothing */
		return read_spec_id(replay, event->data, err);
	}
	rc = add_alg(replay, TCG_ALG_SHA1, (uint16_t)tcg_digest_size(TCG_ALG_SHA1), err);
	return rc ? rc : replay_event(replay, event, err);
}

static int replay_next(struct replay *replay, struct error *err)
{
	struct event event = {0};
	int rc;

	if (replay->log.events == EVENTLOG_MAX_EVENTS)
		return error_set(err, ERROR_TOO_LARGE, "more than %d events", EVENTLOG_MAX_EVENTS);
	if (replay->log.format == EVENTLOG_UNKNOWN) {
		rc = replay_first(replay, &event, err);
		return rc ? rc : show_event(replay, &event, err);
	}
	rc = replay->log.format == EVENTLOG_SHA1 ? read_sha1_event(replay, &event, err)
						 : read_agile_event(replay, &event, err);
	if (!rc)
		rc = replay_event(replay, &event, err);
	return rc ? rc : show_event(replay, &event, err);
}

int eventlog_replay(const void *bytes, size_t len, eventlog_visit *visit, void *context,
	struct eventlog *ret_log, struct error *err)
{
	struct replay replay = {
		.reader = reader_of(bytes, len), .visit = visit, .context = context};
	size_t padding;

	if (len > EVENTLOG_MAX_BYTES)
		return error_set(
			err, ERROR_TOO_LARGE, "%zu bytes, at most %u", len, EVENTLOG_MAX_BYTES);
	if (is_cc_log(bytes, len))
		return error_set(err, ERROR_UNSUPPORTED,
			"a confidential VM's log (CC): of its own measurement registers, not of "
			"the TPM's PCRs");
	padding = padding_len(bytes, len);
	while (replay.reader.left > padding) {
		size_t offset = len - replay.reader.left;

		if (replay_next(&replay, err))
			return error_wrap(err, "event %u at offset %zu", replay.log.events, offset);
		replay.log.events++;
	}
	*ret_log = replay.log;
	return 0;
}

static const char *const format_names[] = {
	[EVENTLOG_UNKNOWN] = "unknown",
	[EVENTLOG_SHA1] = "sha1",
	[EVENTLOG_CRYPTO_AGILE] = "crypto-agile",
};

#define FORMAT_COUNT (sizeof(format_names) / sizeof(format_names[0]))

const char *eventlog_format_name(enum eventlog_format format)
{
	return (unsigned)format < FORMAT_COUNT ? format_names[format] : "unknown";
}
