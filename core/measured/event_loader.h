/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of events of boot loaders and kernels in words. */
#ifndef CORE_MEASURED_EVENT_LOADER_H
#define CORE_MEASURED_EVENT_LOADER_H

#include "core/measured/event_data.h"

event_describe event_describe_loader; /* EV_IPL: GRUB, shim, systemd */
event_describe event_describe_tag;    /* EV_EVENT_TAG: Linux, systemd, Windows */

#endif
