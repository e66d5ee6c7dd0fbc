#include "base/log.h"
#include "run/version.h"
#include "run/watch.h"

int watch_interfaces(const struct config *config)
{
	log_error("this build cannot watch '%s'", config->operands[0]);
	return EXIT_SETUP;
}
