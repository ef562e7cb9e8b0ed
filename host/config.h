/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include "host/options.h"

/* What the configuration file adds to the command line, which goes before it. One that --config
 * does not name may be missing. ret_options may be `options`. Errors: CONFIG, naming file and line.
 */
int config_read(
	const struct host_options *options, struct host_options *ret_options, struct error *err);

#endif
