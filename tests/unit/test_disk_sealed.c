/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sealed beside disks: credentials of the real systemd-creds, and objects by name. */
#include <stdlib.h>
#include <string.h>

#include "core/disk/credential.h"
#include "core/disk/object.h"
#include "tests/unit/unit.h"

/* --with-key=host+tpm2 --tpm2-pcrs=7+15, of systemd 262; --with-key=tpm2-with-public-key
 * --tpm2-pcrs=7 of the same; --with-key=host; and --with-key=tpm2 --tpm2-pcrs=7 of 252. */
/* clang-format off */
static const char later[] =
	"FBQliBiiQM2QC86GLbXHuSAAAAABAAAADAAAABAAAADEDsV3E6iVyd2JcXgAAAAAgIAAAAAAAAALACMA\n"
	"8AAAACAAAAAAngAg5S9SFpQZbff/zAFFVOIi9/zXTidZgmEUPGiu2gDjwocAEO5hmXYqPSUAj8pVbFKQ\n"
	"ZPK1qf4vb3P2cd3Oy+bIyrYfqw8Xf7TSp7f2jgXe1Us+Ix9fsXja6VVeY5QuVwpdLGtFNII/IsdLUZe3\n"
	"LxnVwq3eZ/S+FwaLs2zX/FZ/u9UthRP5Y2zW/Cl9woVQ94jNTjYda38z37wYu0K6AE4ACAALAAAEEgAg\n"
	"9i0TqN+ho9ylt/FiFGkqvTIYiYFOF9UquegwYj648V0AEAAgxhoqROFU2aAcJf88KyiPJKKtPmIndNrV\n"
	"1rssTxg747n2LROo36Gj3KW38WIUaSq9MhiJgU4X1Sq56DBiPrjxXQAAAACIAAAAgQAAAQAiAAtDw3H/\n"
	"FjTjVlYd3zo2f3ztDDDbAxcdtZRSisjxUzhhEwAAAAEAWgAjAAsAAwRyAAAABgCAAEMAEAADABAAICJl\n"
	"yCUp1CLT6dA5gfKtjUCYpqqHaLkyRtt6fBwJnIV/ACBE6YWoCqQBHG0wk3PtKKthBApk5j+sQICJMDZp\n"
	"pkp0gQAAAAB2o5XMx4ZbEBcPz9ub3FQjvlg9DxN+MLh2QBr10u1IhaMHju5b4NgDYuvmlqCt8Q==\n";
static const char signed_by_a_key[] =
	"Xi1cdgNyTq+EPG+19kCY9SAAAAABAAAADAAAABAAAACZ9eTvZYmI5d7toZwAAAAAgAAAAAAAAAALACMA\n"
	"8AAAACAAAAAAngAgL1z9uykEFWgfQGmWO2Bs3jLLt1BRMhWCQWHEPq6OfykAEK05r5K3cV0XQvzI/n5t\n"
	"Ynf7TqgWOCHuG1fcpal2DSdjSfpbf+kCzk6mNrJb18ob3ob7PtC2IpmhmoQpWVzsjmt8tM+SY8A5XeZS\n"
	"bOCFkMsEerNmjQVGvuFXgusCDO/wog6bTWnIGeNlbns8svvnez8LznITqpH4j7HaAE4ACAALAAAEEgAg\n"
	"/1IOYDrdZgGXRutmVu75YCEVD6NqiHPsF4yeWR+4wq0AEAAgYXqeko2jVJAcJgfYK+wlMFKgBMdMBvBV\n"
	"Za3YfILik1z/Ug5gOt1mAZdG62ZW7vlgIRUPo2qIc+wXjJ5ZH7jCrQAAAAAACAAAAAAAAMMBAAAtLS0t\n"
	"LUJFR0lOIFBVQkxJQyBLRVktLS0tLQpNSUlCSWpBTkJna3Foa2lHOXcwQkFRRUZBQU9DQVE4QU1JSUJD\n"
	"Z0tDQVFFQXFYLy9JR3RIdzBQVDJyci9QVFdJClJqeUsrU1U5NWdyUXNYazZyV25tcFUvc3VlMnNxeDVI\n"
	"eFYwbER0anZwZkt4TkRsL0ZQQTgxakZvekdrNWRJYVQKRTU1NGNlTXp2OE02ME1oWmRpa2wwdmdaU3F4\n"
	"dTJEZzArd0F5c0RISUhEN2h4RWhxRWJBYXBjdFdsalRwc1lXcQpwUlZSOE10cHhCTXNQVlV0enlHMk84\n"
	"Y1pLMmxhaDVaamJLc2tRczRTRGdPS3RrWjhCajFoRWo1MXp2bFVOSzhVCjVMb0F1VDB2Zjhzb2VmUUxE\n"
	"ZHhkcVhvdHA1V29pSVNmWGhqVkZnYzVmT2xMdUt2eWp4TWhxSjlsbS9CV2dveXAKelFpUTl1VitkTWVw\n"
	"VGpvYkgySDhBeW92b1MrYzdzMmYwR1I4eFh2SnhkWmJnWWQ0ZDdxb1JidkNMV0lNSXVBWApqd0lEQVFB\n"
	"QgotLS0tLUVORCBQVUJMSUMgS0VZLS0tLS0KAIgAAACBAAABACIAC0PDcf8WNONWVh3fOjZ/fO0MMNsD\n"
	"Fx21lFKKyPFTOGETAAAAAQBaACMACwADBHIAAAAGAIAAQwAQAAMAEAAgImXIJSnUItPp0DmB8q2NQJim\n"
	"qodouTJG23p8HAmchX8AIETphagKpAEcbTCTc+0oq2EECmTmP6xAgIkwNmmmSnSBAAAAAIiWfvPdthyb\n"
	"7ZCgkl93V6O4N1PoAH4eqRnqtbDhC4H9nWUsD2Kkh15Sjhl3g7NR\n";
