/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine's libcrypto does by itself, on one thread, to compare a load with. */
#ifndef TESTS_BENCH_LOAD_RATES_H
#define TESTS_BENCH_LOAD_RATES_H

/* ECDSA verifications on P-256 in a second, key loaded and digest made. */
double load_rate_verify(double seconds);

/* Full TLS 1.3 handshakes in a second, both sides in memory; certificate and key are PEM files. */
double load_rate_handshake(double seconds, const char *certificate, const char *key);

#endif
