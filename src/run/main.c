/* onlooker: which third parties receive data when people visit a web site. Sets up, runs, sums up; the only
 * place that prints errors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "run/config.h"
#include "run/lists.h"
#include "run/read.h"
#include "run/sandbox.h"
#include "run/version.h"
#include "run/watch.h"

static int check(const struct config *c)
{
	if (c->n_operands != 1 || strcmp(c->operands[0], "sandbox") != 0) {
		log_error("check takes the word 'sandbox'");
		return EXIT_USAGE;
	}
	return sandbox_check(stdout) ? EXIT_OK : EXIT_SETUP;
}

int main(int argc, char **argv)
{
	struct config c;
	struct err err;
	umask(077); /* what is written is personal data */
	if (!config_parse(argc, argv, &c, &err)) {
		log_error("%s", err.text);
		return EXIT_USAGE;
	}
	log_set(c.quiet ? LOG_LEVEL_ERROR : c.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, c.journal);
	switch (c.command) {
	case COMMAND_HELP:
		config_help(stdout);
		return EXIT_OK;
	case COMMAND_VERSION:
		version_print(stdout);
		return EXIT_OK;
	case COMMAND_READ:
		return read_captures(&c);
	case COMMAND_WATCH:
		return watch_interfaces(&c);
	case COMMAND_LISTS:
		return lists_show(&c);
	case COMMAND_CHECK:
		return check(&c);
	}
	return EXIT_USAGE;
}
