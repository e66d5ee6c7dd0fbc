#include "run/config.h"

#include <stdlib.h>
#include <string.h>

enum type {
	TEXT,   /* const char * */
	NUMBER, /* uint32_t */
	SWITCH, /* bool, set */
	CLEAR,  /* bool, cleared */
	LIST,   /* struct config_list: may be repeated */
	NETS,   /* home: comma-separated, may be repeated */
};

/* What the run record says of an option that was given. */
enum told {
	HIDDEN, /* nothing: it does not change what is found */
	TOLD,   /* its value */
	NAMED,  /* its value is a path, of which the file's name is told */
};

enum group { OUTPUT, INPUT, KNOWLEDGE, PRIVACY, LIVE, SAFETY, LIMITS };

static const char *const group_titles[] = {
	[OUTPUT] = "Output",
	[INPUT] = "Input and method",
	[KNOWLEDGE] = "Own knowledge",
	[PRIVACY] = "Privacy",
	[LIVE] = "Live",
	[SAFETY] = "Safety",
	[LIMITS] = "Limits (of one shard)",
};

/* The one list of options: the command line, --help and the test that compares README.md and the man page
 * with it all read this table.
 */
static const struct option {
	enum group group;
	const char *name;
	enum type type;
	size_t at; /* of the field in struct config */
	uint32_t least, most;
	enum told told;
	const char *what, *help;
} options[] = {
#define AT(field) offsetof(struct config, field)
	{ OUTPUT, "output", LIST, AT(outputs), 0, 0, HIDDEN, "SINK[:TARGET]",
	  "where records go, may be repeated; TARGET - is standard output" },
	{ OUTPUT, "records", TEXT, AT(records), 0, 0, TOLD, "KINDS", "'flow': flow records too" },
	{ OUTPUT, "explain", SWITCH, AT(explain), 0, 0, TOLD, NULL,
	  "say for each third party which terms decided" },
	{ OUTPUT, "plugin", LIST, AT(plugins), 0, 0, HIDDEN, "FILE", "load a further plugin" },
	{ OUTPUT, "quiet", SWITCH, AT(quiet), 0, 0, HIDDEN, NULL,
	  "no progress and no notes on standard error" },
	{ OUTPUT, "verbose", SWITCH, AT(verbose), 0, 0, HIDDEN, NULL, "more notes on standard error" },

	{ INPUT, "filter", TEXT, AT(filter), 0, 0, TOLD, "BPF", "only packets that match a pcap filter" },
	{ INPUT, "keylog", TEXT, AT(keylog), 0, 0, NAMED, "FILE",
	  "session secrets (SSLKEYLOGFILE); live: followed as it grows" },
	{ INPUT, "home", NETS, AT(home), 0, 0, TOLD, "NET[,NET]",
	  "networks whose hosts are clients; default: private addresses" },
	{ INPUT, "shards", NUMBER, AT(shards), 1, 64, HIDDEN, "N", "worker threads; the output is the same" },
	{ INPUT, "no-learning", CLEAR, AT(learning), 0, 0, TOLD, NULL,
	  "nothing learnt from the traffic itself" },
	{ INPUT, "no-dpi", CLEAR, AT(dpi), 0, 0, TOLD, NULL, "no protocol labels by nDPI" },
	{ INPUT, "no-hashes", CLEAR, AT(hashes), 0, 0, HIDDEN, NULL, "no SHA-256 of the inputs" },

	{ KNOWLEDGE, "companies", LIST, AT(companies), 0, 0, NAMED, "FILE",
	  "own list of companies, over the shipped ones; may be repeated" },
	{ KNOWLEDGE, "asn-db", TEXT, AT(asn_db), 0, 0, NAMED, "FILE", "autonomous systems (mmdb)" },
	{ KNOWLEDGE, "country-db", TEXT, AT(country_db), 0, 0, NAMED, "FILE", "countries (mmdb)" },
	{ KNOWLEDGE, "psl", TEXT, AT(psl), 0, 0, NAMED, "FILE", "public suffix list" },
	{ KNOWLEDGE, "data", TEXT, AT(data_dir), 0, 0, HIDDEN, "FOLDER", "the shipped lists" },
	{ KNOWLEDGE, "my-data", TEXT, AT(my_data), 0, 0, NAMED, "FILE",
	  "own e-mail, phone, name: told where they were sent, plain or hashed" },

	{ PRIVACY, "site", LIST, AT(sites), 0, 0, TOLD, "SITE",
	  "keep only visits to this site, count the rest; may be repeated" },
	{ PRIVACY, "sector", LIST, AT(sectors), 0, 0, TOLD, "SECTOR",
	  "keep only visits to sites of this sector; may be repeated" },
	{ PRIVACY, "pseudonymise", TEXT, AT(pseudonymise), 0, 0, NAMED, "KEYFILE",
	  "client addresses replaced, keyed, prefix-preserving" },
	{ PRIVACY, "mask", TEXT, AT(mask), 0, 0, TOLD, "/N[,/M]",
	  "client addresses cut to N bits (IPv4) and M bits (IPv6)" },
	{ PRIVACY, "retention", NUMBER, AT(retention_days), 0, 36500, HIDDEN, "DAYS",
	  "delete own rotated output files older than this" },
	{ PRIVACY, "reveal", SWITCH, AT(reveal), 0, 0, TOLD, NULL,
	  "values of account ids and session cookies in clear (lab only)" },

	{ LIVE, "rotate", TEXT, AT(rotate), 0, 0, HIDDEN, "SIZE|TIME",
	  "begin a new output file at 100M, 1G, 1h, 1d, ..." },
	{ LIVE, "no-promiscuous", CLEAR, AT(promiscuous), 0, 0, HIDDEN, NULL,
	  "only traffic of this machine" },
	{ LIVE, "ring", NUMBER, AT(ring_mib), 1, 4096, HIDDEN, "MIB", "capture ring of an interface" },
	{ LIVE, "snaplen", NUMBER, AT(snaplen), 256, 262144, TOLD, "BYTES", "captured of each packet" },
	{ LIVE, "metrics", TEXT, AT(metrics), 0, 0, HIDDEN, "unix:PATH|127.0.0.1:PORT",
	  "Prometheus metrics" },
	{ LIVE, "journal", SWITCH, AT(journal), 0, 0, HIDDEN, NULL,
	  "notes with the priorities that a systemd journal reads" },

	{ SAFETY, "user", TEXT, AT(user), 0, 0, HIDDEN, "NAME",
	  "live: become this user once the interfaces are open; default: nobody" },
	{ SAFETY, "no-sandbox", CLEAR, AT(sandbox), 0, 0, HIDDEN, NULL,
	  "no system call filter and no file access rules" },

	{ LIMITS, "max-flows", NUMBER, AT(flows_max), 1024, 1 << 26, TOLD, "N", "connections remembered" },
	{ LIMITS, "max-named", NUMBER, AT(cold_max), 256, 1 << 24, TOLD, "N",
	  "connections with a name remembered" },
	{ LIMITS, "max-clients", NUMBER, AT(clients_max), 1, 1 << 20, TOLD, "N", "clients followed" },
	{ LIMITS, "max-client-flows", NUMBER, AT(client_flows_max), 256, 1 << 22, TOLD, "N",
	  "flows of one client looked at together" },
	{ LIMITS, "max-dns", NUMBER, AT(dns_max), 1024, 1 << 24, TOLD, "N", "DNS answers remembered" },
	{ LIMITS, "max-fragments", NUMBER, AT(fragments_max), 16, 1 << 16, TOLD, "N",
	  "datagrams put together at once" },
#undef AT
};

