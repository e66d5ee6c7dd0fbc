/* Several devices behind one address, told apart where they are at the same site.
 *
 * A browser that goes on to another page of a site uses the connections that it has to it. A page view that
 * opens new ones while older ones of the site are open and in use is another device's (or another
 * profile's: its visits are apart as well). Each device at a site is a line of it: its connections, its page
 * views, its visits. Line 0 is the only one unless that happened more than once.
 *
 * Linux (and so Android) counts on from the port it had last for a server, and begins elsewhere after ten
 * seconds: ports near each other are one device's, and two that are far from each other, taken within a
 * second, two devices'. Routers keep the ports as long as they are free.
 * spec: RFC 6056 section 3.3.4
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "track/attribute_parts.h"

#define APART_MIN 2 /* so many such page views make several devices */
#define PAGE_MIN 0.5f
#define POOL_NS (2 * NS_PER_S) /* connections opened so soon after each other are one page's */
#define POOL_LOOK 64
#define USABLE_NS (60 * NS_PER_S)
#define PORTS_NEAR 200
#define PORTS_MIN 4
#define PORTS_NS (8 * NS_PER_S)
#define PORTS_LIKELY_NS (4 * NS_PER_S)
#define PORTS_SURE_NS NS_PER_S
#define ORDER_NS (50 * NS_PER_MS)

enum same_device device_by_ports(const struct vflow *a, const struct vflow *b)
{
	const struct flow_info *x = a->info, *y = b->info;
	int64_t apart_ns = y->start_ns - x->start_ns;
	int far = (int)y->client_port - (int)x->client_port;

	if (apart_ns < 0 || x->proto != IPPROTO_TCP || y->proto != IPPROTO_TCP || !x->is_complete ||
	    !y->is_complete || apart_ns > PORTS_NS || memcmp(&x->server, &y->server, sizeof(x->server)) != 0)
		return DEVICE_UNKNOWN;
	if (far > 0 ? far <= PORTS_NEAR : apart_ns < ORDER_NS && -far <= PORTS_NEAR)
		return DEVICE_SAME;
	return apart_ns < PORTS_SURE_NS     ? DEVICE_OTHER
	       : apart_ns < PORTS_LIKELY_NS ? DEVICE_LIKELY_OTHER
					    : DEVICE_UNKNOWN;
}

/* Do the ports of connections to one server, opened within a second, come from several devices? Of one that
 * takes ports at random none are near, of one that counts on nearly all.
 */
static bool has_several_by_ports(const struct client *c)
{
	uint32_t near = 0, far = 0;

	for (uint32_t i = 0; i < c->n_flows; i++) {
		uint32_t k = c->flows[i].same_host;

		for (int j = 0; j < 4 && k != NONE; j++, k = c->flows[k].same_host) {
			enum same_device d = device_by_ports(&c->flows[k], &c->flows[i]);

			near += d == DEVICE_SAME && c->flows[i].open_ns - c->flows[k].open_ns < PORTS_SURE_NS;
			far += d == DEVICE_OTHER;
		}
	}
	return near >= PORTS_MIN && far >= PORTS_MIN && far * 20 > near;
}

/* A connection of the site's own, of a browser that keeps sites apart. */
static bool is_own(const struct client *c, const struct vflow *f)
{
	return f->site && f->n_bursts && !f->is_shared && c->classes[f->class].browser >= BROWSER_MIN &&
	       (f->n_post == 0 || posterior_of(f, f->site) > 0.5f);
}

static bool is_multiplexed(const struct vflow *f)
{
	return f->info->alpn[0] == 'h' && f->info->alpn[1] != 't'; /* h2, h3 */
}

/* Lines of a site, as bits: those that had a connection to f's host before f, and those that had one which
 * f's page would have used.
 */
struct lines {
	unsigned had, usable;
};

static struct lines lines_before(const struct client *c, const struct vflow *f, uint32_t site)
{
	struct lines ret = { 0 };
	uint32_t k = f->same_host;

	for (int i = 0; i < 16 && k != NONE; i++, k = c->flows[k].same_host) {
		const struct vflow *o = &c->flows[k];
		bool is_sites = site == f->site ? is_own(c, o) : o->n_post && o->site_of[0] == site;

		if (!is_sites || f->open_ns - o->open_ns < POOL_NS)
			continue;
		ret.had |= 1u << o->line;
		if (o->class == f->class && is_multiplexed(o) && f->open_ns - o->last_ns < USABLE_NS &&
		    (!o->has_totals || o->totals.end_ns > f->open_ns + NS_PER_S))
			ret.usable |= 1u << o->line;
	}
	return ret;
}

bool is_new_device(const struct client *c, const struct vflow *f)
{
	struct lines before;

	if (c->n_devices < 2 || !is_own(c, f))
		return false;
	before = lines_before(c, f, f->site);
	return before.had && before.usable == before.had;
}

/* Lines with a connection that would have been used for one of those which are opened for one page with f. */
static unsigned usable_for_page(const struct client *c, const struct vflow *f)
{
	unsigned lines = 0;

	for (const struct vflow *o = f; o < c->flows + c->n_flows && o - f < POOL_LOOK; o++) {
		if (o->open_ns - f->open_ns >= POOL_NS)
			break;
		if (o->site == f->site && is_own(c, o))
			lines |= lines_before(c, o, f->site).usable;
	}
	return lines;
}

