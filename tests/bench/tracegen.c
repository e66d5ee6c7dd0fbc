/* Makes captures for the benchmark from a seed: browsing, many tiny flows, a flood of SYNs. Deterministic for
 * a given set of options: own random numbers, no wall clock. A tool of the bench alone; it shares nothing
 * with the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

/* ---------- PRNG ---------- */
static u64 S[4];
static inline u64 rotl(u64 x, int k)
{
	return (x << k) | (x >> (64 - k));
}
static inline u64 rnd(void)
{
	u64 r = rotl(S[1] * 5, 7) * 9, t = S[1] << 17;
	S[2] ^= S[0];
	S[3] ^= S[1];
	S[1] ^= S[2];
	S[0] ^= S[3];
	S[2] ^= t;
	S[3] = rotl(S[3], 45);
	return r;
}
static u64 smx(u64 *x)
{
	u64 z = (*x += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}
static double U(void)
{
	return (rnd() >> 11) * (1.0 / 9007199254740992.0);
}
static u32 R(u32 n)
{
	return (u32)(((rnd() >> 32) * (u64)n) >> 32);
}
static u32 RR(u32 a, u32 b)
{
	return a + R(b - a + 1);
}
static double normal(void)
{
	double u = U() + 1e-18, v = U();
	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}
static double expo(double m)
{
	return -m * log(U() + 1e-18);
}
static void rbytes(u8 *p, int n)
{
	while (n >= 8) {
		u64 r = rnd();
		memcpy(p, &r, 8);
		p += 8;
		n -= 8;
	}
	if (n) {
		u64 r = rnd();
		memcpy(p, &r, n);
	}
}

/* ---------- options ---------- */
static int clients = 500, visits = 1000000, fmt = 0;
static u64 maxpk = 100000, seed = 1;
static double dnsp = .85, vrate = 0.02;
static int tiny = 0, synflood = 0;
static u64 maxflows = 0;
static const char *outf = "out.pcap", *truthf = NULL;

/* Shares of connections, the size of what they carry, flows of a visit, and sites. */
static const double v6p = .35, quicp = .2, httpp = .04, noisep = .02, pqp = .5, tls12p = .06, med = 10000,
		    sigma = 2.146, fpv = 22, rtxp = .002;
static const int nsites = 3000;

/* ---------- writer ---------- */
#define OBS (8 << 20)
static u8 *ob;
static size_t on;
static int ofd;
static u64 npk, nby, nwire;
static i64 now;
static void flushout(void)
{
	size_t o = 0;
	while (o < on) {
		ssize_t w = write(ofd, ob + o, on - o);
		if (w < 0) {
			perror("write");
			exit(1);
		}
		o += w;
	}
	on = 0;
}
static void p16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}
static void p24(u8 *p, u32 v)
{
	p[0] = v >> 16;
	p[1] = v >> 8;
	p[2] = v;
}
static void p32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}
static void out_open(void)
{
	ofd = open(outf, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (ofd < 0) {
		perror(outf);
		exit(1);
	}
	ob = malloc(OBS + 65536 * 2);
	if (fmt == 1) { /* pcapng: SHB + IDB(if_tsresol 9 = ns) */
		u32 shb[] = { 0x0A0D0D0A, 28, 0x1A2B3C4D, 0x00000001, 0xffffffff, 0xffffffff, 28 };
		memcpy(ob, shb, 28);
		on = 28;
		u32 idb[] = { 1, 32, 1, 262144, 0x00010009, 0x00000009, 0, 32 };
		memcpy(ob + on, idb, 32);
		on += 32;
	} else {
		u32 h[] = { fmt == 2 ? 0xa1b23c4d : 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1 };
		memcpy(ob, h, 24);
		on = 24;
	}
}
static u8 *pk_begin(void)
{
	return ob + on + (fmt == 1 ? 28 : 16);
}
static void pk_end(int len)
{
	if (fmt == 1) {
		u32 pad = (4 - (len & 3)) & 3;
		u32 tot = 32 + len + pad;
		u32 h[7] = { 6, tot, 0, (u32)((u64)now >> 32), (u32)now, len, len };
		memcpy(ob + on, h, 28);
		memset(ob + on + 28 + len, 0, pad);
		memcpy(ob + on + 28 + len + pad, &tot, 4);
		on += tot;
	} else {
		u32 h[4] = { (u32)(now / 1000000000),
			     (u32)(fmt == 2 ? now % 1000000000 : (now % 1000000000) / 1000), len, len };
		memcpy(ob + on, h, 16);
		on += 16 + len;
	}
	npk++;
	nwire += len;
	if (on >= OBS)
		flushout();
}

/* ---------- names ---------- */
static const char *trk[] = { "www.google-analytics.com",
			     "stats.g.doubleclick.net",
			     "securepubads.g.doubleclick.net",
			     "googleads.g.doubleclick.net",
			     "ad.doubleclick.net",
			     "pagead2.googlesyndication.com",
			     "tpc.googlesyndication.com",
			     "www.googletagmanager.com",
			     "www.googleadservices.com",
			     "fonts.googleapis.com",
			     "fonts.gstatic.com",
			     "connect.facebook.net",
			     "www.facebook.com",
			     "graph.facebook.com",
			     "an.facebook.com",
			     "static.criteo.net",
			     "bidder.criteo.com",
			     "gum.criteo.com",
			     "sslwidget.criteo.com",
			     "ib.adnxs.com",
			     "secure.adnxs.com",
			     "acdn.adnxs.com",
			     "sb.scorecardresearch.com",
			     "b.scorecardresearch.com",
			     "pixel.quantserve.com",
			     "secure.quantserve.com",
			     "rules.quantcount.com",
			     "cm.g.doubleclick.net",
			     "match.adsrvr.org",
			     "insight.adsrvr.org",
			     "js.adsrvr.org",
			     "pixel.rubiconproject.com",
			     "fastlane.rubiconproject.com",
			     "eus.rubiconproject.com",
			     "ads.pubmatic.com",
			     "image2.pubmatic.com",
			     "hbopenbid.pubmatic.com",
			     "simage2.pubmatic.com",
			     "us-u.openx.net",
			     "rtb.openx.net",
			     "ssum-sec.casalemedia.com",
			     "htlb.casalemedia.com",
			     "dsum-sec.casalemedia.com",
			     "ups.analytics.yahoo.com",
			     "sp.analytics.yahoo.com",
			     "pixel.advertising.com",
			     "c.amazon-adsystem.com",
			     "aax.amazon-adsystem.com",
			     "s.amazon-adsystem.com",
			     "aax-eu.amazon-adsystem.com",
			     "static.hotjar.com",
			     "script.hotjar.com",
			     "vars.hotjar.com",
			     "in.hotjar.com",
			     "bat.bing.com",
			     "www.clarity.ms",
			     "c.clarity.ms",
			     "a.clarity.ms",
			     "px.ads.linkedin.com",
			     "snap.licdn.com",
			     "static.ads-twitter.com",
			     "analytics.twitter.com",
			     "t.co",
			     "analytics.tiktok.com",
			     "sc-static.net",
			     "tr.snapchat.com",
			     "ct.pinterest.com",
			     "s.pinimg.com",
			     "cdn.taboola.com",
			     "trc.taboola.com",
			     "match.taboola.com",
			     "widgets.outbrain.com",
			     "log.outbrainimg.com",
			     "sync.outbrain.com",
			     "tags.tiqcdn.com",
			     "collect.tealiumiq.com",
			     "dpm.demdex.net",
			     "cm.everesttech.net",
			     "assets.adobedtm.com",
			     "sstats.adobe.com",
			     "metrics.adobe.io",
			     "bam.nr-data.net",
			     "js-agent.newrelic.com",
			     "cdn.segment.com",
			     "api.segment.io",
			     "cdn.mxpnl.com",
			     "api.mixpanel.com",
			     "api.amplitude.com",
			     "cdn.amplitude.com",
			     "rs.fullstory.com",
			     "edge.fullstory.com",
			     "browser.sentry-cdn.com",
			     "o1.ingest.sentry.io",
			     "cdn.optimizely.com",
			     "logx.optimizely.com",
			     "dev.visualwebsiteoptimizer.com",
			     "mc.yandex.ru",
			     "an.yandex.ru",
			     "top-fwz1.mail.ru",
			     "counter.yadro.ru",
			     "tags.bluekai.com",
			     "stags.bluekai.com",
			     "sync.mathtag.com",
			     "pixel.mathtag.com",
			     "rtb.gumgum.com",
			     "g2.gumgum.com",
			     "ap.lijit.com",
			     "ce.lijit.com",
			     "sync.1rx.io",
			     "rtb.mfadsrvr.com",
			     "id5-sync.com",
			     "lb.eu-1-id5-sync.com",
			     "idsync.rlcdn.com",
			     "api.rlcdn.com",
			     "pippio.com",
			     "sync.crwdcntrl.net",
			     "bcp.crwdcntrl.net",
			     "tags.crwdcntrl.net",
			     "ads.stickyadstv.com",
			     "cdn.krxd.net",
			     "beacon.krxd.net",
			     "cdn.cookielaw.org",
			     "geolocation.onetrust.com",
			     "consent.cookiebot.com",
			     "cdn.privacy-mgmt.com",
			     "sdk.privacy-center.org",
			     "cmp.quantcast.com",
			     "cdn.jsdelivr.net",
			     "cdnjs.cloudflare.com",
			     "unpkg.com",
			     "static.cloudflareinsights.com",
			     "ajax.googleapis.com",
			     "code.jquery.com",
			     "use.typekit.net",
			     "p.typekit.net",
			     "kit.fontawesome.com",
			     "www.gstatic.com",
			     "www.recaptcha.net",
			     "js.stripe.com",
			     "m.stripe.network",
			     "www.paypal.com",
			     "widget.intercom.io",
			     "api-iam.intercom.io",
			     "js.hs-scripts.com",
			     "track.hubspot.com",
			     "forms.hsforms.com",
			     "munchkin.marketo.net",
			     "cdn.onesignal.com",
			     "cdn.branch.io",
			     "api2.branch.io",
			     "app.adjust.com",
			     "t.appsflyer.com",
			     "wa.appsflyer.com",
			     "ping.chartbeat.net",
			     "static.chartbeat.com",
			     "mab.chartbeat.com",
			     "cdn.parsely.com",
			     "p1.parsely.com",
			     "cdn.permutive.com",
			     "api.permutive.com",
			     "prebid-server.rubiconproject.com",
			     "prebid.a-mo.net",
			     "sync.a-mo.net",
			     "x.bidswitch.net",
			     "sync.smartadserver.com",
			     "ww1097.smartadserver.com",
			     "ced.sascdn.com",
			     "cs.emxdgt.com",
			     "visitor.omnitagjs.com",
			     "ad.360yield.com",
			     "match.sharethrough.com",
			     "btlr.sharethrough.com",
			     "eb2.3lift.com",
			     "tlx.3lift.com",
			     "ads.yieldmo.com",
			     "creativecdn.com",
			     "ams.creativecdn.com",
			     "cdn.teads.tv",
			     "a.teads.tv",
			     "t.teads.tv",
			     "sync.teads.tv",
			     "fw.adsafeprotected.com",
			     "pixel.adsafeprotected.com",
			     "cdn.doubleverify.com",
			     "tps.doubleverify.com",
			     "z.moatads.com",
			     "px.moatads.com",
			     "sync.ipredictive.com",
			     "d.agkn.com",
			     "aa.agkn.com",
			     "trends.revcontent.com",
			     "jadserve.postrelease.com",
			     "s.ntv.io",
			     "ml314.com",
			     "tag.demandbase.com",
			     "cdn.bizible.com",
			     "j.6sc.co",
			     "b.6sc.co",
			     "epsilon.6sense.com",
			     "cdn.heapanalytics.com",
			     "heapanalytics.com",
			     "cdn.matomo.cloud",
			     "plausible.io",
			     "gaua.hit.gemius.pl",
			     "ls.hit.gemius.pl",
			     "logs1279.xiti.com",
			     "a.xiti.com",
			     "de.ioam.de",
			     "script.ioam.de",
			     "ad.yieldlab.net",
			     "adx.adform.net",
			     "track.adform.net",
			     "s2.adform.net",
			     "dmp.adform.net",
			     "cdn.flashtalking.com",
			     "servedby.flashtalking.com",
			     "secure.flashtalking.com" };
#define NT ((int)(sizeof trk / sizeof *trk))
typedef struct {
	char n[64];
	int len;
	u32 ip4[4];
	u8 ip6[2][16];
	int nip;
	char cn[64];
	int quic, v6;
} host;
static host *hosts;
static int nhosts;
static const char *syl[] = { "news",  "shop",  "tech",   "media", "daily", "world",  "sport", "game",
			     "photo", "music", "travel", "food",  "auto",  "health", "home",  "blog",
			     "forum", "wiki",  "bank",   "jobs",  "kino",  "stadt",  "land",  "net",
			     "web",   "smart", "cloud",  "data",  "fast",  "blue",   "green", "red",
			     "north", "star",  "sun",    "moon",  "river", "stone",  "zeit",  "post" };
static const char *tld[] = { "com", "com", "com", "org", "net", "de",     "co.uk", "fr",
			     "io",  "nl",  "it",  "es",  "pl",  "com.br", "jp" };
static const char *sub[] = { "www", "cdn", "static", "img", "api", "assets", "media", "m" };
static u64 hh(const char *s, u64 k)
{
	u64 h = 1469598103934665603ULL ^ k;
	while (*s) {
		h ^= (u8)*s++;
		h *= 1099511628211ULL;
	}
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ULL;
	h ^= h >> 32;
	return h;
}
static const u8 pre4[][2] = { { 142, 250 }, { 172, 217 }, { 157, 240 }, { 104, 16 }, { 104, 18 },
			      { 151, 101 }, { 13, 224 },  { 52, 84 },   { 23, 45 },  { 185, 60 },
			      { 199, 232 }, { 34, 96 },   { 35, 190 },  { 3, 120 },  { 18, 66 },
			      { 54, 230 },  { 93, 184 },  { 81, 19 },   { 212, 82 }, { 91, 198 } };
static void mkhost(host *h, const char *n)
{
	snprintf(h->n, sizeof h->n, "%s", n);
	h->len = strlen(h->n);
	u64 x = hh(n, seed);
	h->nip = 1 + (x & 3);
	int share = (x >> 8) % 10 < 4; /* 40%: shared CDN addresses */
	for (int i = 0; i < 4; i++) {
		u64 y = share ? hh("cdn", (x >> 16) % 64 * 4 + i) : hh(n, 1000 + i);
		const u8 *p = pre4[y % 20];
		h->ip4[i] = (u32)p[0] << 24 | p[1] << 16 | ((y >> 16) & 0xffff);
		if (i < 2) {
			u8 *q = h->ip6[i];
			memset(q, 0, 16);
			q[0] = 0x2a;
			q[1] = 0x00 | (y & 3);
			q[2] = 0x14;
			q[3] = 0x50;
			q[4] = 0x40;
			q[5] = (y >> 24);
			memcpy(q + 12, &y, 4);
		}
	}
	h->quic = ((x >> 40) % 100) < 45;
	h->v6 = ((x >> 48) % 100) < 65;
	h->cn[0] = 0;
	if ((x >> 20) % 100 < 30)
		snprintf(h->cn, sizeof h->cn, "e%u.b.akamaiedge.example.net", (unsigned)(x % 9999));
}
static void mknames(void)
{
	hosts = calloc(NT + nsites * 8, sizeof *hosts);
	for (int i = 0; i < NT; i++)
		mkhost(&hosts[nhosts++], trk[i]);
	for (int i = 0; i < nsites; i++) {
		u64 x = hh("site", i * 77 + 5);
		char b[64];
		for (int j = 0; j < 8; j++) {
			snprintf(b, sizeof b, "%s.%s%s%d.%s", sub[j], syl[x % 40], syl[(x >> 8) % 40], i % 97,
				 tld[(x >> 16) % 15]);
			mkhost(&hosts[nhosts++], b);
		}
	}
}

/* ---------- random pool ---------- */
#define POOL (4 << 20)
static u8 *pool;

/* Bytes that look like ciphertext, 64 KiB and more of them. */
static const u8 *noise(void)
{
	return pool + (rnd() & (POOL - 65536));
}

/* ---------- checksums ---------- */
static u64 csum_add(const u8 *p, int n, u64 s)
{
	while (n >= 8) {
		u64 v;
		memcpy(&v, p, 8);
		s += v & 0xffffffff;
		s += v >> 32;
		p += 8;
		n -= 8;
	}
	while (n >= 2) {
		u16 v;
		memcpy(&v, p, 2);
		s += v;
		p += 2;
		n -= 2;
	}
	if (n)
		s += *p;
	return s;
}
static u16 csum_fin(u64 s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

/* ---------- flows ---------- */
typedef struct flow flow;
struct flow {
	i64 t;
	u32 id;
	int kind;
	int st;
	host *h;
	int client;
	int visit;
	int v6;
	u16 sp, dp;
	u8 src[16], dst[16];
	u32 sq, rq;
	u32 tsv;
	int ts;
	int mss;
	i64 rtt;
	u8 *ch;
	int chlen, choff;
	int split, sni2, chaos, pq, t12, swap;
	u8 *sf;
	int sflen, sfoff;
	u8 *q[2];
	int ql[2];
	u8 *qs;
	int qsl;
	u8 dcid[8], scid[8];
	i64 up, down;
	i64 rl[2];
	int burst, unack;
	i64 idle;
	int uplink;
	u64 pk, by;
	int snidone;
	int pend;
	int qt;
	int qn;
	u16 ipid;
	int rst;
};
enum { K_TLS, K_QUIC, K_HTTP, K_DNS, K_NOISE };
typedef struct {
	i64 t;
	flow *f;
} ev;
static ev *hp;
static int hn, hcap;
static void push(flow *f, i64 t)
{
	f->t = t;
	if (hn == hcap) {
		hcap = hcap ? hcap * 2 : 4096;
		hp = realloc(hp, hcap * sizeof *hp);
	}
	int i = hn++;
	while (i && hp[(i - 1) / 2].t > t) {
		hp[i] = hp[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	hp[i].t = t;
	hp[i].f = f;
}
static flow *pop(void)
{
	flow *r = hp[0].f;
	ev l = hp[--hn];
	int i = 0;
	for (;;) {
		int c = 2 * i + 1;
		if (c >= hn)
			break;
		if (c + 1 < hn && hp[c + 1].t < hp[c].t)
			c++;
		if (hp[c].t >= l.t)
			break;
		hp[i] = hp[c];
		i = c;
	}
	if (hn)
		hp[i] = l;
	return r;
}
static FILE *tf;
static u32 nflow, nconn, ndns;
static u16 *cport;

/* eth+ip header; returns offset to L4. dir 0 = client->server */
static int l2l3(u8 *b, flow *f, int dir, int proto, int l4len)
{
	static const u8 gw[6] = { 2, 0, 0, 0, 0, 1 };
	u8 cm[6] = { 2, 1, f->client >> 24, f->client >> 16, f->client >> 8, f->client };
	memcpy(b, dir ? cm : gw, 6);
	memcpy(b + 6, dir ? gw : cm, 6);
	const u8 *s = dir ? f->dst : f->src, *d = dir ? f->src : f->dst;
	if (!f->v6) {
		p16(b + 12, 0x0800);
		u8 *i = b + 14;
		i[0] = 0x45;
		i[1] = 0;
		p16(i + 2, 20 + l4len);
		p16(i + 4, f->ipid++);
		p16(i + 6, 0x4000);
		i[8] = dir ? 56 : 64;
		i[9] = proto;
		i[10] = i[11] = 0;
		memcpy(i + 12, s, 4);
		memcpy(i + 16, d, 4);
		u16 c = csum_fin(csum_add(i, 20, 0));
		memcpy(i + 10, &c, 2);
		return 34;
	}
	p16(b + 12, 0x86dd);
	u8 *i = b + 14;
	p32(i, 0x60000000 | (f->id & 0xfffff));
	p16(i + 4, l4len);
	i[6] = proto;
	i[7] = dir ? 56 : 64;
	memcpy(i + 8, s, 16);
	memcpy(i + 24, d, 16);
	return 54;
}
static u16 l4sum(flow *f, int dir, int proto, const u8 *p, int n)
{
	u64 s = csum_add(f->src, f->v6 ? 16 : 4, 0);
	s = csum_add(f->dst, f->v6 ? 16 : 4, s);
	u8 ph[4] = { 0, proto, n >> 8, n };
	s = csum_add(ph, 4, s);
	s = csum_add(p, n, s);
	return csum_fin(s);
}
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
static void note(flow *f, int len)
{
	f->pk++;
	f->by += len;
	nby += len;
}
/* emit a tcp segment; payload already placed by fill callback: if data!=NULL copied */
static void tcp(flow *f, int dir, int fl, const u8 *data, int n, int stream)
{
	u8 *b = pk_begin();
	int ol = (fl & SYN) ? 20 : (f->ts ? 12 : 0);
	if ((fl & SYN) && !f->ts)
		ol = 12;
	int l4 = 20 + ol + n;
	int o = l2l3(b, f, dir, 6, l4);
	u8 *t = b + o;
	p16(t, dir ? f->dp : f->sp);
	p16(t + 2, dir ? f->sp : f->dp);
	p32(t + 4, dir ? f->rq : f->sq);
	p32(t + 8, (fl & ACK) ? (dir ? f->sq : f->rq) : 0);
	t[12] = (20 + ol) / 4 << 4;
	t[13] = fl;
	p16(t + 14, (fl & SYN) ? 65535 : 2053);
	t[16] = t[17] = t[18] = t[19] = 0;
	u8 *q = t + 20;
	if (fl & SYN) {
		if (f->ts) {
			u8 x[20] = { 2, 4, 0, 0, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 8 };
			p16(x + 2, f->v6 ? 1440 : 1460);
			p32(x + 8, f->tsv + (u32)(now / 1000000) + (dir ? 77777 : 0));
			memcpy(q, x, 20);
		} else {
			u8 x[12] = { 2, 4, 0, 0, 1, 3, 3, 8, 1, 1, 4, 2 };
			p16(x + 2, f->v6 ? 1440 : 1460);
			memcpy(q, x, 12);
		}
	} else if (f->ts) {
		u8 x[12] = { 1, 1, 8, 10 };
		p32(x + 4, f->tsv + (u32)(now / 1000000) + (dir ? 77777 : 0));
		p32(x + 8, f->tsv + (u32)(now / 1000000) - 5 + (dir ? 0 : 77777));
		memcpy(q, x, 12);
	}
	u8 *d = t + 20 + ol;
	if (data)
		memcpy(d, data, n);
	else if (n) {
		memcpy(d, noise(), n);
		if (stream) {
			i64 *rl = &f->rl[dir];
			i64 left = dir ? f->down : f->up;
			int at = 0;
			while (at < n) {
				if (*rl == 0) {
					i64 rs = left - at;
					if (rs > 16401)
						rs = 16401;
					if (rs < 30)
						rs = 30;
					u8 h[5] = { 0x17, 3, 3, 0, 0 };
					p16(h + 3, (u16)(rs - 5));
					int k = n - at < 5 ? n - at : 5;
					memcpy(d + at, h, k);
					*rl = rs;
				}
				int k = n - at;
				if (k > *rl)
					k = (int)*rl;
				*rl -= k;
				at += k;
			}
		}
	}
	u16 c = l4sum(f, dir, 6, t, l4);
	memcpy(t + 16, &c, 2);
	u32 adv = n + ((fl & SYN) ? 1 : 0) + ((fl & FIN) ? 1 : 0);
	if (dir)
		f->rq += adv;
	else
		f->sq += adv;
	note(f, o + l4);
	static u8 dup[2048];
	int isdup = n > 100 && stream && U() < rtxp;
	if (isdup)
		memcpy(dup, b, o + l4);
	pk_end(o + l4);
	if (isdup && npk < maxpk) {
		u8 *b2 = pk_begin();
		memcpy(b2, dup, o + l4);
		note(f, o + l4);
		pk_end(o + l4);
	}
}
static void udp(flow *f, int dir, const u8 *data, int n)
{
	u8 *b = pk_begin();
	int o = l2l3(b, f, dir, 17, 8 + n);
	u8 *t = b + o;
	p16(t, dir ? f->dp : f->sp);
	p16(t + 2, dir ? f->sp : f->dp);
	p16(t + 4, 8 + n);
	t[6] = t[7] = 0;
	memcpy(t + 8, data, n);
	u16 c = l4sum(f, dir, 17, t, 8 + n);
	if (!c)
		c = 0xffff;
	memcpy(t + 6, &c, 2);
	note(f, o + 8 + n);
	pk_end(o + 8 + n);
}

/* ---------- TLS ---------- */
static u16 grease(void)
{
	u8 g = (R(16) << 4) | 0xa;
	return g << 8 | g;
}
/* The head of a record, and of a handshake message. They return where its content goes. */
static u8 *record(u8 *p, int type, int minor, int n)
{
	p[0] = type;
	p[1] = 3;
	p[2] = minor;
	p16(p + 3, n);
	return p + 5;
}
static u8 *message(u8 *p, int type, int n)
{
	p[0] = type;
	p24(p + 1, n);
	return p + 4;
}
/* Both hellos up to their cipher suites. */
static u8 *hello_begin(u8 *p, int type, int quic)
{
	p = message(p, type, 0);
	*p++ = 3;
	*p++ = 3;
	rbytes(p, 32);
	p += 32;
	*p++ = quic ? 0 : 32;
	if (!quic) {
		rbytes(p, 32);
		p += 32;
	}
	return p;
}
/* The lengths of a hello and of its extensions, which begin at el. returns: that of all. */
static int hello_end(u8 *b, u8 *el, u8 *p)
{
	p16(el, p - el - 2);
	p24(b + 1, p - b - 4);
	return p - b;
}
static u8 *key_share(u8 *p, int group, int n)
{
	p16(p, group);
	p16(p + 2, n);
	rbytes(p + 4, n);
	return p + 4 + n;
}
static void shuffle(int *at, int n)
{
	for (int i = 0; i < n; i++)
		at[i] = i;
	for (int i = n - 1; i > 0; i--) {
		int j = R(i + 1), t = at[i];
		at[i] = at[j];
		at[j] = t;
	}
}
/* Extensions in the making: they are put in another order in each hello. */
struct extensions {
	u8 bytes[20][1500];
	int type[20], len[20], n;
};
static u8 *extension(struct extensions *x, int type, const void *bytes, int n)
{
	x->type[x->n] = type;
	x->len[x->n] = n;
	if (bytes)
		memcpy(x->bytes[x->n], bytes, n);
	return x->bytes[x->n++];
}
/* builds handshake message (no record hdr). returns len, *sni = offset of sni host string */
static void put_groups(struct extensions *x, int pq)
{
	const u16 g[5] = { grease(), 0x11ec, 0x1d, 0x17, 0x18 };
	u8 *e = extension(x, 10, 0, pq ? 12 : 10), *p = e + 2;
	for (int i = 0; i < 5; i++)
		if (i != 1 || pq) {
			p16(p, g[i]);
			p += 2;
		}
	p16(e, p - e - 2);
}
static void put_key_shares(struct extensions *x, int pq)
{
	u8 *e = extension(x, 51, 0, 0), *p = e + 2;
	p16(p, grease());
	p16(p + 2, 1);
	p[4] = 0;
	p += 5;
	if (pq)
		p = key_share(p, 0x11ec, 1216);
	p = key_share(p, 0x1d, 32);
	p16(e, p - e - 2);
	x->len[x->n - 1] = p - e;
}
static void put_versions(struct extensions *x, int quic)
{
	if (quic) {
		extension(x, 43, "\2\3\4", 3);
		return;
	}
	u8 *e = extension(x, 43, "\6\0\0\3\4\3\3", 7);
	p16(e + 1, grease());
}
static void put_ech(struct extensions *x)
{
	int n = 144 + 32 * R(4);
	u8 *e = extension(x, 65037, "\0\0\1\0\1", 5);
	e[5] = R(256);
	p16(e + 6, 32);
	rbytes(e + 8, 32);
	p16(e + 40, n);
	rbytes(e + 42, n);
	x->len[x->n - 1] = 42 + n;
}
static void put_tls13(struct extensions *x, int pq, int ech, int quic)
{
	static const u8 parameters[] = { 0x01, 4,    0x80, 0,    0x75, 0x30, 0x03, 2,    0x45, 0xc0, 0x04, 4,
					 0x80, 0xf0, 0,    0,    0x05, 4,    0x80, 0x60, 0,    0,    0x06, 4,
					 0x80, 0x60, 0,    0,    0x07, 4,    0x80, 0x60, 0,    0,    0x08, 2,
					 0x40, 0x64, 0x09, 2,    0x40, 0x67, 0x0f, 0,    0x20, 4,    0x80, 1,
					 0,    0,    0x71, 0x28, 4,    0x52, 0x56, 0x43, 0x4d };
	put_key_shares(x, pq);
	extension(x, 45, "\1\1", 2);
	put_versions(x, quic);
	extension(x, 27, "\2\0\2", 3);
	extension(x, 17613, quic ? "\0\3\2h3" : "\0\3\2h2", 5);
	if (ech)
		put_ech(x);
	if (quic)
		extension(x, 57, parameters, sizeof parameters);
}
static u8 *put_suites(u8 *p, int quic, int t12)
{
	static const u16 cs[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
				  0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035 };
	int first = t12 ? 3 : 0, n = quic ? 3 : 15 - first;
	p16(p, 2 * (n + 1));
	p16(p + 2, grease());
	for (int i = 0; i < n; i++)
		p16(p + 4 + 2 * i, cs[first + i]);
	p += 4 + 2 * n;
	*p++ = 1;
	*p++ = 0;
	return p;
}
static int mkch(u8 *b, const char *sni, int pq, int ech, int quic, int t12, int *snio)
{
	static struct extensions x;
	int sl = strlen(sni), ord[20];
	u8 *p = put_suites(hello_begin(b, 1, quic), quic, t12), *el = p, *e;
	p += 2;
	x.n = 0;
	e = extension(&x, 0, 0, sl + 5);
	p16(e, sl + 3);
	e[2] = 0;
	p16(e + 3, sl);
	memcpy(e + 5, sni, sl);
	if (!quic) {
		extension(&x, 23, 0, 0);
		extension(&x, 0xff01, "", 1);
		extension(&x, 11, "\1", 2);
		extension(&x, 35, 0, 0);
		extension(&x, 5, "\1\0\0\0", 5);
		extension(&x, 18, 0, 0);
	}
	put_groups(&x, pq);
	if (quic)
		extension(&x, 16, "\0\3\2h3", 5);
	else
		extension(&x, 16, "\0\14\2h2\10http/1.1", 14);
	extension(&x, 13, "\0\20\4\3\10\4\4\1\5\3\10\5\5\1\10\6\6\1", 18);
	if (!t12)
		put_tls13(&x, pq, ech, quic);
	shuffle(ord, x.n);
	p16(p, grease());
	p16(p + 2, 0);
	p += 4;
	for (int i = 0; i < x.n; i++) {
		int k = ord[i];
		p16(p, x.type[k]);
		p16(p + 2, x.len[k]);
		memcpy(p + 4, x.bytes[k], x.len[k]);
		if (k == 0)
			*snio = p + 9 - b;
		p += 4 + x.len[k];
	}
	p16(p, grease());
	p16(p + 2, 1);
	p[4] = 0;
	p += 5;
	int pad = 512 - (int)(p - b) - 4;
	if (!quic && !pq && !ech && !t12 && pad > 0) {
		p16(p, 21);
		p16(p + 2, pad);
		memset(p + 4, 0, pad);
		p += 4 + pad;
	}
	return hello_end(b, el, p);
}
static int mksh(u8 *b, int pq, int t12, int quic)
{
	u8 *p = hello_begin(b, 2, quic), *el;
	p16(p, t12 ? 0xc02f : 0x1301);
	p[2] = 0;
	el = p + 3;
	p += 5;
	if (!t12) {
		int kl = pq ? 1120 : 32;
		memcpy(p, "\0\53\0\2\3\4\0\63", 8);
		p16(p + 8, kl + 4);
		p = key_share(p + 10, pq ? 0x11ec : 0x1d, kl);
	} else {
		memcpy(p, "\377\1\0\1\0\0\20\0\5\0\3\2h2", 14);
		p += 14;
	}
	return hello_end(b, el, p);
}
#define CERT 621 /* bytes of what stands for a certificate */
static u8 cert[CERT];

/* ---------- QUIC v1 initial protection ---------- */
static void hk_expand(const u8 *sec, const char *label, u8 *out, int n)
{
	u8 info[64];
	int l = strlen(label);
	p16(info, n);
	info[2] = 6 + l;
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, l);
	info[9 + l] = 0;
	info[10 + l] = 1;
	u8 md[32];
	unsigned ml;
	HMAC(EVP_sha256(), sec, 32, info, 11 + l, md, &ml);
	memcpy(out, md, n);
}
static void initial_secret(const u8 *dcid, int n, int server, u8 *key, u8 *iv, u8 *hp_)
{
	static const u8 salt[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
				   0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
	u8 s[32], c[32];
	unsigned ml;
	HMAC(EVP_sha256(), salt, 20, dcid, n, s, &ml);
	hk_expand(s, server ? "server in" : "client in", c, 32);
	hk_expand(c, "quic key", key, 16);
	hk_expand(c, "quic iv", iv, 12);
	hk_expand(c, "quic hp", hp_, 16);
}
static int varint(u8 *p, u64 v)
{
	if (v < 64) {
		p[0] = v;
		return 1;
	}
	if (v < 16384) {
		p16(p, 0x4000 | v);
		return 2;
	}
	p32(p, 0x80000000 | v);
	return 4;
}
/* protect: frames[plen] -> out; returns packet length */
static EVP_CIPHER_CTX *ecb, *gcm;
static int quic_initial(u8 *out, const u8 *keydcid, const u8 *dcid, int dl, const u8 *scid, int sl, u32 pn,
			const u8 *fr, int flen, int server)
{
	u8 key[16], iv[12], hpk[16];
	initial_secret(keydcid, 8, server, key, iv, hpk);
	u8 *p = out;
	*p++ = 0xc0;
	p32(p, 1);
	p += 4;
	*p++ = dl;
	memcpy(p, dcid, dl);
	p += dl;
	*p++ = sl;
	memcpy(p, scid, sl);
	p += sl;
	*p++ = 0;
	p16(p, 0x4000 | (1 + flen + 16));
	p += 2;
	u8 *pnp = p;
	*p++ = pn;
	int hl = p - out;
	iv[11] ^= pn;
	int l;
	if (!gcm) {
		gcm = EVP_CIPHER_CTX_new();
		ecb = EVP_CIPHER_CTX_new();
	}
	EVP_EncryptInit_ex(gcm, EVP_aes_128_gcm(), 0, key, iv);
	EVP_EncryptUpdate(gcm, 0, &l, out, hl);
	EVP_EncryptUpdate(gcm, p, &l, fr, flen);
	EVP_EncryptFinal_ex(gcm, p + flen, &l);
	EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, 16, p + flen);
	u8 m[32];
	EVP_EncryptInit_ex(ecb, EVP_aes_128_ecb(), 0, hpk, 0);
	EVP_CIPHER_CTX_set_padding(ecb, 0);
	EVP_EncryptUpdate(ecb, m, &l, pnp + 4, 16);
	out[0] ^= m[0] & 0x0f;
	pnp[0] ^= m[1];
	return hl + flen + 16;
}
static int frames_put(u8 *fr, const u8 *ch, int *cuts, int *ord, int n)
{
	u8 *p = fr;
	for (int i = 0; i < n; i++) {
		int a = cuts[ord[i]], b = cuts[ord[i] + 1];
		if (R(3) == 0)
			*p++ = 1;
		*p++ = 6;
		p += varint(p, a);
		p += varint(p, b - a);
		memcpy(p, ch + a, b - a);
		p += b - a;
		if (R(4) == 0) {
			int z = R(8);
			memset(p, 0, z);
			p += z;
		}
	}
	return p - fr;
}
/* The head of a packet of the server's handshake, n bytes in all. returns: its length. */
static int handshake_head(u8 *p, const flow *f, int n)
{
	p[0] = 0xe0 | R(16);
	p32(p + 1, 1);
	p[5] = 0;
	p[6] = 8;
	memcpy(p + 7, f->scid, 8);
	p16(p + 15, 0x4000 | (n - 17));
	return 17;
}
/* The head of a short packet: the client names the server's connection id. returns: its length. */
static int short_head(u8 *p, const flow *f, int dir)
{
	p[0] = 0x40 | R(64);
	if (dir)
		return 1;
	memcpy(p + 1, f->scid, 8);
	return 9;
}
static void mkquic(flow *f)
{
	static u8 ch[4096], fr[4096];
	int so;
	int n = mkch(ch, f->h->n, f->pq, !f->pq || R(2), 1, 0, &so);
	rbytes(f->dcid, 8);
	rbytes(f->scid, 8);
	const int CAP = 1250 - 1 - 4 - 1 - 8 - 1 - 1 - 2 - 1 - 16; /* frame bytes per 1250 byte datagram */
	int two = n > CAP - 100;
	f->split = two;
	f->chaos = R(2);
	int first = two ? CAP - 100 - (int)R(60) : n;
	if (first > n)
		first = n;
	f->sni2 = two && (so + f->h->len > first);
	int cross = two && f->chaos && R(2);
	if (cross)
		f->chaos = 2;
	for (int pkt = 0; pkt < (two ? 2 : 1); pkt++) {
		int a = pkt ? first : 0, b = pkt ? n : first;
		int cuts[12], ord[12], k = 1;
		if (f->chaos) {
			k = 2 + R(4);
		}
		cuts[0] = a;
		for (int i = 1; i < k; i++)
			cuts[i] = a + (b - a) * i / k + (int)R(8) - 4;
		cuts[k] = b;
		for (int i = 0; i < k; i++)
			ord[i] = i;
		if (f->chaos)
			shuffle(ord, k);
		int fl = frames_put(fr, ch, cuts, ord, k);
		if (fl > CAP) {
			fprintf(stderr, "quic frames overflow %d\n", fl);
			exit(1);
		}
		memset(fr + fl, 0, CAP - fl);
		u8 *o = malloc(1400);
		f->ql[pkt] = quic_initial(o, f->dcid, f->dcid, 8, 0, 0, 1 + pkt, fr, CAP, 0);
		f->q[pkt] = o;
	}
	if (cross && two) {
		u8 *t = f->q[0];
		f->q[0] = f->q[1];
		f->q[1] = t;
	} /* chaos 2: the datagram with the tail comes first */
	/* server initial + handshake coalesced */
	int sl;
	u8 sh[2048];
	sl = mksh(sh, f->pq, 0, 1);
	u8 *p = fr;
	memcpy(p, "\2\1\0\0\0\6\0", 7); /* an ACK frame, and CRYPTO from its beginning */
	p += 7;
	if (sl > 1150)
		sl = 1150;
	p += varint(p, sl);
	memcpy(p, sh, sl);
	p += sl;
	int fl = p - fr;
	u8 *o = malloc(1400);
	int l = quic_initial(o, f->dcid, (u8 *)"", 0, f->scid, 8, 1, fr, fl, 1);
	if (l < 1200) {
		rbytes(o + l + handshake_head(o + l, f, 1250 - l), 1250 - l - 17);
		l = 1250;
	}
	f->qs = o;
	f->qsl = l;
}

/* ---------- DNS ---------- */
static int dname(u8 *p, const char *n)
{
	u8 *s = p;
	while (*n) {
		const char *d = strchrnul(n, '.');
		int l = d - n;
		*p++ = l;
		memcpy(p, n, l);
		p += l;
		n = *d ? d + 1 : d;
	}
	*p++ = 0;
	return p - s;
}
/* The head of an answer with n bytes of data; name: where it stands. returns: where the data goes. */
static u8 *answer(u8 *b, u8 *p, int name, int type, u32 ttl, int n)
{
	p16(p, 0xc000 | name);
	p16(p + 2, type);
	p16(p + 4, 1);
	p32(p + 6, ttl);
	p16(p + 10, n);
	b[7]++;
	return p + 12;
}
static u8 *put_answers(u8 *b, u8 *p, host *h, int type)
{
	int own = 12;
	if (h->cn[0]) {
		u8 t[80];
		int l = dname(t, h->cn);
		p = answer(b, p, own, 5, 300, l);
		memcpy(p, t, l);
		own = p - b;
		p += l;
	}
	if (type == 1)
		for (int i = 0; i < h->nip; i++, p += 4) {
			p = answer(b, p, own, type, 60 + 30 * i, 4);
			p32(p, h->ip4[i]);
		}
	else if (type == 28 && h->v6)
		for (int i = 0; i < 2; i++, p += 16) {
			p = answer(b, p, own, type, 60, 16);
			memcpy(p, h->ip6[i], 16);
		}
	else if (type == 65 && h->quic) {
		p = answer(b, p, own, type, 300, 13);
		memcpy(p, "\0\1\0\0\1\0\6\2h3\2h2", 13);
		p += 13;
	}
	return p;
}
static int mkdns(u8 *b, flow *f, int type, int resp)
{
	memset(b, 0, 12);
	p16(b, (u16)(f->id * 40503u));
	p16(b + 2, resp ? 0x8180 : 0x0100);
	b[5] = 1;
	u8 *p = b + 12;
	p += dname(p, f->h->n);
	p16(p, type);
	p16(p + 2, 1);
	p += 4;
	return (resp ? put_answers(b, p, f->h, type) : p) - b;
}

static void addr(flow *f, int dns)
{
	int c = f->client;
	if (f->v6) {
		static const u8 pfx[8] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0 };
		memset(f->src, 0, 16);
		memcpy(f->src, pfx, 6);
		p32(f->src + 4 + 2, (u32)c);
		u64 z = hh("c", c);
		memcpy(f->src + 10, &z, 6);
		if (dns) {
			memset(f->dst, 0, 16);
			memcpy(f->dst, "\x20\x01\x0d\xb8\xff\xff", 6);
			f->dst[15] = 0x53;
		} else
			memcpy(f->dst, f->h->ip6[R(2)], 16);
	} else {
		p32(f->src, 0x0a010000u + (u32)c + ((u32)c / 250) * 6 + 2);
		if (dns)
			p32(f->dst, 0x0a000035);
		else
			p32(f->dst, f->h->ip4[R(f->h->nip)]);
	}
	u16 *cp = &cport[c];
	if (*cp < 32768)
		*cp = 32768 + hh("p", c) % 28000;
	f->sp = (*cp)++;
	if (*cp == 0)
		*cp = 32768;
	f->ipid = rnd();
}
static flow *nf(int kind, int client, host *h, int visit)
{
	flow *f = calloc(1, sizeof *f);
	f->kind = kind;
	f->client = client;
	f->h = h;
	f->visit = visit;
	f->id = ++nflow;
	f->rtt = (i64)((4 + expo(30)) * 1e6);
	return f;
}
static void truth(flow *f)
{
	if (!tf)
		return;
	static const char *kn[] = { "tls", "quic", "http", "dns", "noise" };
	char s[64], d[64];
	if (f->v6) {
		char *q;
		for (int w = 0; w < 2; w++) {
			q = w ? d : s;
			const u8 *a = w ? f->dst : f->src;
			sprintf(q, "%x:%x:%x:%x:%x:%x:%x:%x", a[0] << 8 | a[1], a[2] << 8 | a[3],
				a[4] << 8 | a[5], a[6] << 8 | a[7], a[8] << 8 | a[9], a[10] << 8 | a[11],
				a[12] << 8 | a[13], a[14] << 8 | a[15]);
		}
	} else {
		sprintf(s, "%u.%u.%u.%u", f->src[0], f->src[1], f->src[2], f->src[3]);
		sprintf(d, "%u.%u.%u.%u", f->dst[0], f->dst[1], f->dst[2], f->dst[3]);
	}
	fprintf(tf, "%u\t%s\t%s\t%u\t%s\t%u\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%llu\t%llu\t%d\t%d\n", f->id,
		kn[f->kind], s, f->sp, d, f->dp, f->h && f->kind != K_NOISE ? f->h->n : "-", f->snidone,
		f->split, f->sni2, f->chaos, f->pq, f->t12, (unsigned long long)f->pk,
		(unsigned long long)f->by, f->visit, f->swap);
}
static void fin(flow *f)
{
	truth(f);
	free(f->ch);
	free(f->sf);
	free(f->q[0]);
	free(f->q[1]);
	free(f->qs);
	free(f);
}
static i64 MS(double x)
{
	return (i64)(x * 1e6);
}
static i64 fsize(void)
{
	double v = tiny ? exp(log(500) + normal() * 0.6) : exp(log(med) + normal() * sigma);
	if (v < 60)
		v = 60;
	if (v > 2e8)
		v = 2e8;
	return (i64)v;
}

static void start_conn(int client, host *h, int visit, i64 t)
{
	double u = U();
	int kind = K_TLS;
	if (u < noisep)
		kind = K_NOISE;
	else if (u < noisep + httpp)
		kind = K_HTTP;
	else if (u < noisep + httpp + quicp)
		kind = K_QUIC;
	if (kind != K_NOISE && U() < dnsp) {
		int types[3] = { 1, 28, 65 };
		int n = 2 + (!tiny && (R(2)));
		for (int i = 0; i < n; i++) {
			flow *d = nf(K_DNS, client, h, visit);
			d->v6 = U() < .2;
			d->dp = 53;
			d->qt = types[i];
			addr(d, 1);
			d->rtt = (i64)(2e6 + expo(12e6));
			push(d, t + i * MS(.08));
			ndns++;
		}
		t += MS(18 + expo(8));
	}
	flow *f = nf(kind, client, h, visit);
	nconn++;
	f->v6 = (U() < v6p / 0.65) && h->v6;
	f->dp = kind == K_HTTP ? 80 : 443;
	f->ts = (hh("os", client) & 1);
	f->sq = rnd();
	f->rq = rnd();
	f->tsv = rnd();
	f->mss = (f->v6 ? 1440 : 1460) - (f->ts ? 12 : 0);
	i64 sz = fsize();
	f->uplink = (R(100) < 8);
	if (f->uplink) {
		f->up = sz;
		f->down = 300 + R(2000);
	} else {
		f->down = sz;
		f->up = tiny ? 200 + R(300) : 350 + R(1200) + sz / 60;
	}
	f->idle = tiny ? MS(1 + expo(20)) : (R(3) ? MS(expo(8000)) : MS(30000 + expo(30000)));
	f->rst = R(100) < 12;
	if (kind == K_NOISE) {
		f->dp = (u16[]){ 123, 3478, 5353, 6881, 27015, 50000 }[R(6)];
		f->qn = tiny ? 2 : 2 + R(40);
	}
	addr(f, 0);
	push(f, t);
}

static u8 tmp[8192];

/* Steps of each kind of flow: emit one packet; they return the delay to the next, or -1. gap: between two
 * packets of a train. */
static i64 step_dns(flow *f)
{
	udp(f, f->st, tmp, mkdns(tmp, f, f->qt, f->st));
	f->snidone = 1;
	return f->st++ ? -1 : f->rtt;
}
static i64 step_noise(flow *f)
{
	int n = 20 + R(200);
	udp(f, f->qn & 1, noise(), n);
	return --f->qn > 0 ? MS(expo(50)) : -1;
}

/* A datagram of one short packet with n bytes behind its head. */
static void udp_short(flow *f, int dir, int n, int is_all)
{
	int o = short_head(tmp, f, dir);
	memcpy(tmp + o, noise(), n);
	udp(f, dir, tmp, is_all ? o + n : n);
}
/* The client's last packet of the handshake, and its first short one. */
static void quic_finished(flow *f)
{
	u8 *p = tmp;
	p[0] = 0xe0 | R(16);
	p32(p + 1, 1);
	p[5] = 8;
	memcpy(p + 6, f->scid, 8);
	p[14] = 0;
	p16(p + 15, 0x4000 | 60);
	memcpy(p + 17, noise(), 60);
	int o = 77 + short_head(p + 77, f, 0), m = 40 + R(200);
	memcpy(p + o, noise(), m);
	udp(f, 0, tmp, o + m);
}
static i64 quic_data(flow *f, i64 gap)
{
	int dir = !f->uplink, n = dir ? 1350 : 1330;
	i64 *l = dir ? &f->down : &f->up;
	if (*l <= 0) {
		f->st = 6;
		return f->idle;
	}
	if (*l < n)
		n = *l < 30 ? 30 : (int)*l;
	udp_short(f, dir, n, 0);
	*l -= n;
	if (++f->unack >= 4) {
		f->unack = 0;
		f->st = 7;
		return gap;
	}
	if (--f->burst <= 0) {
		f->burst = 10 + R(30);
		return f->rtt;
	}
	return gap;
}
static i64 step_quic(flow *f, i64 gap)
{
	int n;
	switch (f->st) {
	case 0:
		f->pq = U() < pqp * 1.2;
		mkquic(f);
		udp(f, 0, f->q[0], f->ql[0]);
		f->snidone = !f->q[1];
		f->st = f->q[1] ? 1 : 2;
		return f->q[1] ? MS(.05) : f->rtt;
	case 1:
		udp(f, 0, f->q[1], f->ql[1]);
		f->snidone = 1;
		f->st = 2;
		return f->rtt;
	case 2:
		udp(f, 1, f->qs, f->qsl);
		f->st = 3;
		f->pend = 2 + R(2);
		return gap;
	case 3:
		n = f->pend > 1 ? 1250 : 400 + R(800);
		handshake_head(tmp, f, n);
		memcpy(tmp + 17, noise(), n - 17);
		udp(f, 1, tmp, n);
		if (--f->pend)
			return gap;
		f->st = 4;
		return f->rtt;
	case 4:
		quic_finished(f);
		f->st = 5;
		f->burst = 10;
		return f->rtt;
	case 5:
		return quic_data(f, gap);
	case 7:
		n = 28 + R(12);
		udp_short(f, f->uplink, n, 1);
		f->st = 5;
		return gap;
	default:
		udp_short(f, 0, 35, 0);
		return -1;
	}
}

static void make_request(flow *f)
{
	int so;
	f->ch = malloc(4096);
	if (f->kind == K_HTTP) {
		f->chlen = snprintf((char *)f->ch, 2000,
				    "GET /%s/%u.js?r=%llu HTTP/1.1\r\nHost: %s\r\nConnection: "
				    "keep-alive\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
				    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
				    "Safari/537.36\r\nAccept: */*\r\nReferer: http://%s/\r\nAccept-Encoding: "
				    "gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n",
				    "assets", R(10000), (unsigned long long)rnd(), f->h->n, f->h->n);
		return;
	}
	f->t12 = U() < tls12p;
	f->pq = !f->t12 && U() < pqp / (1 - tls12p);
	int n = mkch(f->ch + 5, f->h->n, f->pq, R(2), 0, f->t12, &so);
	record(f->ch, 0x16, 1, n);
	f->chlen = n + 5;
	f->split = f->chlen > f->mss;
	f->sni2 = f->split && so + 5 + f->h->len > f->mss;
	f->swap = f->split && R(100) < 1;
}
static void make_answer(flow *f)
{
	f->sf = malloc(16384);
	if (f->kind == K_HTTP) {
		f->sflen = snprintf((char *)f->sf, 1000,
				    "HTTP/1.1 200 OK\r\nContent-Type: "
				    "application/octet-stream\r\nContent-Length: %lld\r\nServer: "
				    "nginx\r\nCache-Control: max-age=600\r\n\r\n",
				    (long long)f->down);
		f->uplink = 0;
		return;
	}
	int n = mksh(f->sf + 5, f->pq, f->t12, 0);
	u8 *p = record(f->sf, 0x16, 3, n) + n;
	if (f->t12) { /* a certificate, a key exchange, and that it is done */
		p = message(record(p, 0x16, 3, CERT + 10), 0x0b, CERT + 6);
		p24(p, CERT + 3);
		p24(p + 3, CERT);
		memcpy(p + 6, cert, CERT);
		p = message(record(p + 6 + CERT, 0x16, 3, 304), 0x0c, 300);
		memcpy(p, "\3\0\x1d\x20", 4);
		rbytes(p + 4, 32);
		memcpy(p + 36, "\4\3\1\4", 4);
		rbytes(p + 40, 260);
		p = message(record(p + 300, 0x16, 3, 4), 0x0e, 0);
	} else {
		n = tiny ? 300 + R(300) : 2200 + R(2200);
		memcpy(p, "\x14\3\3\0\1\1", 6);
		p = record(p + 6, 0x17, 3, n);
		memcpy(p, noise(), n);
		p += n;
	}
	f->sflen = p - f->sf;
}
/* The next piece of what one end says in its handshake. returns: true if it was the last. */
static int tcp_piece(flow *f, int dir, const u8 *bytes, int len, int *off)
{
	int n = len - *off > f->mss ? f->mss : len - *off, last = *off + n == len;
	tcp(f, dir, ACK | (last ? PSH : 0), bytes + *off, n, 0);
	*off += n;
	return last;
}
/* The second segment of a hello goes first. */
static void tcp_tail_first(flow *f)
{
	u32 sq = f->sq;
	f->sq += f->mss;
	tcp(f, 0, ACK | PSH, f->ch + f->mss, f->chlen - f->mss, 0);
	f->sq = sq;
}
/* CCS + Finished (+key exch) + first request */
static void tcp_finished(flow *f)
{
	int n = f->t12 ? 40 : 53;
	u8 *p = tmp;
	if (f->t12) {
		memcpy(p, "\x16\3\3\0\x25\x10\0\0\x21\x20", 10);
		rbytes(p + 10, 32);
		p += 42;
	}
	memcpy(p, "\x14\3\3\0\1\1", 6);
	p = record(p + 6, f->t12 ? 0x16 : 0x17, 3, n);
	rbytes(p, 53);
	tcp(f, 0, ACK | PSH, tmp, p + n - tmp, 0);
}
/* Trains of packets, with a pause of the way there and back behind each. */
static i64 after_train(flow *f, i64 gap)
{
	if (--f->burst > 0)
		return gap;
	f->burst = 10 + R(40);
	return f->rtt;
}
static i64 tcp_data(flow *f, i64 gap)
{
	int dir = !f->uplink;
	i64 *l = dir ? &f->down : &f->up;
	if (*l <= 0) {
		f->st = 11;
		return f->unack ? MS(.1) : f->idle;
	}
	int n = *l > f->mss ? f->mss : (int)*l;
	tcp(f, dir, ACK | (*l == n ? PSH : 0), 0, n, f->kind != K_HTTP);
	*l -= n;
	if (++f->unack < 2)
		return after_train(f, gap);
	f->unack = 0;
	f->st = 10;
	return gap;
}
static i64 tcp_end(flow *f)
{
	if (f->unack) {
		tcp(f, f->uplink, ACK, 0, 0, 0);
		f->unack = 0;
		return f->idle;
	}
	tcp(f, 0, (f->rst ? RST : FIN) | ACK, 0, 0, 0);
	f->st = 12;
	return f->rst ? -1 : f->rtt;
}
static i64 step_tcp(flow *f, i64 gap)
{
	int n;
	switch (f->st) {
	case 0:
		tcp(f, 0, SYN, 0, 0, 0);
		f->st = 1;
		return f->rtt;
	case 1:
		tcp(f, 1, SYN | ACK, 0, 0, 0);
		f->st = 2;
		return MS(.05);
	case 2:
		tcp(f, 0, ACK, 0, 0, 0);
		f->st = 3;
		return MS(.2);
	case 3:
		make_request(f);
		if (f->swap) {
			tcp_tail_first(f);
			f->st = 31;
			return MS(.02);
		}
		/* fallthrough */
	case 30:
		f->snidone = tcp_piece(f, 0, f->ch, f->chlen, &f->choff);
		f->st = f->snidone ? 4 : 30;
		return f->snidone ? f->rtt : MS(.02);
	case 31:
		tcp(f, 0, ACK, f->ch, f->mss, 0);
		f->sq += f->chlen - f->mss;
		f->snidone = 1;
		f->st = 4;
		return f->rtt;
	case 4:
		tcp(f, 1, ACK, 0, 0, 0);
		make_answer(f);
		f->st = 5;
		return tiny ? gap : MS(.3 + expo(3));
	case 5:
		if (!tcp_piece(f, 1, f->sf, f->sflen, &f->sfoff))
			return gap;
		f->st = f->kind == K_HTTP ? 9 : 6;
		return MS(.3);
	case 6:
		tcp_finished(f);
		f->st = 7;
		f->burst = 10;
		return MS(.1 + expo(1));
	case 7:
		n = (int)(f->up > 700 ? 500 + R(200) : f->up);
		if (f->uplink)
			n = 500;
		tcp(f, 0, ACK | PSH, 0, n, 1);
		f->up -= n;
		f->st = 8;
		return f->rtt + MS(expo(15));
	case 8:
		tcp(f, 1, ACK, 0, 0, 0);
		f->st = 9;
		return MS(expo(10));
	case 9:
		return tcp_data(f, gap);
	case 10:
		tcp(f, f->uplink, ACK, 0, 0, 0);
		f->st = 9;
		return after_train(f, gap);
	case 11:
		return tcp_end(f);
	case 12:
		tcp(f, 1, FIN | ACK, 0, 0, 0);
		f->st = 13;
		return MS(.05);
	default:
		tcp(f, 0, ACK, 0, 0, 0);
		return -1;
	}
}
static i64 step(flow *f)
{
	i64 gap = MS(.012) + (i64)(expo(.03) * 1e6);
	switch (f->kind) {
	case K_DNS:
		return step_dns(f);
	case K_NOISE:
		return step_noise(f);
	case K_QUIC:
		return step_quic(f, gap);
	default:
		return step_tcp(f, gap);
	}
}
static void flood(void)
{
	flow f = { .ts = 1, .client = 1 };
	for (u64 i = 0; i < maxpk; i++) {
		u32 a = (u32)i * 2654435761u + (u32)seed;
		a ^= a >> 15;
		a *= 0x2c1b3c6du;
		a ^= a >> 12;
		f.id = i;
		p32(f.src, a);
		p32(f.dst, 0xc6336400u | (a & 15));
		f.sp = 1024 + R(64000);
		f.dp = R(2) ? 443 : 80;
		f.sq = rnd();
		f.tsv = rnd();
		f.ipid = rnd();
		now += 2000;
		tcp(&f, 0, SYN, 0, 0, 0);
	}
}
static void start_visit(int visit, i64 t)
{
	int c = R(clients), site = (int)pow(nsites, U()) - 1;
	site = site < 0 ? 0 : site >= nsites ? nsites - 1 : site;
	int n = 1 + (int)expo(fpv - 1);
	if (n > 120)
		n = 120;
	for (int i = 0; i < n; i++) {
		host *h;
		if (i == 0)
			h = &hosts[NT + site * 8];
		else if (R(100) < 35)
			h = &hosts[NT + site * 8 + R(8)];
		else
			h = &hosts[(int)pow(NT, U()) - 1];
		start_conn(c, h, visit, t);
		t += i ? MS(expo(120)) : MS(60 + expo(100));
	}
}
static void browse(void)
{
	i64 t0 = now;
	int v = 0;
	double nextv = expo(1 / (vrate * clients));
	while (npk < maxpk) {
		i64 nv = v < visits && !(maxflows && nflow >= maxflows) ? t0 + (i64)(nextv * 1e9) : INT64_MAX;
		if (!hn && nv == INT64_MAX)
			break;
		if (!hn || nv <= hp[0].t) {
			start_visit(v++, nv);
			nextv += expo(1 / (vrate * clients));
			continue;
		}
		flow *f = pop();
		now = f->t;
		i64 d = step(f);
		if (d < 0)
			fin(f);
		else
			push(f, now + d);
	}
	u32 open = hn;
	while (hn) {
		flow *f = pop();
		if (f->pk)
			truth(f);
	}
	fprintf(stderr, "flows %u (connections %u dns %u) visits %d open at end %u span %.1f s\n", nflow,
		nconn, ndns, v, open, (now - t0) / 1e9);
}
static int read_options(int ac, char **av)
{
	static struct option lo[] = {
		{ "dns", 1, 0, 1 }, { "visit-rate", 1, 0, 2 }, { "max-flows", 1, 0, 3 }, { 0 }
	};
	int o;
	while ((o = getopt_long(ac, av, "c:v:p:s:f:o:t:P:", lo, 0)) != -1)
		switch (o) {
		case 'c':
			clients = atoi(optarg);
			break;
		case 'v':
			visits = atoi(optarg);
			break;
		case 'p':
			maxpk = strtoull(optarg, 0, 10);
			break;
		case 's':
			seed = strtoull(optarg, 0, 10);
			break;
		case 'f':
			fmt = !strcmp(optarg, "pcapng") ? 1 : !strcmp(optarg, "pcapns") ? 2 : 0;
			break;
		case 'o':
			outf = optarg;
			break;
		case 't':
			truthf = optarg;
			break;
		case 'P':
			tiny = !strcmp(optarg, "tiny");
			synflood = !strcmp(optarg, "synflood");
			break;
		case 1:
			dnsp = atof(optarg);
			break;
		case 2:
			vrate = atof(optarg);
			break;
		case 3:
			maxflows = strtoull(optarg, 0, 10);
			break;
		default:
			return 2;
		}
	return 0;
}
static void truth_open(void)
{
	tf = truthf ? fopen(truthf, "w") : NULL;
	if (!tf)
		return;
	setvbuf(tf, 0, _IOFBF, 1 << 20);
	fputs("id\tkind\tsrc\tsport\tdst\tdport\tname\tname_emitted\tsplit\tsni_in_"
	      "2nd\tchaos\tpq\ttls12\tpackets\tbytes\tvisit\tswapped\n",
	      tf);
}
int main(int ac, char **av)
{
	if (read_options(ac, av) != 0)
		return 2;
	u64 x = seed;
	for (int i = 0; i < 4; i++)
		S[i] = smx(&x);
	pool = malloc(POOL);
	rbytes(pool, POOL);
	cport = calloc(clients + 1, 2);
	mknames();
	for (int k = 0; k < CERT; k++) /* only its length matters */
		cert[k] = (u8)(k * 31);
	out_open();
	truth_open();
	now = 1750000000LL * 1000000000LL;
	if (synflood)
		flood();
	else
		browse();
	flushout();
	if (tf)
		fclose(tf);
	fprintf(stderr, "packets %llu wire bytes %llu\n", (unsigned long long)npk, (unsigned long long)nwire);
	return 0;
}