static const struct {
	const char *name;
	enum command command;
	const char *what, *help;
} commands[] = {
	{ "read", COMMAND_READ, "FILE... | FOLDER | -", "stored captures" },
	{ "watch", COMMAND_WATCH, "INTERFACE...", "live traffic" },
	{ "lists", COMMAND_LISTS, "[lookup HOST...]", "what is known, and what would be said of a host" },
	{ "check", COMMAND_CHECK, "sandbox", "what the sandbox forbids here" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct config defaults = {
	.command = COMMAND_HELP,
	.learning = true,
	.hashes = true,
	.dpi = true,
	.promiscuous = true,
	.sandbox = true,
	.ring_mib = 64,
	.snaplen = 65535,
	.shards = 1,
	.flows_max = 1 << 20,
	.cold_max = 1 << 17,
	.clients_max = 1 << 12,
	.client_flows_max = 1 << 16,
	.dns_max = 1 << 16,
	.fragments_max = 256,
};

static const struct option *find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

static bool add(struct config_list *list, const struct option *o, const char *value, struct err *err)
{
	if (list->n == CONFIG_LIST_MAX)
		return err_set(err, "--%s can be given %d times at most", o->name, CONFIG_LIST_MAX);
	list->at[list->n++] = value;
	return true;
}

static bool add_nets(struct config *c, const struct option *o, const char *value, struct err *err)
{
	while (*value) {
		char text[NET_TEXT_MAX];
		size_t len = strcspn(value, ",");
		if (c->n_home == CONFIG_LIST_MAX)
			return err_set(err, "--%s takes %d networks at most", o->name, CONFIG_LIST_MAX);
		if (len >= sizeof(text))
			return err_set(err, "'%s' is not a network", value);
		memcpy(text, value, len);
		text[len] = '\0';
		if (!net_parse(text, &c->home[c->n_home]))
			return err_set(err, "'%s' is not a network like 10.0.0.0/8", text);
		c->n_home++;
		value += len;
		value += *value == ',';
	}
	return true;
}

static bool set_number(struct config *c, const struct option *o, const char *value, struct err *err)
{
	char *end;
	unsigned long long n = strtoull(value, &end, 10);
	if (end == value || *end || value[0] == '-' || n < o->least || n > o->most)
		return err_set(err, "--%s must be a number from %u to %u, not '%s'", o->name, o->least,
			       o->most, value);
	*(uint32_t *)(void *)((char *)c + o->at) = (uint32_t)n;
	return true;
}

static bool set(struct config *c, const struct option *o, const char *value, struct err *err)
{
	void *field = (char *)c + o->at;
	switch (o->type) {
	case SWITCH:
		*(bool *)field = true;
		return true;
	case CLEAR:
		*(bool *)field = false;
		return true;
	case TEXT:
		*(const char **)field = value;
		return true;
	case LIST:
		return add(field, o, value, err);
	case NETS:
		return add_nets(c, o, value, err);
	case NUMBER:
		return set_number(c, o, value, err);
	}
	return false;
}

/* One word that begins with '-'; *i is advanced if the next word is its value. */
static bool option_word(struct config *c, int argc, char **argv, int *i, struct err *err)
{
	const char *word = argv[*i];
	bool is_short = word[1] == 'o' && (word[2] == '\0' || word[2] == '=');
	if (word[1] != '-' && !is_short)
		return err_set(err, "there is no option '%s'; see --help", word);
	const char *name = is_short ? "output" : word + 2;
	const char *value = strchr(word, '=');
	size_t len = is_short || !value ? strlen(name) : (size_t)(value - name);
	if (value)
		value++;

	const char *dot = memchr(name, '.', len);
	if (dot) {
		static const struct option setting = { .name = "NAME.OPTION" };
		if (!value)
			return err_set(err, "'%s': an option of a plugin is --NAME.OPTION=VALUE", word);
		return add(&c->settings, &setting, name, err);
	}

	const struct option *o = find(name, len);
	if (!o)
		return err_set(err, "there is no option '--%.*s'; see --help", (int)len, name);
	bool takes_value = o->type != SWITCH && o->type != CLEAR;
	if (value && !takes_value)
		return err_set(err, "--%s takes no value", o->name);
	if (takes_value && !value) {
		if (*i + 1 >= argc)
			return err_set(err, "--%s needs %s", o->name, o->what);
		value = argv[++*i];
	}
	return set(c, o, value, err);
}

static bool command_of(const char *word, enum command *ret_command, struct err *err)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(word, commands[i].name) == 0) {
			*ret_command = commands[i].command;
			return true;
		}
	}
	return err_set(err, "there is no command '%s'; see --help", word);
}

