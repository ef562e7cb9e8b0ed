/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domain a word means, asked of libvirt's own test driver: whoever names a VM may name it as
 * he likes, by another's UUID as well. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/confirm/confirm.h"
#include "host/guest/libvirt.h"

#define OURS   "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define THEIRS "6f9619ff-8b86-4011-b42d-00c04fc96400"

#define DOMAIN(name, uuid)                                                                         \
	"<domain type='test'><name>" name "</name><uuid>" uuid                                     \
	"</uuid><memory>1024</memory><os><type>hvm</type></os></domain>"

#define LIAR DOMAIN(OURS, THEIRS)

/* A host with these domains. */
struct host {
	char path[64], uri[96];
};

static void make(struct host *host, const char *domains)
{
	FILE *file;

	snprintf(host->path, sizeof(host->path), "/tmp/vtpm-domains-XXXXXX");
	file = fdopen(mkstemp(host->path), "w");
	assert_non_null(file);
	fprintf(file, "<node>%s</node>", domains);
	assert_int_equal(fclose(file), 0);
	snprintf(host->uri, sizeof(host->uri), "test://%s", host->path);
}

static void a_uuid_is_one_before_it_is_a_name(void **state)
{
	static const struct {
		const char *word, *uuid;
	} rows[] = {{OURS, OURS}, {"6F9619FF-8B86-4011-B42D-00C04FC964FF", OURS},
		{"6f9619ff8b864011b42d00c04fc964ff", OURS}, {"web1", OURS}, {THEIRS, THEIRS},
		{"nobody", NULL}};
	struct host host;

	(void)state;
	make(&host, LIAR DOMAIN("web1", OURS));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guest_channel *channel = NULL;
		struct error err = {0};
		char uuid[TEXT_UUID_SIZE] = "";
		int rc = guest_libvirt_open(host.uri, rows[i].word, uuid, &channel, &err);

		if (channel)
			channel->close(channel);
		if (!rows[i].uuid) {
			assert_int_equal(err.code, ERROR_NOT_FOUND);
			continue;
		}
		if (rc)
			fail_msg("%s: %s", rows[i].word, err.message);
		assert_string_equal(uuid, rows[i].uuid);
	}
	unlink(host.path);
}

static void nobody_answers_for_another(void **state)
{
	static const struct {
		const char *word, *sentence;
	} rows[] = {{OURS, "the domain of that name is " THEIRS},
		/* It is asked, and this driver has no guests. */
		{THEIRS, "not supported by the connection driver"}};
	struct host host;

	(void)state;
	make(&host, LIAR);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct confirm_request request = {.uri = host.uri,
			.domain = rows[i].word,
			.program = "vtpm-agent",
			.timeout_s = 20};
		struct confirm_result result = {0};
		struct confirm *confirm = NULL;
		struct error err = {0};

		assert_int_equal(confirm_start(&request, &confirm, &err), 0);
		assert_int_not_equal(confirm_finish(confirm, &result, &err), 0);
		if (!strstr(err.message, rows[i].sentence))
			fail_msg("%s: %s", rows[i].word, err.message);
	}
	unlink(host.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_is_one_before_it_is_a_name),
		cmocka_unit_test(nobody_answers_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
