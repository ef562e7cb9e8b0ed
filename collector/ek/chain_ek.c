/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/chain_private.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "collector/ek/openssl_error.h"

#define EK_CERTIFICATE "2.23.133.8.1" /* tcg-kp-EKCertificate */

static bool has_ek_usage(const EXTENDED_KEY_USAGE *usages)
{
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		char oid[32];
		int len = OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usages, i), 1);

		if (len > 0 && strcmp(oid, EK_CERTIFICATE) == 0)
			return true;
	}
	return false;
}

int chain_check_profile(X509 *certificate, struct error *err)
{
	EXTENDED_KEY_USAGE *usages;
	bool is_ek;
	int found;

	if (X509_get_extension_flags(certificate) & EXFLAG_INVALID)
		return openssl_error(err, ERROR_CRYPTO, "its extensions cannot be read");
	if (X509_check_ca(certificate))
		return error_set(err, ERROR_CRYPTO,
			"it is a CA's: basicConstraints of an EK certificate say CA:FALSE");
	ERR_clear_error();
	usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, &found, NULL);
	if (!usages && found != -1) /* there, but not readable, or twice, or short of memory */
		return openssl_error(err, ERROR_CRYPTO, "its extendedKeyUsage cannot be read");
	is_ek = usages && has_ek_usage(usages);
	EXTENDED_KEY_USAGE_free(usages);
	if (!is_ek)
		return error_set(err, ERROR_CRYPTO,
			"it is not an EK's: extendedKeyUsage has no " EK_CERTIFICATE);
	return 0;
}

/* The UUID behind the last colon: names of VMs may have colons. */
static bool find_uuid(const unsigned char *name, size_t len, char ret_uuid[TEXT_UUID_SIZE])
{
	char tail[TEXT_UUID_SIZE] = "";

	if (len < TEXT_UUID_SIZE || name[len - TEXT_UUID_SIZE] != ':')
		return false;
	memcpy(tail, name + len - (TEXT_UUID_SIZE - 1), TEXT_UUID_SIZE - 1);
	return text_uuid(tail, ret_uuid) && !text_uuid_is_placeholder(ret_uuid);
}

int chain_read_uuid(X509 *certificate, char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, 0);
	int kind = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
	unsigned char *name = NULL;
	bool is_found;
	int len;

	if (X509_NAME_entry_count(subject) != 1 || kind != NID_commonName)
		return error_set(err, ERROR_CRYPTO, "its subject is not CN=<name>:<UUID> alone");
	ERR_clear_error();
	len = ASN1_STRING_to_UTF8(&name, X509_NAME_ENTRY_get_data(entry));
	if (len < 0)
		return openssl_error(err, ERROR_CRYPTO, "its subject cannot be read");
	is_found = find_uuid(name, (size_t)len, ret_uuid);
	OPENSSL_free(name);
	if (!is_found)
		return error_set(err, ERROR_CRYPTO, "its subject does not end in :<UUID of a VM>");
	return 0;
}