static bool check(struct config *c, struct err *err)
{
	if (c->records) {
		if (strcmp(c->records, "flow") != 0)
			return err_set(err, "--records takes 'flow', not '%s'", c->records);
		c->records_flow = true;
	}
	if (c->command == COMMAND_READ && c->n_operands == 0)
		return err_set(err, "read needs a file, a folder, or - for standard input");
	if (c->command == COMMAND_WATCH && c->n_operands == 0)
		return err_set(err, "watch needs an interface");
	if (c->pseudonymise && c->mask)
		return err_set(err, "--pseudonymise and --mask exclude each other");
	return true;
}

bool config_parse(int argc, char **argv, struct config *ret_config, struct err *err)
{
	struct config c = defaults;
	bool has_command = false, only_operands = false;
	char **operands = argv; /* operands are moved to the front of argv, over words already read */
	size_t n = 0;
	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		if (!only_operands && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
				       strcmp(word, "--version") == 0)) {
			c.command = strcmp(word, "--version") == 0 ? COMMAND_VERSION : COMMAND_HELP;
			*ret_config = c;
			return true;
		}
		if (!only_operands && strcmp(word, "--") == 0) {
			only_operands = true;
		} else if (!only_operands && word[0] == '-' && word[1]) {
			if (!option_word(&c, argc, argv, &i, err))
				return false;
		} else if (!has_command) {
			if (!command_of(word, &c.command, err))
				return false;
			has_command = true;
		} else {
			operands[n++] = word;
		}
	}
	if (!has_command)
		return err_set(err, "a command is needed: read, watch, lists or check; see --help");
	c.operands = (const char *const *)operands;
	c.n_operands = n;
	if (!check(&c, err))
		return false;
	*ret_config = c;
	return true;
}

