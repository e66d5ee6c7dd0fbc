#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "mkseg.h"
#include "track/dnscache.h"
#include "track/ech.h"
#include "track/hosts.h"

static const struct hash_key KEY = { 1, 2 };

static struct hostname host(const char *text)
{
	struct hostname h = { 0 };
	hostname_parse((struct bytes){ (const uint8_t *)text, strlen(text) }, &h);
	return h;
}

/* name is answered with address; ech: the public name of an HTTPS record beside it, NULL: none. */
static void learn(struct dnscache *c, const char *client, const char *name, const char *address,
		  uint32_t ttl_s, int64_t s, const char *ech, enum dns_for who)
{
	static struct dns_message m;
	struct addr a = mkaddr(client);
	m.is_response = m.has_question = true;
	m.name = host(name);
	m.n_answers = 1;
	m.answers[0] =
	    (struct dns_answer){ .type = DNS_A, .ttl_s = ttl_s, .owner = m.name, .addr = mkaddr(address) };
	if (ech) {
		m.answers[0].type = DNS_HTTPS;
		m.answers[0].has_ech = true;
		m.answers[0].ech_public_name = host(ech);
	}
	dnscache_learn(c, &a, &m, s * NS_PER_S, (uint64_t)s, who);
}

static uint32_t ask(struct dnscache *c, const char *client, const char *server, int64_t s,
		    struct dns_name *ret)
{
	struct addr a = mkaddr(client), b = mkaddr(server);
	return dnscache_names(c, &a, &b, s * NS_PER_S, ret);
}

static void names_of_an_address(void **state)
{
	(void)state;
	struct dnscache *c = dnscache_new(64, KEY, NULL);
	struct dns_name n[DNS_NAMES_MAX];
	learn(c, "10.0.0.5", "a.example", "192.0.2.1", 60, 100, NULL, DNS_FOR_ALL);
	assert_int_equal(ask(c, "10.0.0.5", "192.0.2.1", 101, n), 1);
	assert_string_equal(n[0].host.text, "a.example");
	assert_int_equal(n[0].frame, 100);
	float own = n[0].conf;
	assert_int_equal(ask(c, "10.0.0.5", "192.0.2.2", 101, n), 0);

	assert_int_equal(ask(c, "10.0.0.6", "192.0.2.1", 101, n), 1); /* asked for by another: less sure */
	assert_true(n[0].conf < own);

	learn(c, "10.0.0.5", "b.example", "192.0.2.1", 60, 110, NULL, DNS_FOR_ALL);
	assert_int_equal(ask(c, "10.0.0.5", "192.0.2.1", 111, n), 2); /* the newest is the likeliest */
	assert_string_equal(n[0].host.text, "b.example");
	assert_true(n[0].conf > n[1].conf && n[0].conf + n[1].conf <= own + 0.001f);

	assert_int_equal(ask(c, "10.0.0.5", "192.0.2.1", 110 + 60 + 3600, n), 0); /* long over */
	dnscache_free(c);
}

static void answers_for_others_are_not_the_clients(void **state)
{
	(void)state;
	struct dnscache *c = dnscache_new(64, KEY, NULL);
	struct dns_name n[DNS_NAMES_MAX];
	learn(c, "10.0.0.5", "a.example", "192.0.2.1", 60, 1, NULL, DNS_FOR_OTHERS);
	assert_int_equal(ask(c, "10.0.0.7", "192.0.2.1", 2, n), 1);
	learn(c, "10.0.0.5", "b.example", "192.0.2.9", 60, 1, NULL, DNS_FOR_CLIENT);
	assert_int_equal(ask(c, "10.0.0.7", "192.0.2.9", 2, n), 0);
	assert_int_equal(ask(c, "10.0.0.5", "192.0.2.9", 2, n), 1);
	dnscache_free(c);
}

/* More answers than there is room for: bounded, counted, and what is told is never half of a name. */
static void a_flood_of_answers(void **state)
{
	(void)state;
	struct dnscache *c = dnscache_new(64, KEY, NULL);
	struct dns_name n[DNS_NAMES_MAX];
	char name[260], address[20];
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "n%d.%.*s.example", i, 1 + i % 59,
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		snprintf(address, sizeof(address), "192.0.%d.%d", i / 250 % 250, i % 250);
		learn(c, "10.0.0.5", name, address, 60, 1, NULL, DNS_FOR_ALL);
		for (uint32_t k = ask(c, "10.0.0.5", address, 1, n); k-- > 0;)
			assert_int_equal(strlen(n[k].host.text), n[k].host.len);
		assert_int_equal(ask(c, "10.0.0.5", address, 1, n) > 0, true);
		assert_string_equal(n[0].host.text, host(name).text);
	}
	assert_true(dnscache_evicted(c) > 9000);
	assert_int_equal(ask(c, "10.0.0.5", "192.0.0.0", 1, n), 0);
	dnscache_free(c);
}

