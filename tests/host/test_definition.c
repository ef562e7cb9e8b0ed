/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's XML, and where its vTPM's state then is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/facts/definition.h"

#define TPM(backend)                                                                               \
	"<domain><devices><tpm model='tpm-crb'><backend type='emulator' version='2.0' " backend    \
	"</backend></tpm></devices></domain>"

static const struct {
	const char *xml, *directory, *state, *profile;
} rows[] = {
	{TPM(">"), "/s/u/tpm2", "/s/u/tpm2/tpm2-00.permall", ""},
	{TPM("debug='5' persistent_state='yes'><profile source='local:x' name='custom:x'/>"),
		"/s/u/tpm2", "/s/u/tpm2/tpm2-00.permall", "custom:x"},
	{TPM("><source type='dir' path='/vtpm/web'/>"), "/vtpm/web", "/vtpm/web/tpm2-00.permall",
		""},
	{TPM("><source type='file' path='/vtpm/web.state'/><profile name='default-v1'/>"), "/vtpm",
		"/vtpm/web.state", "default-v1"},
};

static void the_state_is_where_the_definition_says(void **state)
{
	struct facts facts = {.state_path = "/s"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct facts_domain domain = {.uuid = "u"};
		uint64_t nova = 1;
		char path[256];

		definition_read(rows[i].xml, &domain, &nova);
		assert_true(domain.has_vtpm);
		assert_int_equal(nova, 0);
		assert_string_equal(domain.profile, rows[i].profile);
		facts_domain_directory(&facts, &domain, path, sizeof(path));
		assert_string_equal(path, rows[i].directory);
		facts_domain_state(&facts, &domain, path, sizeof(path));
		assert_string_equal(path, rows[i].state);
	}
}

static void a_definition_names_its_variables_and_its_nova(void **state)
{
	struct facts_domain domain = {0};
	uint64_t nova = 0;

	(void)state;
	definition_read(
		"<domain><metadata><n:instance "
		"xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'>"
		"<n:package version='33.0.1'/><n:name>web</n:name>"
		"<n:flavor name='f'><n:extraSpecs><n:extraSpec name='hw:tpm_secret_security'>host"
		"</n:extraSpec></n:extraSpecs></n:flavor><n:owner><n:user uuid='1'>u</n:user>"
		"<n:project uuid='2'>p</n:project></n:owner></n:instance></metadata>"
		"<os><nvram>/n/g.fd</nvram></os></domain>",
		&domain, &nova);
	assert_int_equal(nova, 33000001);
	assert_string_equal(domain.server, "web");
	assert_string_equal(domain.owner, "u of p");
	assert_string_equal(domain.nvram, "/n/g.fd");
	assert_true(domain.has_flavor);
	assert_string_equal(domain.secret_security, "host");
	assert_false(domain.has_vtpm);
}

static void what_is_no_definition_says_nothing(void **state)
{
	static const char *const texts[] = {"", "<", "<domain>", "<a/>",
		"<domain><metadata><i><name>x</name></i></metadata></domain>"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct facts_domain domain = {0};
		uint64_t nova = 1;

		definition_read(texts[i], &domain, &nova);
		assert_int_equal(nova, 0);
		assert_false(domain.has_vtpm || domain.has_flavor || *domain.server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_where_the_definition_says),
		cmocka_unit_test(a_definition_names_its_variables_and_its_nova),
		cmocka_unit_test(what_is_no_definition_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
