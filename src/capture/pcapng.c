#include "capture/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "capture/linktype.h"
#include "capture/pcapng_clock.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_JOURNAL = 9,
	BLOCK_SECRETS = 10,
	BLOCK_SYSDIG_EVENT = 0x204,
	BLOCK_SYSDIG_EVENT_FLAGS = 0x208,
	BLOCK_SYSDIG_EVENT_2 = 0x216,
	BLOCK_CUSTOM = 0xbad,
	BLOCK_CUSTOM_NO_COPY = 0x40000bad,
	BLOCK_SECTION = 0x0a0d0d0a,
};

enum {
	OPTION_END = 0,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
	OPTION_ISB_IFDROP = 5,
	OPTION_ISB_OSDROP = 7,
};

#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)
#define BLOCK_MIN 12U        /* type, length, length again */
#define PACKET_HEAD 28U      /* of enhanced and old packet blocks, before the frame */
#define DESCRIBED_MAX 65536U /* of a block that describes, and not a frame: longer ones are not looked at */
#define SECRETS_MAX (16U << 20)

struct pcapng_interface {
	uint16_t linktype;
	uint32_t snaplen;
	struct pcapng_clock clock;
	uint64_t dropped; /* since its capture began, as the last statistics block says */
};

/* A block as it lies there. */
struct block {
	const uint8_t *at;
	uint32_t type, len;
	size_t here; /* bytes of it that are there: len, or enough of it */
};

static uint16_t load16(const struct pcapng *p, const uint8_t *at)
{
	uint16_t v;
	memcpy(&v, at, sizeof(v));
	return p->is_swapped ? __builtin_bswap16(v) : v;
}

static uint32_t load32(const struct pcapng *p, const uint8_t *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof(v));
	return p->is_swapped ? __builtin_bswap32(v) : v;
}

static uint64_t load64(const struct pcapng *p, const uint8_t *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof(v));
	return p->is_swapped ? __builtin_bswap64(v) : v;
}

/* The next option from *at on: false at the end of the list. */
struct option {
	uint16_t code, len;
	const uint8_t *value;
};

static bool next_option(const struct pcapng *p, struct bytes *options, struct option *ret_option)
{
	if (options->len < 4)
		return false;
	struct option o = { load16(p, options->at), load16(p, options->at + 2), options->at + 4 };
	size_t padded = 4 + ((size_t)o.len + 3) / 4 * 4;
	if (o.code == OPTION_END || 4U + o.len > options->len)
		return false;
	if (padded > options->len)
		padded = options->len;
	options->at += padded;
	options->len -= padded;
	*ret_option = o;
	return true;
}

static struct bytes options_of(const struct block *b, size_t from)
{
	size_t end = b->len - 4; /* the length is told again at the end */
	if (b->here < b->len || from >= end)
		return (struct bytes){ 0 };
	return (struct bytes){ b->at + from, end - from };
}

static struct pcapng_interface *interface_of(const struct pcapng *p, uint32_t i)
{
	return i < p->n_interfaces ? &p->interfaces[i] : NULL;
}

static bool add_interface(struct pcapng *p, const struct pcapng_interface *interface)
{
	if (p->n_interfaces == PCAPNG_INTERFACES_MAX)
		return false;
	if (p->n_interfaces == p->interfaces_size) {
		uint32_t size = p->interfaces_size ? p->interfaces_size * 2 : 4;
		void *larger = realloc(p->interfaces, size * sizeof(*p->interfaces));
		if (!larger)
			return false;
		p->interfaces = larger;
		p->interfaces_size = size;
	}
	p->interfaces[p->n_interfaces++] = *interface;
	return true;
}

static bool read_interface(struct pcapng *p, const struct block *b)
{
	if (b->len < 20 || b->here < b->len)
		return false;
	uint8_t tsresol = 6;
	int64_t offset_s = 0;
	struct bytes options = options_of(b, 16);
	for (struct option o; next_option(p, &options, &o);) {
		if (o.code == OPTION_IF_TSRESOL && o.len >= 1)
			tsresol = o.value[0];
		else if (o.code == OPTION_IF_TSOFFSET && o.len >= 8)
			offset_s = (int64_t)load64(p, o.value);
	}
	if (pcapng_clock_is_fine(tsresol))
		p->is_nanoseconds = true;
	return add_interface(p, &(struct pcapng_interface){
				    .linktype = linktype_of_field(load16(p, b->at + 8)),
				    .snaplen = load32(p, b->at + 12),
				    .clock = pcapng_clock(tsresol, offset_s),
				});
}