static const char host[] =
	"Whxqht+dQJax1aZeCGLxmiAAAAABAAAADAAAABAAAAC/StiroFdnvO8kVDYAAAAAQtVBZGsyCHobQG5J\n"
	"crfWcZgTOwnTongU+XZCEDnyTSbyYxxPt6Vz6p79M+GOl9w=\n";
static const char earlier[] =
	"DHzAexF2RZGcSwvqCLwg/iAAAAABAAAADAAAABAAAABvt3V3Geu5jHQw1iEAAAAAgAAAAAAAAAALACMA\n"
	"8AAAACAAAAAAngAgGpGA47dArTy5uQwy0JkhT8tRxUmyb4nkBYi1YDlXu5IAEG3G9PffjVbwmB7chJbp\n"
	"VXYWYADFlML0E/Bs19hQ7/abbAfgJKNU7L/PKkr45v507ns/LbMqxFW25BGJb1O+h3U9qwb+P6LiBb1y\n"
	"bBwKMx26xLjHzsb3wGe6+XY2Lm8M4w5dW1JS9/Gg4krOtWZKjIdyrJlGTTo6oYpZAE4ACAALAAAAEgAg\n"
	"i1aC2BspQ10I15J4FQYR3H5ZI7L+/M5oSglXe0ATCosAEAAgw0FwuoyyjHC9KDP/NwKJuV308qLYq+Xh\n"
	"cJSn3HLhgsqLVoLYGylDXQjXkngVBhHcflkjsv78zmhKCVd7QBMKiwAAAAAgVd+Jj3LboNaNbWJMBvYw\n"
	"7FndZeEeMf7NGjy9NvAVzXxJ/rF9h84k2hqR\n";
/* clang-format on */

static struct disk_token *read_text(const char *text, size_t len)
{
	struct disk_token *token = calloc(1, sizeof(*token));
	struct error err;

	assert_non_null(token);
	assert_int_equal(credential_read(text, len, token, &err), 0);
	return token;
}

