/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints each event of a firmware event log, and the facts that follow from it, for comparison with
 * other programs and for whoever looks into a log by hand. */
#include <inttypes.h>
#include <stdio.h>

#include "core/measured/boot_read.h"
#include "core/measured/event.h"
#include "core/text.h"

static int print_event(const struct eventlog_event *raw, void *context, struct error *err)
{
	char hex[2 * TCG_DIGEST_MAX + 1];
	const char *type = event_type_name(raw->type);
	struct event event;
	int rc = event_read(raw, true, &event, err);

	(void)context;
	if (rc)
		return rc;
	printf("event\t%" PRIu32 "\t%" PRIu32 "\t%s\t%s\t%s\t%s\t", raw->number, raw->pcr,
		type ? type : "", event_check_name(event.check), event.name, event.meaning);
	for (size_t i = 0; i < raw->digest_count; i++) {
		text_hex(raw->digests[i].bytes, tcg_digest_size(raw->digests[i].alg), hex,
			sizeof(hex));
		printf("%s%s:%s", i ? "," : "", tcg_alg_name(raw->digests[i].alg), hex);
	}
	printf("\n");
	return 0;
}

static void print_facts(const struct boot_facts *facts)
{
	printf("facts\tsecure boot %d\tunproven %" PRIu32 "\tleft out %" PRIu32 "\t%s\n",
		(int)facts->secure_boot, facts->unproven, facts->left_out, facts->firmware);
	for (size_t i = 0; i < facts->variables.count; i++) {
		const struct boot_variable *variable = &facts->variables.items[i];

		printf("variable\t%s\t%" PRIu32 "\t%" PRIu32 "\n", variable->name,
			variable->certificates, variable->hashes);
	}
	for (size_t i = 0; i < facts->certificates.count; i++) {
		const struct boot_certificate *certificate = &facts->certificates.items[i];

		printf("certificate\t%s\t%s\t%s\n", certificate->variable, certificate->subject,
			certificate->not_after);
	}
	for (size_t i = 0; i < facts->authorities.count; i++)
		printf("authority\t%s\t%s\n", facts->authorities.items[i].variable,
			facts->authorities.items[i].subject);
	for (size_t i = 0; i < facts->items.count; i++) {
		const struct boot_item *item = &facts->items.items[i];

		printf("item\t%u\t%d\t%s\t%" PRIu32 "\n", item->pcr, (int)item->what, item->name,
			item->events);
	}
}

int main(int argc, char **argv)
{
	static uint8_t bytes[EVENTLOG_MAX_BYTES + 1];
	static struct boot_facts facts;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	struct eventlog log;
	struct error err;
	size_t len;
	int rc;

	if (!file) {
		fprintf(stderr, "usage: eventlog_events LOG\n");
		return 64;
	}
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	rc = eventlog_replay(bytes, len, print_event, NULL, &log, &err);
	if (!rc)
		rc = boot_read(bytes, len, &log, &facts, &err);
	if (rc) {
		fprintf(stderr, "%s\n", err.message);
		return 2;
	}
	print_facts(&facts);
	return 0;
}
