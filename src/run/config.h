/* What the user asked for: defaults, then the command line. Every limit of the program is a line of its
 * table. */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/err.h"

enum command {
	COMMAND_READ,
	COMMAND_WATCH,
	COMMAND_LISTS,
	COMMAND_CHECK,
	COMMAND_HELP,
	COMMAND_VERSION,
};

#define CONFIG_LIST_MAX 32

struct config_list {
	const char *at[CONFIG_LIST_MAX];
	size_t n;
};

struct config {
	enum command command;
	const char *const *operands; /* files, interfaces, or the words behind `lists` and `check` */
	size_t n_operands;

	struct config_list outputs;  /* SINK[:TARGET] */
	struct config_list plugins;  /* files of further plugins */
	struct config_list settings; /* NAME.OPTION=VALUE, of plugins */
	bool records_flow, explain, quiet;
	const char *records; /* as given */

	const char *filter, *keylog, *data_dir;
	struct net home[CONFIG_LIST_MAX];
	size_t n_home;
	struct config_list companies;
	const char *asn_db, *country_db, *psl, *my_data;
	bool learning, hashes, dpi, reveal;

	struct config_list sites, sectors;
	const char *pseudonymise, *mask;
	uint32_t retention_days;

	bool promiscuous, sandbox, journal, verbose;
	const char *rotate, *metrics, *user;
	uint32_t ring_mib, snaplen;

	uint32_t shards, flows_max, cold_max, clients_max, client_flows_max, dns_max, fragments_max;
};

/* argv: as of main. returns: false with err set (then the exit code is 2). */
bool config_parse(int argc, char **argv, struct config *ret_config, struct err *err);

/* Calls tell for each option that changes what is found and was given, in the order of the table; once for
 * each value of one that may be repeated. Paths are told without their folders.
 */
void config_tell(const struct config *c, void (*tell)(void *ctx, const char *name, const char *value),
		 void *ctx);

/* The help text, from the same table. */
void config_help(FILE *out);

#endif
