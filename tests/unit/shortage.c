/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/shortage.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static bool is_armed, fails_on, has_failed;
static size_t left; /* allocations that still succeed */

static bool should_fail(void)
{
	if (!is_armed)
		return false;
	if (left) {
		left--;
		return false;
	}
	has_failed = true;
	is_armed = fails_on;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return should_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return should_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return should_fail() ? NULL : __real_realloc(old, size);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

bool shortage_prepare(void)
{
	return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

void shortage_begin(size_t succeeding, bool goes_on)
{
	left = succeeding;
	fails_on = goes_on;
	has_failed = false;
	is_armed = true;
}

void shortage_end(void)
{
	is_armed = false;
}

bool shortage_has_struck(void)
{
	return has_failed;
}

bool shortage_pause(void)
{
	bool was_on = is_armed;

	is_armed = false;
	return was_on;
}

void shortage_resume(bool was_on)
{
	is_armed = was_on;
}
