/* SPDX-License-Identifier: BSD-2-Clause */
/* collector/ek/credential.h for tests in Python: make_credential EK-PUBLIC-HEX NAME-HEX SECRET-HEX
 * prints TPM2B_ID_OBJECT's content and TPM2B_ENCRYPTED_SECRET's, each as one line of hexadecimal
 * digits. */
#include <stdio.h>
#include <string.h>

#include "collector/ek/credential.h"
#include "core/text.h"

static void print(const uint8_t *bytes, size_t len)
{
	char hex[2 * SEED_SECRET_MAX + 1];

	text_hex(bytes, len, hex, sizeof(hex));
	puts(hex);
}

int main(int argc, char **argv)
{
	uint8_t public[EVIDENCE_PUBLIC_MAX], secret[256];
	struct evidence_name name;
	struct credential credential;
	long public_len, name_len, secret_len;
	struct error err;

	if (argc != 4)
		return 64;
	public_len = text_unhex(argv[1], strlen(argv[1]), public, sizeof(public));
	name_len = text_unhex(argv[2], strlen(argv[2]), name.data, sizeof(name.data));
	secret_len = text_unhex(argv[3], strlen(argv[3]), secret, sizeof(secret));
	if (public_len < 0 || name_len < 0 || secret_len < 0)
		return 64;
	name.len = (size_t)name_len;
	if (credential_make(public, (size_t)public_len, &name, secret, (size_t)secret_len,
		    &credential, &err)) {
		fprintf(stderr, "%s: %s\n", error_code_name(err.code), err.message);
		return 1;
	}
	print(credential.id_object, credential.id_object_len);
	print(credential.encrypted_secret, credential.encrypted_secret_len);
	return 0;
}
