/* SPDX-License-Identifier: BSD-2-Clause */
/* collector/ek/chain.h for tests in Python: verify_chain NOW EK-PUBLIC EK-CERTIFICATE [ca FILE |
 * with FILE]... prints the VM's UUID; "with" names an intermediate certificate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ek/chain.h"
#include "core/buf.h"
#include "core/signed/public_area.h"

static struct buf read_file(const char *path)
{
	struct buf content = {0};
	uint8_t chunk[4096];
	FILE *file = fopen(path, "rb");
	size_t got;

	if (!file) {
		perror(path);
		exit(64);
	}
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_append(&content, chunk, got);
	fclose(file);
	return content;
}

static int add_ca(struct chain_store *store, const char *path, struct error *err)
{
	BUF_SCOPED file = read_file(path);
	size_t added;

	return chain_store_add(store, file.data, file.len, &added, err);
}

static int run(
	int count, char **arguments, struct chain_store *store, struct error *err, char *ret_uuid)
{
	struct crypto_bytes intermediates[16];
	struct chain_cost cost = {0};
	struct chain_request request = {.now = strtoll(arguments[0], NULL, 10), .cost = &cost};
	struct buf files[16] = {0};
	BUF_SCOPED public = read_file(arguments[1]);
	BUF_SCOPED certificate = read_file(arguments[2]);
	struct chain_identity identity;
	struct public_area area;
	int rc = public_area_read(public.data, public.len, &area, err);
	size_t n = 0;

	for (int i = 3; !rc && i + 1 < count; i += 2) {
		if (strcmp(arguments[i], "ca") == 0) {
			rc = add_ca(store, arguments[i + 1], err);
		} else if (n < 16) {
			files[n] = read_file(arguments[i + 1]);
			intermediates[n] = (struct crypto_bytes){files[n].data, files[n].len};
			n++;
		}
	}
	request.der = certificate.data;
	request.len = certificate.len;
	request.intermediates = intermediates;
	request.intermediate_count = n;
	request.ek = &area.key;
	if (!rc)
		rc = chain_verify(store, &request, &identity, err);
	if (!rc)
		memcpy(ret_uuid, identity.vm_uuid, TEXT_UUID_SIZE);
	while (n)
		buf_free(&files[--n]);
	return rc;
}

int main(int argc, char **argv)
{
	struct chain_store *store;
	char uuid[TEXT_UUID_SIZE];
	struct error err;
	int rc;

	if (argc < 4 || chain_store_new(&store, &err))
		return 64;
	rc = run(argc - 1, argv + 1, store, &err, uuid);
	chain_store_free(store);
	if (rc)
		fprintf(stderr, "%s: %s\n", error_code_name(err.code), err.message);
	else
		puts(uuid);
	return rc ? 1 : 0;
}
