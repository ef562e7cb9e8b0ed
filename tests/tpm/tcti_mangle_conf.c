/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/tpm/tcti_mangle.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const mangle_names[MANGLE_COUNT] = {
	[MANGLE_NONE] = "none",
	[MANGLE_TRUNCATE] = "truncate",
	[MANGLE_OVERSIZE] = "oversize",
	[MANGLE_CLAIM] = "claim",
	[MANGLE_FLIP] = "flip",
	[MANGLE_TAG12] = "tag12",
	[MANGLE_RC] = "rc",
	[MANGLE_EIO] = "eio",
	[MANGLE_LOST] = "lost",
	[MANGLE_HANG] = "hang",
	[MANGLE_SLOW] = "slow",
	[MANGLE_REPLACE] = "replace",
	[MANGLE_ECHO] = "echo",
};

static bool parse_mangle(const char *value, enum mangle *ret_mangle)
{
	for (int i = 0; i < MANGLE_COUNT; i++) {
		if (strcmp(value, mangle_names[i]) == 0) {
			*ret_mangle = (enum mangle)i;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *value, uint32_t *ret_number)
{
	char *end;
	unsigned long number = strtoul(value, &end, 0);

	if (*value == '\0' || *end != '\0' || number > UINT32_MAX)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool parse_path(const char *value, char ret_path[MANGLE_PATH_MAX])
{
	if (strlen(value) >= MANGLE_PATH_MAX)
		return false;
	strcpy(ret_path, value);
	return true;
}

static bool parse_pair(const char *key, const char *value, struct mangle_conf *conf)
{
	const struct {
		const char *key;
		uint32_t *number;
	} numbers[] = {
		{"at", &conf->at},
		{"bits", &conf->bits},
		{"from", &conf->from},
		{"rc", &conf->rc},
		{"ms", &conf->ms},
		{"code", &conf->code},
		{"nth", &conf->nth},
		{"handle", &conf->handle},
		{"seed", &conf->seed},
	};
	uint32_t fix;

	if (strcmp(key, "mangle") == 0)
		return parse_mangle(value, &conf->mangle);
	if (strcmp(key, "log") == 0)
		return parse_path(value, conf->log);
	if (strcmp(key, "file") == 0)
		return parse_path(value, conf->file);
	if (strcmp(key, "fix") == 0) {
		if (!parse_number(value, &fix))
			return false;
		conf->fix = fix != 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(key, numbers[i].key) == 0)
			return parse_number(value, numbers[i].number);
	}
	return false;
}

bool mangle_conf_parse(const char *text, struct mangle_conf *ret_conf)
{
	struct mangle_conf conf = {.bits = 1, .seed = 1};
	const char *separator = text ? strchr(text, ';') : NULL;
	char *rest, *pair, *equals, *copy;
	bool good = true;

	if (!separator || separator[1] == '\0')
		return false;
	conf.inner = separator + 1;
	rest = copy = strndup(text, (size_t)(separator - text));
	if (!copy)
		return false;
	while (good && (pair = strsep(&rest, ",")) != NULL) {
		equals = strchr(pair, '=');
		good = equals != NULL;
		if (good) {
			*equals = '\0';
			good = parse_pair(pair, equals + 1, &conf);
		}
	}
	free(copy);
	if (good)
		*ret_conf = conf;
	return good;
}