/* The line that was heard of last, of those not in `but`; NONE if there is none. */
static uint32_t latest_line(const struct name_note *site, unsigned but)
{
	uint32_t best = NONE;

	for (uint32_t i = 0; i < site->n_lines; i++)
		if (!(but >> i & 1) && (best == NONE || site->line_ns[i] > site->line_ns[best]))
			best = i;
	return best;
}

/* Lines, as bits, of other programs than the flow's. */
static unsigned other_lines(const struct client *c, const struct vflow *f, const struct name_note *site)
{
	unsigned lines = 0;

	for (uint32_t i = 0; i < site->n_lines; i++)
		if (is_other_browser(c, site->line_class[i], f->class))
			lines |= 1u << i;
	return lines;
}

/* Puts a connection of the site's own on a line. is_apart: a page view that had a connection to use is
 * another device's. returns: whether it was one. */
static bool put_own(const struct client *c, struct vflow *f, struct name_note *site, float page,
		    bool is_apart)
{
	unsigned others = other_lines(c, f, site), usable = is_apart ? usable_for_page(c, f) : 0;
	uint32_t line = latest_line(site, others | usable), any = latest_line(site, others);
	bool is_pool = site->n_lines > 0 && f->open_ns - site->opened_ns < POOL_NS;

	if (is_pool && !(others >> site->opened_line & 1))
		line = site->opened_line;
	else if (line == NONE && any != NONE && page < PAGE_MIN)
		line = any;
	if (line == NONE && site->n_lines == LINES_MAX)
		line = any != NONE ? any : latest_line(site, 0);
	f->line = (uint8_t)(line == NONE ? site->n_lines++ : line);
	if (line == NONE)
		site->line_class[f->line] = f->class;
	site->opened_ns = f->open_ns;
	site->opened_line = f->line;
	return line == NONE && any != NONE;
}

/* returns: how many page views were another device's */
static uint32_t put_lines(struct client *c, const struct names *n, bool is_apart)
{
	uint32_t n_apart = 0;

	for (uint32_t i = 0; i < n->n_noted; i++)
		n->notes[n->noted[i]].n_lines = 0;
	for (uint32_t i = 0; i < c->n_flows; i++)
		c->flows[i].line = 0;
	for (uint32_t i = 0; i < c->n_bursts; i++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		struct vflow *f = &c->flows[b->flow];
		struct name_note *site = &n->notes[f->site];

		if (!is_own(c, f))
			continue;
		if (c->by_time[i] == f->first_burst)
			n_apart += put_own(c, f, site, b->page, is_apart);
		if (f->line < site->n_lines)
			site->line_ns[f->line] = b->b.start_ns;
	}
	return n_apart;
}

/* Kinds of systems whose browsers ask for pages. */
static uint32_t count_systems(const struct client *c)
{
	uint8_t seen[4];
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_classes; i++) {
		const struct class_stat *s = &c->classes[i];
		uint32_t k = 0;

		while (k < n && seen[k] != s->ttl)
			k++;
		if (k == n && k < 4 && s->ttl && s->n_pages >= APART_MIN)
			seen[n++] = s->ttl;
	}
	return n;
}

static void count_pages(struct client *c)
{
	for (uint32_t i = 0; i < c->n_classes; i++)
		c->classes[i].n_pages = 0;
	for (uint32_t i = 0; i < c->n_bursts; i++)
		c->classes[c->flows[c->bursts[i].flow].class].n_pages += c->bursts[i].page >= PAGE_MIN;
}

void device_lines(struct client *c, const struct names *n)
{
	uint32_t systems, most = 1;
	bool is_several = has_several_by_ports(c);

	count_pages(c);
	systems = count_systems(c);
	if (is_several && systems < 2)
		systems = 2;
	if (put_lines(c, n, true) < (is_several ? 1 : APART_MIN))
		put_lines(c, n, false);
	else
		for (uint32_t i = 0; i < n->n_noted; i++)
			most = n->notes[n->noted[i]].n_lines > most ? n->notes[n->noted[i]].n_lines : most;
	c->n_devices = most > systems ? most : systems;
	c->note[0] = '\0';
	if (c->n_devices > 1)
		snprintf(c->note, sizeof(c->note), "one of %u or more devices", c->n_devices);
}

/* When something of the line was last heard of, up to t. */
static int64_t heard_ns(const struct client *c, uint32_t site, uint32_t line, int64_t t)
{
	for (uint32_t i = first_burst_from(c, t + 1), k = 0; i-- > 0 && k < 1024; k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		const struct vflow *f = &c->flows[b->flow];

		if (f->site == site && f->line == line && is_own(c, f))
			return b->b.start_ns;
	}
	return INT64_MIN;
}

/* The device that opened a third party's connection for the site: one that had none to use, of these the one
 * heard of last. */
void device_of_flow(struct client *c, const struct names *n, uint32_t flow)
{
	struct vflow *f = &c->flows[flow];
	const struct name_note *site = &n->notes[f->n_post ? f->site_of[0] : 0];
	int64_t best = INT64_MIN;
	unsigned usable;

	if (!f->n_post || f->site_of[0] == f->site)
		return;
	f->line = 0;
	if (site->n_lines < 2)
		return;
	usable = lines_before(c, f, f->site_of[0]).usable | other_lines(c, f, site);
	if (usable + 1 == 1u << site->n_lines)
		usable = 0;
	for (uint32_t i = 0; i < site->n_lines; i++) {
		int64_t heard = heard_ns(c, f->site_of[0], i, f->open_ns + NS_PER_S / 20);

		if (!(usable >> i & 1) && heard > best) {
			best = heard;
			f->line = (uint8_t)i;
		}
	}
}