static bool read_statistics(struct pcapng *p, const struct block *b)
{
	if (b->len < 24 || b->here < b->len)
		return false;
	struct pcapng_interface *interface = interface_of(p, load32(p, b->at + 8));
	if (!interface)
		return false;
	uint64_t dropped = 0;
	struct bytes options = options_of(b, 20);
	for (struct option o; next_option(p, &options, &o);)
		if ((o.code == OPTION_ISB_IFDROP || o.code == OPTION_ISB_OSDROP) && o.len >= 8)
			if (__builtin_add_overflow(dropped, load64(p, o.value), &dropped))
				dropped = UINT64_MAX;
	if (dropped > interface->dropped)
		interface->dropped = dropped;
	return true;
}

static bool read_secrets(struct pcapng *p, const struct block *b)
{
	if (b->len < 20 || b->here < b->len)
		return false;
	uint32_t len = load32(p, b->at + 12);
	if (len > b->len - 20)
		return false;
	if (p->secrets)
		p->secrets(p->ctx, load32(p, b->at + 8), (struct bytes){ b->at + 16, len });
	return true;
}

uint64_t pcapng_dropped(const struct pcapng *p)
{
	uint64_t sum = p->dropped;
	for (uint32_t i = 0; i < p->n_interfaces; i++)
		if (__builtin_add_overflow(sum, p->interfaces[i].dropped, &sum))
			return UINT64_MAX;
	return sum;
}

/* A new section: what is known of interfaces does not hold there. returns: NULL, or what is wrong. */
static const char *read_section(struct pcapng *p, const struct block *b)
{
	if (b->here < 16)
		return "a section header that is too short";
	if (load16(p, b->at + 12) != 1)
		return "a pcapng version that is not known";
	p->dropped = pcapng_dropped(p);
	p->n_interfaces = 0;
	return NULL;
}

/* The frame of a packet block: `from` bytes into it, of caplen bytes; false if the block is shorter. */
static bool make_packet(struct pcapng *p, const struct block *b, size_t from, uint32_t caplen,
			uint32_t wire_len, const struct pcapng_interface *interface, struct packet *packet)
{
	if (caplen > b->len - 4 - from)
		return false;
	uint32_t kept = caplen < WALK_FRAME_MAX ? caplen : WALK_FRAME_MAX;
	*packet = (struct packet){
		.ts_ns = p->last_ns,
		.frame = { b->at + from, kept },
		.wire_len = wire_len > caplen ? wire_len : caplen,
		.linktype = interface->linktype,
		.number = ++p->number,
	};
	return true;
}

static bool read_packet(struct pcapng *p, const struct block *b, struct packet *packet)
{
	if (b->len < PACKET_HEAD + 4)
		return false;
	bool is_old = b->type == BLOCK_OLD_PACKET;
	const struct pcapng_interface *interface =
	    interface_of(p, is_old ? load16(p, b->at + 8) : load32(p, b->at + 8));
	if (!interface)
		return false;
	uint64_t units = (uint64_t)load32(p, b->at + 12) << 32 | load32(p, b->at + 16);
	if (!make_packet(p, b, PACKET_HEAD, load32(p, b->at + 20), load32(p, b->at + 24), interface, packet))
		return false;
	packet->ts_ns = p->last_ns = pcapng_clock_ns(&interface->clock, units);
	return true;
}

/* Neither a time nor the captured length is told: that is what fits into the block and the snap length. */
static bool read_simple_packet(struct pcapng *p, const struct block *b, struct packet *packet)
{
	const struct pcapng_interface *interface = interface_of(p, 0);
	if (b->len < 16 || !interface)
		return false;
	uint32_t wire_len = load32(p, b->at + 8);
	uint32_t caplen = b->len - 16;
	if (caplen > wire_len)
		caplen = wire_len;
	if (interface->snaplen > 0 && caplen > interface->snaplen)
		caplen = interface->snaplen;
	return make_packet(p, b, 12, caplen, wire_len, interface, packet);
}

