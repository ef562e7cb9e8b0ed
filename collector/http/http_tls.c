/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/http_tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

/* The subject's last common name; false where it has none, or a NUL in it. */
static bool read_name(gnutls_session_t session, char *ret_name, size_t size)
{
	unsigned count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t certificate = NULL;
	bool is_read;

	if (!chain || !count || gnutls_x509_crt_init(&certificate))
		return false;
	is_read = gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) == 0 &&
		  gnutls_x509_crt_get_dn_by_oid(
			  certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret_name, &size) == 0;
	gnutls_x509_crt_deinit(certificate);
	return is_read && *ret_name;
}

enum http_peer http_tls_peer(struct MHD_Connection *mhd, char *ret_name, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	unsigned status = 0, count = 0;
	gnutls_session_t session;
	gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};

	if (!info || !info->tls_session)
		return HTTP_PEER_NONE;
	session = info->tls_session;
	if (!gnutls_certificate_get_peers(session, &count) || !count)
		return HTTP_PEER_NONE;
	if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) || status)
		return HTTP_PEER_BAD;
	return read_name(session, ret_name, size) ? HTTP_PEER_GOOD : HTTP_PEER_BAD;
}

static gnutls_datum_t datum(const struct buf *buf)
{
	return (gnutls_datum_t){.data = buf->data, .size = (unsigned)buf->len};
}

int http_tls_check(const struct buf *certificate, const struct buf *key,
	const struct buf *client_ca, struct error *err)
{
	gnutls_datum_t certificate_pem = datum(certificate), key_pem = datum(key);
	gnutls_certificate_credentials_t credentials = NULL;
	int rc = gnutls_certificate_allocate_credentials(&credentials);

	if (rc)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a certificate");
	rc = gnutls_certificate_set_x509_key_mem(
		credentials, &certificate_pem, &key_pem, GNUTLS_X509_FMT_PEM);
	if (rc) {
		rc = error_set(err, ERROR_CONFIG,
			"[http] certificate and key: cannot be used together: %s",
			gnutls_strerror(rc));
	} else if (client_ca) {
		gnutls_datum_t ca_pem = datum(client_ca);

		if (gnutls_certificate_set_x509_trust_mem(
			    credentials, &ca_pem, GNUTLS_X509_FMT_PEM) < 1)
			rc = error_set(err, ERROR_CONFIG, "[http] client-ca: no certificate in it");
	}
	gnutls_certificate_free_credentials(credentials);
	return rc;
}
