#include "tracegen.h"

static const char *trackers[] = { "www.google-analytics.com",
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
const int n_trackers = sizeof trackers / sizeof *trackers;
struct host *hosts;
static int nhosts;
static const char *syllables[] = { "news",  "shop",  "tech",   "media", "daily", "world",  "sport", "game",
				   "photo", "music", "travel", "food",  "auto",  "health", "home",  "blog",
				   "forum", "wiki",  "bank",   "jobs",  "kino",  "stadt",  "land",  "net",
				   "web",   "smart", "cloud",  "data",  "fast",  "blue",   "green", "red",
				   "north", "star",  "sun",    "moon",  "river", "stone",  "zeit",  "post" };
static const char *ends[] = { "com", "com", "com", "org", "net", "de",     "co.uk", "fr",
			      "io",  "nl",  "it",  "es",  "pl",  "com.br", "jp" };
static const char *subdomains[] = { "www", "cdn", "static", "img", "api", "assets", "media", "m" };
uint64_t hash_text(const char *s, uint64_t k)
{
	uint64_t h = 1469598103934665603ULL ^ k;
	while (*s) {
		h ^= (uint8_t)*s++;
		h *= 1099511628211ULL;
	}
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ULL;
	h ^= h >> 32;
	return h;
}

static const uint8_t networks[][2] = { { 142, 250 }, { 172, 217 }, { 157, 240 }, { 104, 16 }, { 104, 18 },
				       { 151, 101 }, { 13, 224 },  { 52, 84 },   { 23, 45 },  { 185, 60 },
				       { 199, 232 }, { 34, 96 },   { 35, 190 },  { 3, 120 },  { 18, 66 },
				       { 54, 230 },  { 93, 184 },  { 81, 19 },   { 212, 82 }, { 91, 198 } };
static void host_make(struct host *h, const char *n)
{
	snprintf(h->n, sizeof h->n, "%s", n);
	h->len = strlen(h->n);
	uint64_t x = hash_text(n, opt.seed);
	h->nip = 1 + (x & 3);
	int share = (x >> 8) % 10 < 4; /* 40%: shared CDN addresses */
	for (int i = 0; i < 4; i++) {
		uint64_t y = share ? hash_text("cdn", (x >> 16) % 64 * 4 + i) : hash_text(n, 1000 + i);
		const uint8_t *p = networks[y % 20];
		h->ip4[i] = (uint32_t)p[0] << 24 | p[1] << 16 | ((y >> 16) & 0xffff);
		if (i < 2) {
			uint8_t *q = h->ip6[i];
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

void hosts_make(void)
{
	hosts = calloc(n_trackers + N_SITES * 8, sizeof *hosts);
	for (int i = 0; i < n_trackers; i++)
		host_make(&hosts[nhosts++], trackers[i]);
	for (int i = 0; i < N_SITES; i++) {
		uint64_t x = hash_text("site", i * 77 + 5);
		char b[64];
		for (int j = 0; j < 8; j++) {
			snprintf(b, sizeof b, "%s.%s%s%d.%s", subdomains[j], syllables[x % 40],
				 syllables[(x >> 8) % 40], i % 97, ends[(x >> 16) % 15]);
			host_make(&hosts[nhosts++], b);
		}
	}
}
