/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/load_rates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void need(bool is_good, const char *what)
{
	if (is_good)
		return;
	fprintf(stderr, "bench_collector: libcrypto: %s\n", what);
	exit(1);
}

double load_rate_verify(double seconds)
{
	static const unsigned char digest[32] = {1};
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
	unsigned char signature[128];
	size_t len = sizeof(signature), count = 0;
	double start, taken = 0;

	need(context && EVP_PKEY_sign_init(context) == 1 &&
			EVP_PKEY_sign(context, signature, &len, digest, sizeof(digest)) == 1 &&
			EVP_PKEY_verify_init(context) == 1,
		"no signature");
	start = seconds_now();
	while (taken < seconds) {
		for (int i = 0; i < 100; i++)
			need(EVP_PKEY_verify(context, signature, len, digest, sizeof(digest)) == 1,
				"a signature does not verify");
		count += 100;
		taken = seconds_now() - start;
	}
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(pair);
	return (double)count / taken;
}

static void shake_hands(SSL_CTX *server_context, SSL_CTX *client_context)
{
	SSL *server = SSL_new(server_context), *client = SSL_new(client_context);
	BIO *left = NULL, *right = NULL;

	need(server && client && BIO_new_bio_pair(&left, 0, &right, 0) == 1, "no TLS");
	SSL_set_bio(server, left, left);
	SSL_set_bio(client, right, right);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (int i = 0; i < 10; i++) {
		if (SSL_is_init_finished(server) && SSL_is_init_finished(client))
			break;
		SSL_do_handshake(client);
		SSL_do_handshake(server);
	}
	need(SSL_is_init_finished(server) && SSL_is_init_finished(client), "no handshake");
	SSL_free(server);
	SSL_free(client);
}

double load_rate_handshake(double seconds, const char *certificate, const char *key)
{
	SSL_CTX *server = SSL_CTX_new(TLS_server_method()),
		*client = SSL_CTX_new(TLS_client_method());
	size_t count = 0;
	double start, taken = 0;

	need(server && client &&
			SSL_CTX_use_certificate_file(server, certificate, SSL_FILETYPE_PEM) == 1 &&
			SSL_CTX_use_PrivateKey_file(server, key, SSL_FILETYPE_PEM) == 1 &&
			SSL_CTX_set_num_tickets(server, 0) == 1,
		certificate);
	/* The collector's certificate is one of a chain of two; here it is the root itself. */
	need(SSL_CTX_load_verify_locations(client, certificate, NULL) == 1, certificate);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(client), X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
	start = seconds_now();
	for (; taken < seconds; count++) {
		shake_hands(server, client);
		taken = seconds_now() - start;
	}
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	return (double)count / taken;
}
