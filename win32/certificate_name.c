/* SPDX-License-Identifier: BSD-2-Clause */
#include "win32/certificate_name.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "win32/wide.h"

/* The short names that libcrypto prints, of the attributes that names of EK certificates have. */
static const struct {
	const char *oid, *name;
} attributes[] = {
	{"2.5.4.3", "CN"},
	{"2.5.4.4", "SN"},
	{"2.5.4.5", "serialNumber"},
	{"2.5.4.6", "C"},
	{"2.5.4.7", "L"},
	{"2.5.4.8", "ST"},
	{"2.5.4.9", "street"},
	{"2.5.4.10", "O"},
	{"2.5.4.11", "OU"},
	{"2.5.4.12", "title"},
	{"0.9.2342.19200300.100.1.1", "UID"},
	{"0.9.2342.19200300.100.1.25", "DC"},
	{"1.2.840.113549.1.9.1", "emailAddress"},
};

static const char *attribute_name(const char *oid)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (strcmp(attributes[i].oid, oid) == 0)
			return attributes[i].name;
	}
	return NULL;
}

/* RFC 4514 section 2.4. */
static void append_escaped(struct buf *to, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c < 0x20 || c >= 0x7f)
			buf_printf(to, "\\%02X", c);
		else if (strchr(",+\"\\<>;", c) || (c == '#' && i == 0) ||
			 (c == ' ' && (i == 0 || i + 1 == len)))
			buf_printf(to, "\\%c", c);
		else
			buf_append_u8(to, c);
	}
}

/* The value of an attribute that has no name here, or is no text: its DER in hexadecimal. */
static void append_hex(struct buf *to, const CERT_RDN_ATTR *attribute)
{
	buf_append_text(to, "#");
	for (DWORD i = 0; i < attribute->Value.cbData; i++)
		buf_printf(to, "%02X", attribute->Value.pbData[i]);
}

static void append_attribute(struct buf *to, const CERT_RDN_ATTR *attribute)
{
	const char *name = attribute_name(attribute->pszObjId);
	wchar_t wide[256] = L"";
	size_t len = attribute->Value.cbData;
	char *text;

	buf_printf(to, "%s=", name ? name : attribute->pszObjId);
	if (!name || attribute->dwValueType <= CERT_RDN_OCTET_STRING) {
		append_hex(to, attribute);
		return;
	}
	memcpy(wide, attribute->Value.pbData,
		len < sizeof(wide) - sizeof(*wide) ? len : sizeof(wide) - sizeof(*wide));
	text = wide_to_utf8(wide);
	if (text)
		append_escaped(to, text);
	else
		to->failed = true;
	free(text);
}

bool certificate_name_copy(char *out, size_t size, const CERT_NAME_BLOB *name)
{
	CERT_NAME_INFO *info = NULL;
	BUF_SCOPED text = {0};
	DWORD len = 0;

	out[0] = 0;
	/* Values as UTF-16, whatever their type in the certificate. */
	if (!CryptDecodeObjectEx(X509_ASN_ENCODING, X509_UNICODE_NAME, name->pbData, name->cbData,
		    CRYPT_DECODE_ALLOC_FLAG, NULL, &info, &len))
		return true;
	for (DWORD i = info->cRDN; i-- > 0;) {
		const CERT_RDN *rdn = &info->rgRDN[i];

		for (DWORD j = rdn->cRDNAttr; j-- > 0;) {
			append_attribute(&text, &rdn->rgRDNAttr[j]);
			buf_append_text(&text, j ? "+" : i ? "," : "");
		}
	}
	LocalFree(info);
	if (text.failed)
		return false;
	if (text.len) {
		len = (DWORD)(text.len < size ? text.len : size - 1);
		memcpy(out, text.data, len);
		out[len] = 0;
	}
	return true;
}
