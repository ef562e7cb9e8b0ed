/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/config.h"

const char *const config_enrolments[] = {CONFIG_ENROLMENTS(CONFIG_ENROLMENT_NAME) NULL};

const char *const config_socket_roles[] = {"none", "viewer", "admin", NULL};

const char *config_enrolment_name(enum config_enrolment enrolment)
{
	return config_enrolments[enrolment];
}
