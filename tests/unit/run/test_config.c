#include "check.h"

#include <string.h>

#include "base/text.h"
#include "run/config.h"

/* Splits a command line at blanks; '~' in it stands for a blank. */
static bool parse(char *line, struct config *ret_config, struct err *err)
{
	static char *argv[64];
	int argc = 0;
	for (char *word = line; argc < 63;) {
		argv[argc++] = word;
		word = strchr(word, ' ');
		if (!word)
			break;
		*word++ = '\0';
	}
	for (int i = 0; i < argc; i++)
		for (char *c = argv[i]; *c; c++)
			if (*c == '~')
				*c = ' ';
	argv[argc] = NULL;
	return config_parse(argc, argv, ret_config, err);
}

static struct config parsed(const char *text, char line[512])
{
	struct config c;
	struct err err = { "" };
	strncat(memset(line, 0, 512), text, 511);
	if (!parse(line, &c, &err))
		fail_msg("%s: %s", text, err.text);
	return c;
}

static void a_plain_command_has_the_defaults(void **state)
{
	(void)state;
	char line[512];
	struct config c = parsed("onlooker read a.pcap b.pcap", line);
	assert_int_equal(c.command, COMMAND_READ);
	assert_int_equal(c.n_operands, 2);
	assert_string_equal(c.operands[1], "b.pcap");
	assert_int_equal(c.outputs.n, 0);
	assert_true(c.learning && c.hashes && c.dpi && c.promiscuous && c.sandbox);
	assert_false(c.records_flow || c.explain || c.quiet || c.reveal);
	assert_int_equal(c.shards, 1);
}

static void options_may_stand_anywhere(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"onlooker read -o jsonl:x --records flow --home 10.0.0.0/8,192.0.2.1 --shards=3 --no-dpi f",
		"onlooker -o=jsonl:x --records=flow read f --home=10.0.0.0/8 --home 192.0.2.1 --shards 3 "
		"--no-dpi",
		"onlooker read f --no-dpi --shards 3 --home 10.0.0.0/8,192.0.2.1 --output jsonl:x --records "
		"flow",
		"onlooker read --no-dpi --shards 3 --home 10.0.0.0/8,192.0.2.1 --output=jsonl:x --records "
		"flow -- f",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[512], net[NET_TEXT_MAX];
		struct config c = parsed(rows[i], line);
		assert_int_equal(c.outputs.n, 1);
		assert_string_equal(c.outputs.at[0], "jsonl:x");
		assert_true(c.records_flow);
		assert_int_equal(c.n_home, 2);
		assert_string_equal(net_text(&c.home[1], net), "192.0.2.1/32");
		assert_int_equal(c.shards, 3);
		assert_false(c.dpi);
		assert_int_equal(c.n_operands, 1);
		assert_string_equal(c.operands[0], "f");
	}
}

static void a_dash_is_standard_input_and_two_end_the_options(void **state)
{
	(void)state;
	char line[512];
	struct config c = parsed("onlooker read - -- --odd-name.pcap", line);
	assert_int_equal(c.n_operands, 2);
	assert_string_equal(c.operands[0], "-");
	assert_string_equal(c.operands[1], "--odd-name.pcap");
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "onlooker", "a command is needed" },
		{ "onlooker raed f", "'raed'" },
		{ "onlooker read", "needs a file" },
		{ "onlooker watch", "needs an interface" },
		{ "onlooker read f --nonsense", "'--nonsense'" },
		{ "onlooker read f -x", "'-x'" },
		{ "onlooker read f --shards", "--shards needs N" },
		{ "onlooker read f --shards 0", "from 1 to 64" },
		{ "onlooker read f --shards 65", "from 1 to 64" },
		{ "onlooker read f --shards 3x", "'3x'" },
		{ "onlooker read f --shards -1", "'-1'" },
		{ "onlooker read f --quiet=1", "takes no value" },
		{ "onlooker read f --home 10.0.0.1/8", "10.0.0.1/8" },
		{ "onlooker read f --home 10.0.0.0/8,,", "not a network" },
		{ "onlooker read f --records visits", "'visits'" },
		{ "onlooker read f --text.width", "--NAME.OPTION=VALUE" },
		{ "onlooker read f --mask /16 --pseudonymise k", "exclude each other" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[512] = "";
		struct config c;
		struct err err = { "" };
		strncat(line, rows[i].line, sizeof(line) - 1);
		if (parse(line, &c, &err))
			fail_msg("'%s' was taken", rows[i].line);
		if (!strstr(err.text, rows[i].words))
			fail_msg("'%s': '%s' does not say '%s'", rows[i].line, err.text, rows[i].words);
	}
}

static void help_and_version_come_first(void **state)
{
	(void)state;
	char line[512];
	assert_int_equal(parsed("onlooker --help", line).command, COMMAND_HELP);
	assert_int_equal(parsed("onlooker read --version", line).command, COMMAND_VERSION);
	assert_int_equal(parsed("onlooker read -- --help", line).command, COMMAND_READ);
}

static void add_told(void *ctx, const char *name, const char *value)
{
	text_addf(ctx, "%s=%s;", name, value);
}

/* What the run record says: what changes the findings, and no folder of this machine. */
static void what_was_given_is_told_without_folders(void **state)
{
	(void)state;
	static const struct {
		const char *line, *told;
	} rows[] = {
		{ "onlooker read /a/b.pcap -o text:/x --quiet --shards 4 --no-hashes", "" },
		{ "onlooker read f --keylog /a/b/keys.log --filter tcp~port~443",
		  "filter=tcp port 443;keylog=keys.log;" },
		{ "onlooker read f --site a.example --site b.example --home 10.0.0.0/8",
		  "home=10.0.0.0/8;site=a.example;site=b.example;" },
		{ "onlooker read f --no-learning --max-flows 2000 --max-dns 65536",
		  "no-learning=yes;max-flows=2000;" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[512];
		struct text t = { 0 };
		struct config c = parsed(rows[i].line, line);
		text_adds(&t, "");
		config_tell(&c, add_told, &t);
		assert_string_equal(t.at, rows[i].told);
		text_fini(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_command_has_the_defaults),
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(a_dash_is_standard_input_and_two_end_the_options),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(help_and_version_come_first),
		cmocka_unit_test(what_was_given_is_told_without_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
