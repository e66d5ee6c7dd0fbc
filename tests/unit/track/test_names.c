#include "check.h"

#include <string.h>

#include "lists.h"
#include "track/visit_parts.h"

static uint32_t name_of(struct names *n, const char *text)
{
	struct hostname host;

	assert_true(hostname_parse((struct bytes){ (const uint8_t *)text, strlen(text) }, &host));
	return names_of(n, &host);
}

static const struct {
	const char *a, *b;
	bool is_kin;
} KIN[] = {
	{ "shop.example", "shop-cdn.example", true },
	{ "shop.example", "myshop.example", true },
	{ "healthplanner.example", "ourhealthplan.example", true }, /* healthplan: 10 of 13 */
	{ "healthplanner.example", "healthfood.example", false },   /* health: 6 of 10 */
	{ "bbc.example", "bbci.example", false },                   /* too short to say */
	{ "shop.example", "pohs.example", false },
	{ "shop.example", "shop.example", false },
};

static void kin(void **state)
{
	struct names n;

	(void)state;
	assert_true(names_init(&n, NULL, 64, (struct hash_key){ 1, 2 }));
	for (size_t i = 0; i < COUNT(KIN); i++) {
		uint32_t a = name_of(&n, KIN[i].a), b = name_of(&n, KIN[i].b);

		if (names_are_kin(&n, a, b) != KIN[i].is_kin || names_are_kin(&n, b, a) != KIN[i].is_kin)
			fail_msg("%s, %s", KIN[i].a, KIN[i].b);
	}
	names_fini(&n);
}

static const struct {
	const char *host, *site;
	bool is_for;
} FOR[] = {
	{ "garden.metrics.com", "garden.org", true },   { "garden.d1.metrics.com", "garden.org", true },
	{ "mygarden.metrics.com", "garden.org", true }, { "abc.metrics.com", "abc.org", true },
	{ "abcd.metrics.com", "abc.org", false },       { "eu-abc.metrics.com", "abc.org", true },
	{ "www.garden.com", "garden.org", false },      { "ab.metrics.com", "ab.org", false },
	{ "www.garden.org", "garden.org", false },      { "metrics.com", "metrics.org", false },
	{ "garde.metrics.com", "garden.org", false },
};

static void is_for(void **state)
{
	const struct loaded *know = *state;
	struct names n;

	assert_true(names_init(&n, &know->know, 64, (struct hash_key){ 1, 2 }));
	for (size_t i = 0; i < COUNT(FOR); i++)
		if (names_is_for(&n, name_of(&n, FOR[i].host), name_of(&n, FOR[i].site)) != FOR[i].is_for)
			fail_msg("%s for %s", FOR[i].host, FOR[i].site);
	names_fini(&n);
}

static const struct {
	const char *host;
	bool is_parts;
} PARTS[] = {
	{ "cdn.shop.example", true },      { "static2.shop.example", true }, { "shop-cdn.example", true },
	{ "shopcdn.example", true },       { "img.shop.example", true },     { "www.shop.example", false },
	{ "statics.shop.example", false }, { "imagine.example", false },     { "scache2.shop.example", true },
	{ "ads.shop.example", true },      { "cached.shop.example", false },
};

static void parts(void **state)
{
	struct names n;

	(void)state;
	assert_true(names_init(&n, NULL, 64, (struct hash_key){ 1, 2 }));
	for (size_t i = 0; i < COUNT(PARTS); i++)
		if (n.at[name_of(&n, PARTS[i].host)].is_parts != PARTS[i].is_parts)
			fail_msg("%s", PARTS[i].host);
	names_fini(&n);
}

static const struct {
	const char *host;
	bool is_front;
} FRONTS[] = {
	{ "shop.example.com", false },    { "example.com", true },        { "www.example.com", true },
	{ "m.example.com", true },        { "en.example.com", true },     { "mobile.example.com", true },
	{ "mobiles.example.com", false }, { "a.www.example.com", false }, { "w.example.com", false },
	{ "xx.example.com", false },      { "en.m.example.com", false },
};

static void front(void **state)
{
	const struct loaded *know = *state;
	struct names n;

	assert_true(names_init(&n, &know->know, 64, (struct hash_key){ 1, 2 }));
	for (size_t i = 0; i < COUNT(FRONTS); i++)
		if (n.at[name_of(&n, FRONTS[i].host)].is_front != FRONTS[i].is_front)
			fail_msg("%s", FRONTS[i].host);
	names_fini(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kin), cmocka_unit_test(is_for),
					    cmocka_unit_test(parts), cmocka_unit_test(front) };

	return cmocka_run_group_tests(tests, lists_load, lists_unload);
}
