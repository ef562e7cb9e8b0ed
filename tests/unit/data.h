/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of tests/data, for unit tests. */
#ifndef TESTS_UNIT_DATA_H
#define TESTS_UNIT_DATA_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of tests/data/<name> with a NUL behind them, and in *ret_len their number without it.
 * The caller frees them. A file that cannot be read fails the test. */
uint8_t *data_read(const char *name, size_t *ret_len);

#endif