static void keys_of_ech(void **state)
{
	(void)state;
	struct dnscache *c = dnscache_new(64, KEY, NULL);
	struct addr own = mkaddr("10.0.0.5"), other = mkaddr("10.0.0.6");
	struct hostname outer = host("public.example"), plain = host("a.example");
	learn(c, "10.0.0.5", "a.example", "192.0.2.1", 60, 1, "public.example", DNS_FOR_ALL);
	assert_true(dnscache_has_ech(c, &own, &outer, 2 * NS_PER_S));
	assert_true(dnscache_has_ech(c, &other, &outer, 2 * NS_PER_S)); /* nothing is known of its answers */
	assert_false(dnscache_has_ech(c, &own, &plain, 2 * NS_PER_S));
	learn(c, "10.0.0.6", "b.example", "192.0.2.2", 60, 1, NULL, DNS_FOR_ALL);
	assert_false(
	    dnscache_has_ech(c, &other, &outer, 2 * NS_PER_S)); /* its answers are seen: no key in them */
	dnscache_free(c);
}

/* ---- ECH by what is in the hello ---- */

static bool hello(struct ech_seen *e, const char *client, const char *outer, uint8_t number)
{
	const uint8_t body[] = { 0, 0, 1, 0, 1, number, 0, 1, 0xaa, 0, 1, 0xbb };
	struct addr a = mkaddr(client);
	struct hostname h = host(outer);
	return ech_is_real(e, &a, &h, (struct bytes){ body, sizeof(body) }, 0);
}

static void real_ech_keeps_its_number(void **state)
{
	(void)state;
	struct ech_seen *e = ech_seen_new(64, KEY);
	assert_false(hello(e, "10.0.0.5", "public.example", 7));
	assert_false(hello(e, "10.0.0.6", "public.example", 7)); /* another client's do not count */
	assert_false(hello(e, "10.0.0.5", "public.example", 7));
	assert_true(hello(e, "10.0.0.5", "public.example", 7));
	assert_true(hello(e, "10.0.0.5", "public.example", 7));
	for (uint8_t i = 0; i < 20; i++) /* GREASE: numbers by chance, even where one comes again */
		assert_false(hello(e, "10.0.0.5", "www.example", i < 2 ? 3 : i));
	struct addr a = mkaddr("10.0.0.5");
	struct hostname h = host("short.example");
	static const uint8_t inner[] = { 1 };
	for (int i = 0; i < 5; i++) {
		assert_false(ech_is_real(e, &a, &h, (struct bytes){ inner, 0 }, 0));
		assert_false(ech_is_real(e, &a, &h, (struct bytes){ inner, 1 }, 0));
	}
	ech_seen_free(e);
}

/* ---- whose MAC address it is ---- */

struct noted {
	const char *addr;
	uint8_t ttl;
};

static const struct {
	const char *what;
	struct noted noted[4];
	bool is_shared;
} macs[] = {
	{ "a host", { { "10.0.0.5", 64 }, { "10.0.0.5", 64 } }, false },
	{ "a host with both families",
	  { { "10.0.0.5", 64 }, { "2001:db8::5", 64 }, { "fd00::5", 64 } },
	  false },
	{ "temporary addresses of one network",
	  { { "2001:db8::5", 64 }, { "2001:db8::6", 64 }, { "2001:db8::7", 64 } },
	  false },
	{ "link-local and no address say nothing",
	  { { "fe80::1", 64 }, { "0.0.0.0", 64 }, { "10.0.0.5", 64 } },
	  false },
	{ "two IPv4 addresses", { { "10.0.0.5", 64 }, { "10.0.0.6", 64 } }, true },
	{ "three networks",
	  { { "2001:db8::5", 64 }, { "2001:db8:1::5", 64 }, { "2001:db8:2::5", 64 } },
	  true },
	{ "came through a router", { { "10.0.0.5", 63 } }, true },
};

static void one_host_or_a_router(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(macs); i++) {
		struct hosts *h = hosts_new(16, KEY);
		struct segment g = { .has_mac = true, .src_mac = { 2, 0, 0, 0, 0, 9 } };
		for (size_t k = 0; k < 4 && macs[i].noted[k].addr; k++) {
			g.src = mkaddr(macs[i].noted[k].addr);
			g.ttl = macs[i].noted[k].ttl;
			hosts_note(h, &g);
			assert_false(hosts_note(h, &g)); /* the second time it is no news */
		}
		if (hosts_is_shared(h, g.src_mac) != macs[i].is_shared)
			fail_msg("%s", macs[i].what);
		hosts_free(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_an_address),
		cmocka_unit_test(answers_for_others_are_not_the_clients),
		cmocka_unit_test(a_flood_of_answers),
		cmocka_unit_test(keys_of_ech),
		cmocka_unit_test(real_ech_keeps_its_number),
		cmocka_unit_test(one_host_or_a_router),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
