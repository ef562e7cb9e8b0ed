/* SPDX-License-Identifier: BSD-2-Clause */
/* jansson's values by name alone, for who hands them on: who makes one includes <jansson.h>. */
#ifndef CORE_JSON_VALUE_H
#define CORE_JSON_VALUE_H

typedef struct json_t json_t;

#endif