/* Bytes of a block that must be there to read it. */
static size_t wanted(uint32_t type, uint32_t len)
{
	switch (type) {
	case BLOCK_ENHANCED_PACKET:
	case BLOCK_OLD_PACKET:
	case BLOCK_SIMPLE_PACKET:
		return len < PACKET_HEAD + WALK_FRAME_MAX + 4 ? len : PACKET_HEAD + WALK_FRAME_MAX;
	case BLOCK_SECRETS:
		return len <= SECRETS_MAX ? len : BLOCK_MIN;
	default:
		return len <= DESCRIBED_MAX ? len : BLOCK_MIN;
	}
}

/* Sets the byte order of a new section. */
static bool read_order(struct pcapng *p, const uint8_t *at)
{
	uint32_t order;
	memcpy(&order, at + 8, sizeof(order));
	if (order != BYTE_ORDER_MAGIC && order != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return false;
	p->is_swapped = order != BYTE_ORDER_MAGIC;
	return true;
}

/* Finds the block at the begin of the bytes. returns: false if it is not there yet (w->need) or broken. */
static bool find_block(struct pcapng *p, struct bytes bytes, struct block *ret_block, struct walk *w)
{
	if (bytes.len < BLOCK_MIN) {
		w->need = BLOCK_MIN;
		return false;
	}
	struct block b = { .at = bytes.at, .type = load32(p, bytes.at) };
	if (b.type == BLOCK_SECTION && !read_order(p, bytes.at)) {
		w->why = "a section header without byte order";
		return false;
	}
	uint32_t len = load32(p, bytes.at + 4);
	if (len < BLOCK_MIN || len > UINT32_MAX - 3) {
		w->why = "a block of impossible length";
		return false;
	}
	b.len = (len + 3) & ~UINT32_C(3); /* some programs do not count the padding */
	size_t want = wanted(b.type, b.len);
	if (bytes.len < want) {
		w->need = want;
		return false;
	}
	b.here = bytes.len < b.len ? bytes.len : b.len;
	if (want == b.len && load32(p, b.at + b.len - 4) != len) {
		w->why = "a block whose two lengths differ";
		return false;
	}
	*ret_block = b;
	return true;
}

/* returns: false if the block is bad; *packet is made if it holds one. */
static bool read_block(struct pcapng *p, const struct block *b, struct packet *packet, struct walk *w)
{
	switch (b->type) {
	case BLOCK_ENHANCED_PACKET:
	case BLOCK_OLD_PACKET:
		if (!read_packet(p, b, packet))
			return false;
		w->n++;
		return true;
	case BLOCK_SIMPLE_PACKET:
		if (!read_simple_packet(p, b, packet))
			return false;
		w->n++;
		return true;
	case BLOCK_INTERFACE:
		return read_interface(p, b);
	case BLOCK_STATISTICS:
		return read_statistics(p, b);
	case BLOCK_SECRETS:
		return read_secrets(p, b);
	case BLOCK_SECTION:
		w->why = read_section(p, b);
		return !w->why;
	case BLOCK_JOURNAL:
	case BLOCK_SYSDIG_EVENT:
	case BLOCK_SYSDIG_EVENT_FLAGS:
	case BLOCK_SYSDIG_EVENT_2:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_NO_COPY:
		p->number++; /* Wireshark shows it as a frame */
		return true;
	default:
		return true;
	}
}

bool pcapng_open(struct pcapng *p, struct bytes head)
{
	*p = (struct pcapng){ 0 };
	return head.len >= BLOCK_MIN && load32(p, head.at) == BLOCK_SECTION && read_order(p, head.at);
}

void pcapng_close(struct pcapng *p)
{
	free(p->interfaces);
	p->interfaces = NULL;
	p->n_interfaces = p->interfaces_size = 0;
}

void pcapng_walk(struct pcapng *p, struct bytes b, struct packet *packets, size_t max, struct walk *ret_walk)
{
	struct walk w = { 0 };
	while (w.n < max && !w.why) {
		struct block block;
		/* The last block may reach beyond what is here: the rest of it is not wanted. */
		if (w.used > b.len)
			break;
		struct bytes rest = { b.at + w.used, b.len - (size_t)w.used };
		if (!find_block(p, rest, &block, &w))
			break;
		if (block.type == BLOCK_SECRETS && w.n > 0)
			break; /* the packets before it are handed out first */
		if (!read_block(p, &block, &packets[w.n], &w))
			p->bad_blocks++;
		if (!w.why)
			w.used += block.len;
	}
	*ret_walk = w;
}
