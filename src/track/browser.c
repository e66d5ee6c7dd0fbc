/* Which of a client's programs are browsers, by the way in which a class of hellos opens connections. */
#include <string.h>

#include "base/time.h"
#include "track/visit_parts.h"

#define DENSE_NS (3 * NS_PER_S)
#define DENSE_SITES 4
#define PAGES_MIN 2 /* page views that a browser that people use has */
#define NEAR_MAX 24 /* flows before and after one */

static uint32_t class_index(struct client *c, uint32_t class, uint8_t ttl)
{
	for (uint32_t i = 0; i < c->n_classes; i++)
		if (c->classes[i].class == class && c->classes[i].ttl == ttl)
			return i;
	if (c->n_classes == CLASSES_MAX)
		return CLASSES_MAX - 1;
	c->classes[c->n_classes] = (struct class_stat){ .class = class, .ttl = ttl, .browser = 0.5f };
	return c->n_classes++;
}

/* Systems send 64, 128 or 255, and routers on the way take one each: a browser of one system is another
 * program than the same browser of another.
 */
static uint8_t ttl_sent(uint8_t ttl)
{
	return ttl == 0 ? 0 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

/* Distinct sites, as many as matter. */
struct few {
	uint32_t at[DENSE_SITES], n;
};

static void few_add(struct few *f, uint32_t site)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (f->at[i] == site)
			return;
	if (f->n < DENSE_SITES)
		f->at[f->n++] = site;
}

static void note_near(const struct names *n, const struct vflow *o, uint32_t class, struct few *own,
		      struct few *all)
{
	if (!o->site || n->at[o->name].is_telemetry)
		return;
	few_add(all, o->site);
	if (o->class == class)
		few_add(own, o->site);
}

/* Distinct sites of embedded services near a flow, up to DENSE_SITES: of its class, and of all. */
static void near(const struct client *c, const struct names *n, uint32_t me, uint32_t *ret_own,
		 uint32_t *ret_all)
{
	struct few own = { .n = 0 }, all = { .n = 0 };
	int64_t at = c->flows[me].open_ns;
	uint32_t class = c->flows[me].class;

	for (uint32_t i = me + 1; own.n < DENSE_SITES && i-- > 0 && me - i <= NEAR_MAX &&
				  (i == me || at - c->flows[i].open_ns < DENSE_NS);)
		note_near(n, &c->flows[i], class, &own, &all);
	for (uint32_t i = me + 1; own.n < DENSE_SITES && i < c->n_flows && i - me <= NEAR_MAX &&
				  c->flows[i].open_ns - at < DENSE_NS;
	     i++)
		note_near(n, &c->flows[i], class, &own, &all);
	*ret_own = own.n;
	*ret_all = all.n;
}

static bool is_known_browser(const struct class_stat *s)
{
	return s->class != 0 && s->n_ech * 2 > s->n_flows && s->n_dense >= 4 && s->n_dense * 4 > s->n_flows;
}

/* Browsers offer ECH in every hello (real or GREASE) and HTTP/2 or 3 first; programs on common TLS libraries
 * offer neither. Where no class does, the way of opening connections has to tell.
 */
static float judge_class(const struct class_stat *s, bool has_known)
{
	float dense = (float)s->n_dense / (float)(s->n_flows ? s->n_flows : 1);

	if (s->class == 0 || s->n_flows == 0)
		return 0.5f;
	if (s->n_ech * 2 > s->n_flows)
		return s->n_dense >= 4 ? 0.999f : 0.9f;
	if (has_known)
		return s->n_h2 * 2 > s->n_flows && dense > 0.8f && s->n_flows > 20 ? 0.3f : 0.001f;
	if (s->n_dense >= 4 && dense > 0.3f)
		return 0.98f;
	return s->n_flows >= 5 && s->n_apart * 2 > s->n_flows ? 0.05f : 0.5f;
}

bool is_same_program(const struct client *c, uint32_t a, uint32_t b)
{
	const struct class_stat *x = &c->classes[a], *y = &c->classes[b];

	return a == b || (x->browser > 0.8f && y->browser > 0.8f && x->ttl == y->ttl &&
			  (x->n_quic == 0) != (y->n_quic == 0));
}

bool is_other_browser(const struct client *c, uint32_t a, uint32_t b)
{
	const struct class_stat *x = &c->classes[a], *y = &c->classes[b];

	return x->class && y->class && x->n_pages >= PAGES_MIN && y->n_pages >= PAGES_MIN &&
	       !is_same_program(c, a, b);
}

void browser_classify(struct client *c, const struct names *n)
{
	bool has_known = false;

	c->n_classes = 0;
	class_index(c, 0, 0);
	for (uint32_t i = 0; i < c->n_flows; i++) {
		const struct flow_info *f = c->flows[i].info;

		c->flows[i].class =
		    f->ja4_class ? class_index(c, f->ja4_class, ttl_sent(f->ttl)) : class_index(c, 0, 0);
	}
	for (uint32_t i = 0; i < c->n_flows; i++) {
		struct class_stat *s = &c->classes[c->flows[i].class];
		uint32_t own, all;

		near(c, n, i, &own, &all);
		s->n_flows++;
		s->n_dense += own >= DENSE_SITES;
		s->n_apart += all < DENSE_SITES;
		s->n_psk += c->flows[i].info->has_psk;
		s->n_quic += c->flows[i].info->app == APP_QUIC;
		s->n_ech += c->flows[i].info->ech != ECH_NONE;
		s->n_h2 += strncmp(c->flows[i].info->alpn, "h", 1) == 0 && c->flows[i].info->alpn[1] != 't';
	}
	for (uint32_t i = 0; i < c->n_classes; i++)
		has_known = has_known || is_known_browser(&c->classes[i]);
	for (uint32_t i = 0; i < c->n_classes; i++)
		c->classes[i].browser = judge_class(&c->classes[i], has_known);
}