/* A path without its folders. */
static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void tell_option(const struct config *c, const struct option *o,
			void (*tell)(void *ctx, const char *name, const char *value), void *ctx)
{
	const void *field = (const char *)c + o->at, *usual = (const char *)&defaults + o->at;
	const struct config_list *list = field;
	char text[NET_TEXT_MAX];
	switch (o->type) {
	case SWITCH:
	case CLEAR:
		if (*(const bool *)field != *(const bool *)usual)
			tell(ctx, o->name, "yes");
		return;
	case NUMBER:
		snprintf(text, sizeof(text), "%u", *(const uint32_t *)field);
		if (*(const uint32_t *)field != *(const uint32_t *)usual)
			tell(ctx, o->name, text);
		return;
	case TEXT: {
		const char *value = *(const char *const *)field;
		if (value)
			tell(ctx, o->name, o->told == NAMED ? file_name(value) : value);
		return;
	}
	case LIST:
		for (size_t i = 0; i < list->n; i++)
			tell(ctx, o->name, o->told == NAMED ? file_name(list->at[i]) : list->at[i]);
		return;
	case NETS:
		for (size_t i = 0; i < c->n_home; i++)
			tell(ctx, o->name, net_text(&c->home[i], text));
		return;
	}
}

void config_tell(const struct config *c, void (*tell)(void *ctx, const char *name, const char *value),
		 void *ctx)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].told != HIDDEN)
			tell_option(c, &options[i], tell, ctx);
}

void config_help(FILE *out)
{
	fputs("onlooker: which third parties receive data when people visit a web site\n\n", out);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(out, "  onlooker %-5s [options] %-22s %s\n", commands[i].name, commands[i].what,
			commands[i].help);
	int last = -1;
	for (size_t i = 0; i < COUNT(options); i++) {
		const struct option *o = &options[i];
		if ((int)o->group != last)
			fprintf(out, "\n%s\n", group_titles[o->group]);
		last = (int)o->group;
		char left[64];
		snprintf(left, sizeof(left), "%s%s%s", o->name, o->what ? " " : "", o->what ? o->what : "");
		fprintf(out, "  --%-36s %s\n", left, o->help);
	}
	fputs("  --NAME.OPTION=VALUE                    an option of plugin NAME\n"
	      "\n-o is short for --output. Exit codes: 0 ok, 1 set-up failed, 2 usage, 3 result incomplete, "
	      "4 a policy rule failed.\n",
	      out);
}