static void test_each_kind(void **state)
{
	static const struct {
		const char *text;
		uint32_t pcrs, signed_pcrs;
		enum sealed_parent_kind parent;
		bool is_sealed;
	} rows[] = {
		{later, 1U << 7 | 1U << 15, 0, SEALED_UNDER_HANDLE, true},
		{signed_by_a_key, 1U << 7, 1U << 11, SEALED_UNDER_HANDLE, true},
		{host, 0, 0, SEALED_UNDER_ECC, false},
		{earlier, 1U << 7, 0, SEALED_UNDER_ECC, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct disk_token *token = read_text(rows[i].text, strlen(rows[i].text));
		const struct sealed *sealed = &token->sealed;

		assert_true(credential_is(rows[i].text, strlen(rows[i].text)));
		assert_string_equal(token->type, "systemd-creds");
		assert_int_equal(token->is_sealed, rows[i].is_sealed);
		assert_int_equal(token->is_read, rows[i].is_sealed);
		assert_int_equal(sealed->pcrs, rows[i].pcrs);
		assert_int_equal(sealed->signed_pcrs, rows[i].signed_pcrs);
		assert_int_equal(sealed->parent.kind, rows[i].parent);
		if (rows[i].is_sealed) {
			assert_int_equal(sealed->share_count, 1);
			assert_int_equal(sealed->shares[0].policy.len, 32);
			assert_int_equal(sealed->bank, TCG_ALG_SHA256);
		}
		if (rows[i].parent == SEALED_UNDER_HANDLE)
			assert_int_equal(sealed->parent.handle, TCG_HANDLE_SRK);
		assert_int_equal(sealed->is_signed, rows[i].signed_pcrs != 0);
		if (sealed->is_signed)
			assert_memory_equal(sealed->signer.text, "-----BEGIN PUBLIC KEY-----", 26);
		free(token);
	}
}

/* Cut anywhere it is none, and no byte behind its end is looked at. */
static void test_truncated(void **state)
{
	const size_t whole = strlen(signed_by_a_key);
	size_t readable = 0;

	(void)state;
	for (size_t len = 0; len < whole; len++) {
		char *text = malloc(len ? len : 1);
		struct disk_token *token;

		assert_non_null(text);
		memcpy(text, signed_by_a_key, len);
		credential_is(text, len);
		token = read_text(text, len);
		readable += token->is_read;
		assert_true(token->is_read || token->error.message[0]);
		free(token);
		free(text);
	}
	/* What is encrypted stands behind the header. */
	assert_in_range(readable, 1, 100);
}

static void test_what_is_none(void **state)
{
	static const char *const texts[] = {"", "\n", "no credential", "AAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct disk_token *token = read_text(texts[i], strlen(texts[i]));

		assert_false(credential_is(texts[i], strlen(texts[i])));
		assert_false(token->is_read);
		assert_true(token->error.message[0]);
		free(token);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *text, *path;
		enum sealed_parent_kind kind;
		uint32_t handle, pcrs;
		uint16_t bank;
	} rows[] = {
		{"/a/key.pub", "/a/key.pub", SEALED_UNDER_HANDLE, TCG_HANDLE_SRK, 0,
			TCG_ALG_SHA256},
		{"f,ecc", "f", SEALED_UNDER_ECC, 0, 0, TCG_ALG_SHA256},
		{"f,rsa,sha1:0+23", "f", SEALED_UNDER_RSA, 0, 1U << 23 | 1, TCG_ALG_SHA1},
		{"f,sha256:7,0x81000002", "f", SEALED_UNDER_HANDLE, 0x81000002, 1U << 7,
			TCG_ALG_SHA256},
	};
	static const char *const wrong[] = {"", ",ecc", "f,", "f,dsa", "f,0x80000001",
		"f,0x8100000", "f,0x8100000g", "f,md5:7", "f,sha256:", "f,sha256:24", "f,sha256:7+",
		"f,sha256:7-8", "f,sha256:7 8", "f,:7"};
	struct object_name name;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(object_name_parse(rows[i].text, &name));
		assert_string_equal(name.path, rows[i].path);
		assert_int_equal(name.parent.kind, rows[i].kind);
		assert_int_equal(name.parent.handle, rows[i].handle);
		assert_int_equal(name.pcrs, rows[i].pcrs);
		assert_int_equal(name.bank, rows[i].bank);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_non_null(object_name_parse(wrong[i], &name));
}

static void test_objects(void **state)
{
	/* A TPM2B_PRIVATE of three bytes, and the shortest TPM2B_PUBLIC that is read. */
	static const uint8_t private_area[] = {0, 3, 1, 2, 3},
			     public_area[] = {0, 10, 0, 8, 0, 11, 0, 0, 0, 0, 0, 0};
	uint8_t both[sizeof(private_area) + sizeof(public_area)];
	struct object_name name;
	struct disk_token *token = calloc(1, sizeof(*token));

	(void)state;
	assert_non_null(token);
	assert_null(object_name_parse("f,ecc,sha256:7", &name));
	for (unsigned is_public_first = 0; is_public_first < 2; is_public_first++) {
		uint8_t *at = both + (is_public_first ? sizeof(public_area) : 0);

		memcpy(at, private_area, sizeof(private_area));
		memcpy(is_public_first ? both : both + sizeof(private_area), public_area,
			sizeof(public_area));
		object_read(&name, both, sizeof(both), token);
		assert_true(token->is_read);
		assert_int_equal(token->sealed.shares[0].private_area.len, 3);
		assert_int_equal(token->sealed.shares[0].public_area.len, 10);
		assert_int_equal(token->sealed.pcrs, 1U << 7);
		for (size_t len = 0; len < sizeof(both); len++) {
			object_read(&name, both, len, token);
			assert_false(token->is_read);
			assert_true(token->error.message[0]);
		}
	}
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
