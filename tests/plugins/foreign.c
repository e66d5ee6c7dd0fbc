/* A plugin of another version of the interface. */
#include "out/plugin.h"

const struct ol_plugin ol_plugin = { .abi = OL_PLUGIN_ABI + 1,
				     .name = "foreign",
				     .about = "of another version" };
