#include "capture/pcapfile.h"

#include <string.h>

#include "base/time.h"
#include "capture/linktype.h"

#define MAGIC_MICRO UINT32_C(0xa1b2c3d4)
#define MAGIC_NANO UINT32_C(0xa1b23c4d)
#define MAGIC_MODIFIED UINT32_C(0xa1b2cd34)

#define TRIED_RECORDS 16

/* Frames of these may be longer than WALK_FRAME_MAX, as libpcap has it. */
static bool is_large_linktype(uint16_t linktype)
{
	switch (linktype) {
	case 189: /* USB_LINUX */
	case 220: /* USB_LINUX_MMAPPED */
	case 231: /* DBUS */
	case 249: /* USBPCAP */
	case 266: /* USB_DARWIN */
	case 279: /* EBHSCR */
	case 286: /* USB_2_0 */
		return true;
	default:
		return false;
	}
}

static uint32_t load32(const struct pcapfile *p, const uint8_t *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof(v));
	return p->is_swapped ? __builtin_bswap32(v) : v;
}

struct record {
	uint32_t seconds, fraction, caplen, wire_len;
};

static struct record load_record(const struct pcapfile *p, const uint8_t *at)
{
	struct record r = { load32(p, at), load32(p, at + 4), load32(p, at + 8), load32(p, at + 12) };
	if (p->lengths == LENGTHS_SWAPPED || (p->lengths == LENGTHS_GUESS && r.caplen > r.wire_len)) {
		uint32_t caplen = r.caplen;
		r.caplen = r.wire_len;
		r.wire_len = caplen;
	}
	return r;
}

/* How many of the first records make sense if their headers have the given size; *ret_flawless if all that
 * were looked at do. */
static int try_size(const struct pcapfile *p, struct bytes records, uint32_t size, bool *ret_flawless)
{
	int good = 0;
	size_t at = 0;
	*ret_flawless = true;
	for (; good < TRIED_RECORDS && records.len - at >= size; good++) {
		struct record r = load_record(p, records.at + at);
		uint32_t second = p->is_nanoseconds ? 1000000000 : 1000000;
		if (r.caplen > WALK_FRAME_MAX || r.caplen > r.wire_len || r.fraction >= second) {
			*ret_flawless = false;
			break;
		}
		if (r.caplen > records.len - at - size)
			break;
		at += size + r.caplen;
	}
	return good;
}

/* Some systems wrote longer records without saying so. The size that the magic number means is believed
 * unless its first records are broken and those of another size are not. */
static void guess_record_size(struct pcapfile *p, struct bytes records, bool is_modified)
{
	static const uint32_t plain[] = { 16, 24, 20 }, modified[] = { 24, 28 };
	const uint32_t *sizes = is_modified ? modified : plain;
	size_t n = is_modified ? 2 : 3;
	int best = 0;
	for (size_t i = 0; i < n; i++) {
		bool flawless;
		int good = try_size(p, records, sizes[i], &flawless);
		if (i == 0) {
			p->record_header = sizes[0];
			if (flawless)
				return;
			best = good;
		} else if (flawless && good > best && good > 1) {
			p->record_header = sizes[i];
			best = good;
		}
	}
}

/* AIX wrote interface types of RFC 1573 where others have link types, and nanoseconds under the magic number
 * of microseconds; its version is 2.2. */
static bool is_aix(uint16_t minor, uint32_t network, uint16_t *ret_linktype)
{
	static const struct {
		uint16_t type, linktype;
	} types[] = { { 6, 1 }, { 9, 6 }, { 15, 10 }, { 24, 0 } };
	for (size_t i = 0; minor == 2 && i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == network) {
			*ret_linktype = types[i].linktype;
			return true;
		}
	return false;
}

bool pcapfile_open(struct pcapfile *p, struct bytes head)
{
	if (head.len < PCAPFILE_HEADER)
		return false;
	*p = (struct pcapfile){ 0 };
	uint32_t magic = load32(p, head.at);
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO && magic != MAGIC_MODIFIED) {
		p->is_swapped = true;
		magic = load32(p, head.at);
		if (magic != MAGIC_MICRO && magic != MAGIC_NANO && magic != MAGIC_MODIFIED)
			return false;
	}
	/* Both halves of the version are 16-bit numbers of the file's byte order. */
	uint16_t major, minor;
	memcpy(&major, head.at + 4, sizeof(major));
	memcpy(&minor, head.at + 6, sizeof(minor));
	if (p->is_swapped) {
		major = __builtin_bswap16(major);
		minor = __builtin_bswap16(minor);
	}
	uint32_t network = load32(p, head.at + 20);
	p->linktype = linktype_of_field(network);
	p->is_nanoseconds = magic == MAGIC_NANO;
	if (magic == MAGIC_MICRO && major == 2 && is_aix(minor, network, &p->linktype))
		p->is_nanoseconds = true;
	else if ((major == 2 && minor < 3) || major == 543) /* 543.0 is DG/UX's */
		p->lengths = LENGTHS_SWAPPED;
	else if (major == 2 && minor == 3)
		p->lengths = LENGTHS_GUESS;
	p->frac_ns = p->is_nanoseconds ? 1 : NS_PER_US;
	struct bytes records = { head.at + PCAPFILE_HEADER, head.len - PCAPFILE_HEADER };
	guess_record_size(p, records, magic == MAGIC_MODIFIED);
	return true;
}

void pcapfile_walk(struct pcapfile *p, struct bytes b, struct packet *packets, size_t max,
		   struct walk *ret_walk)
{
	const uint32_t head = p->record_header;
	struct walk w = { 0 };
	size_t at = 0;
	while (w.n < max) {
		if (b.len - at < head) {
			w.need = head;
			break;
		}
		struct record r = load_record(p, b.at + at);
		uint32_t kept = r.caplen;
		if (kept > WALK_FRAME_MAX) {
			if (!is_large_linktype(p->linktype)) {
				w.why = "a packet of impossible length";
				break;
			}
			kept = WALK_FRAME_MAX;
		}
		if (b.len - at - head < kept) {
			w.need = head + kept;
			break;
		}
		/* To find a header, the one before must have come into the cache. Packets in a row are often
		 * of one size, so there may be the next but one; and the decoder wants more of this one. */
		__builtin_prefetch(b.at + at + 2 * (head + kept));
		__builtin_prefetch(b.at + at + head + 48);
		packets[w.n++] = (struct packet){
			.ts_ns = r.seconds * NS_PER_S + r.fraction * (int64_t)p->frac_ns,
			.frame = { b.at + at + head, kept },
			.wire_len = r.wire_len > r.caplen ? r.wire_len : r.caplen,
			.linktype = p->linktype,
			.number = ++p->number,
		};
		if (kept < r.caplen) { /* what follows may not be here */
			w.used = (uint64_t)at + head + r.caplen;
			*ret_walk = w;
			return;
		}
		at += head + kept;
	}
	w.used = at;
	*ret_walk = w;
}
