/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of the firmware's events in words, a function for each form of it. */
#ifndef CORE_MEASURED_EVENT_DESCRIBE_H
#define CORE_MEASURED_EVENT_DESCRIBE_H

#include "core/measured/event_data.h"
#include "core/measured/uefi.h"

event_describe event_describe_text;      /* a text, such as EV_EFI_ACTION */
event_describe event_describe_version;   /* the firmware's */
event_describe event_describe_code;      /* firmware code or tables: an address or a name */
event_describe event_describe_separator; /* where the firmware hands over */
event_describe event_describe_config;    /* a variable of Secure Boot */
event_describe event_describe_boot;      /* a variable of the boot manager */
event_describe event_describe_authority; /* what let an image pass */
event_describe event_describe_image;     /* an image that UEFI loaded */
event_describe event_describe_gpt;       /* a partition table */
event_describe event_describe_no_action; /* extends nothing */

/* Where the certificate is that an authority names: firmware puts its owner's GUID before it, shim
 * does not. NULL where there is none; what follows is for the certificate's reader to judge. */
const uint8_t *event_authority_der(const struct uefi_variable *variable, size_t *ret_len);

#endif
