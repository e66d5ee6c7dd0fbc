#include "capture/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "capture/inflate.h"
#include "capture/pcapfile.h"
#include "capture/pcapng.h"
#include "capture/window.h"

#define GUESS_BYTES 4096U /* of a pcap file, looked at to tell its variant */
#define TIME_BACK_NS (60 * NS_PER_S)
#define TIME_AHEAD_NS (365 * 86400 * NS_PER_S)

enum format { FORMAT_NONE, FORMAT_PCAP, FORMAT_PCAPNG };

struct file {
	struct inflate *in;
	struct window window;
	enum format format;
	struct pcapfile pcap;
	struct pcapng pcapng;
	uint16_t input;
	bool is_finished, has_lent;
	int64_t before_ns; /* time of the packet before */
	struct file_counts counts;
};

/* What a file that we do not read is, as far as its first bytes say. */
static void name_foreign(struct bytes head, char *why, size_t size)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *what;
	} kinds[] = {
		{ "snoop\0\0\0", 8, "a snoop capture; editcap converts it to pcapng" },
		{ "GMBU", 4, "a Network Monitor capture; editcap converts it to pcapng" },
		{ "XCP\0", 4, "a NetXray capture; editcap converts it to pcapng" },
		{ "TRSNIFF", 7, "a Sniffer capture; editcap converts it to pcapng" },
		{ "BZh", 3, "compressed with bzip2; uncompress it first" },
		{ "\xfd"
		  "7zXZ",
		  5, "compressed with xz; uncompress it first" },
		{ "PK\x03\x04", 4, "a zip archive; unpack it first" },
		{ "\x02\x21\x4c\x18", 4, "compressed with an old form of lz4; uncompress it first" },
		{ "SQLite format 3", 15, "a SQLite database" },
	};
	if (head.len == 0) {
		snprintf(why, size, "the file is empty");
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (head.len >= kinds[i].len && memcmp(head.at, kinds[i].magic, kinds[i].len) == 0) {
			snprintf(why, size, "no pcap or pcapng file, but %s", kinds[i].what);
			return;
		}
	char hex[8 * 3 + 1] = "";
	for (size_t i = 0; i < head.len && i < 8; i++)
		snprintf(hex + 3 * i, 4, " %02x", head.at[i]);
	if (head.len < PCAPFILE_HEADER)
		snprintf(why, size, "too short for a capture: %zu bytes (it begins with%s)", head.len, hex);
	else
		snprintf(why, size, "no pcap or pcapng file (it begins with%s)", hex);
}

static void begin(struct file *f)
{
	window_fill(&f->window, GUESS_BYTES); /* a shorter file is no fault */
	struct bytes head = window_view(&f->window);
	if (pcapfile_open(&f->pcap, head)) {
		f->format = FORMAT_PCAP;
		window_pass(&f->window, PCAPFILE_HEADER);
	} else if (pcapng_open(&f->pcapng, head)) {
		f->format = FORMAT_PCAPNG;
	} else {
		f->is_finished = f->counts.is_unreadable = true;
		if (inflate_why(f->in)[0])
			snprintf(f->counts.why, sizeof(f->counts.why), "%s", inflate_why(f->in));
		else
			name_foreign(head, f->counts.why, sizeof(f->counts.why));
		return;
	}
	const char *name = f->format == FORMAT_PCAP ? "pcap" : "pcapng";
	const char *method = inflate_method(f->in);
	if (method[0])
		snprintf(f->counts.format, sizeof(f->counts.format), "%s (%s)", name, method);
	else
		snprintf(f->counts.format, sizeof(f->counts.format), "%s", name);
}

struct file *file_open(const struct file_spec *spec)
{
	struct file *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->input = spec->input;
	f->in = inflate_new(spec->fd, spec->is_seekable, spec->digest);
	if (!f->in || !window_init(&f->window, f->in, spec->block, spec->n_bufs ? spec->n_bufs : 1)) {
		file_close(f);
		return NULL;
	}
	begin(f);
	f->pcapng.secrets = spec->secrets;
	f->pcapng.ctx = spec->ctx;
	return f;
}

void file_close(struct file *f)
{
	if (!f)
		return;
	pcapng_close(&f->pcapng);
	window_fini(&f->window);
	inflate_free(f->in);
	free(f);
}

/* The packets are in the processor's cache now, so this costs little. */
static void count(struct file *f, struct packet *packets, size_t n)
{
	struct file_counts *c = &f->counts;
	if (c->packets == 0)
		c->first_ns = c->last_ns = f->before_ns = packets[0].ts_ns;
	for (size_t i = 0; i < n; i++) {
		int64_t ts_ns = packets[i].ts_ns;
		packets[i].input = f->input;
		if (ts_ns < c->first_ns)
			c->first_ns = ts_ns;
		if (ts_ns > c->last_ns) {
			c->time_ahead += walk_add_ns(f->before_ns, TIME_AHEAD_NS) < ts_ns;
			c->last_ns = ts_ns;
		} else if (walk_add_ns(ts_ns, TIME_BACK_NS) < f->before_ns) {
			c->time_back++;
		}
		f->before_ns = ts_ns;
	}
	c->packets += n;
}

/* Nothing more comes of this file: says why, if that is not its end. */
static void finish(struct file *f, const char *why)
{
	struct file_counts *c = &f->counts;
	f->is_finished = true;
	if (!why && inflate_why(f->in)[0])
		why = inflate_why(f->in);
	if (!why && (window_view(&f->window).len > 0 || f->window.skip > 0))
		why = f->format == FORMAT_PCAP ? "it ends in the middle of a packet"
					       : "it ends in the middle of a block";
	if (!why)
		return;
	c->is_truncated = true;
	snprintf(c->why, sizeof(c->why), "%s, after packet %llu", why, (unsigned long long)c->packets);
}

size_t file_next(struct file *f, struct packet *packets, size_t max)
{
	while (!f->is_finished) {
		struct walk w;
		if (f->format == FORMAT_PCAP)
			pcapfile_walk(&f->pcap, window_view(&f->window), packets, max, &w);
		else
			pcapng_walk(&f->pcapng, window_view(&f->window), packets, max, &w);
		window_pass(&f->window, w.used);
		if (w.n > 0) {
			/* A fault comes again on the next call, with no packets before it. */
			count(f, packets, w.n);
			return w.n;
		}
		if (w.why)
			finish(f, w.why);
		else if (!window_fill(&f->window, (size_t)(w.need ? w.need : 1)))
			finish(f, NULL);
	}
	return 0;
}

void file_lend(struct file *f)
{
	window_lend(&f->window);
	f->has_lent = f->window.n_bufs > 1;
}

bool file_has_lent(const struct file *f)
{
	return f->has_lent;
}

void file_drain(struct file *f)
{
	inflate_drain(f->in);
}

void file_counts(const struct file *f, struct file_counts *ret_counts)
{
	*ret_counts = f->counts;
	ret_counts->stored_bytes = inflate_stored(f->in);
	ret_counts->is_nanoseconds =
	    f->format == FORMAT_PCAP ? f->pcap.is_nanoseconds : f->pcapng.is_nanoseconds;
	ret_counts->dropped = pcapng_dropped(&f->pcapng);
	ret_counts->bad_blocks = f->pcapng.bad_blocks;
}

uint64_t file_stored(const struct file *f)
{
	return inflate_stored(f->in);
}
