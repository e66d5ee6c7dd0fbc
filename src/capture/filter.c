#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/linktype.h"
#include "capture/walk.h"

#define LINKTYPES_MAX 256
#define LINKTYPE_NULL 0

struct program {
	uint16_t linktype;
	bool is_usable;
	struct bpf_program code;
};

struct filter {
	char *text;
	size_t n, last; /* last: the program used by the packet before */
	uint64_t n_meaningless;
	uint16_t meaningless; /* link type of the first of them */
	struct program programs[LINKTYPES_MAX];
	uint8_t *turned; /* a frame of link type NULL from a machine of the other byte order */
};

static bool compile(const char *text, uint16_t linktype, struct bpf_program *ret_code, struct err *err)
{
	pcap_t *dead = pcap_open_dead(linktype_to_dlt(linktype), (int)WALK_FRAME_MAX);
	if (!dead)
		return err_set(err, "out of memory");
	bool ok = pcap_compile(dead, ret_code, text, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!ok)
		err_set(err, "filter '%s': %s", text, pcap_geterr(dead));
	pcap_close(dead);
	return ok;
}

/* A filter may name ports and hosts, which are looked up in files when it is compiled. Those are out of reach
 * once inputs are read: hence for every link type that src/wire knows now, and not when its first packet
 * comes.
 */
static const uint16_t known[] = {
	1,   0,   6,   9,   10,  50,  51,  100, 101, 104, 105, 106, 107, 108, 113, 119, 123, 127, 163,
	166, 178, 192, 204, 205, 206, 219, 228, 229, 239, 240, 258, 259, 274, 276, 281, 282, 284, 285,
};

static bool compile_known(struct filter *f, struct err *err)
{
	bool is_good = false;
	struct err first, ignored;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct program *p = &f->programs[f->n++];
		p->linktype = known[i];
		p->is_usable = compile(f->text, known[i], &p->code, i == 0 ? &first : &ignored);
		is_good = is_good || p->is_usable;
	}
	if (!is_good)
		*err = first;
	return is_good;
}

struct filter *filter_new(const char *text, struct err *err)
{
	struct filter *f = calloc(1, sizeof(*f));
	if (f)
		f->text = strdup(text);
	if (!f || !f->text)
		err_set(err, "out of memory");
	else if (compile_known(f, err))
		return f;
	filter_free(f);
	return NULL;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->programs[i].is_usable)
			pcap_freecode(&f->programs[i].code);
	free(f->turned);
	free(f->text);
	free(f);
}

static const struct program *program_for(struct filter *f, uint16_t linktype)
{
	if (f->last < f->n && f->programs[f->last].linktype == linktype)
		return &f->programs[f->last];
	size_t i = 0;
	while (i < f->n && f->programs[i].linktype != linktype)
		i++;
	if (i == LINKTYPES_MAX)
		return NULL;
	if (i == f->n) {
		struct err ignored; /* of this link type: it has no meaning there */
		f->programs[i].linktype = linktype;
		f->programs[i].is_usable = compile(f->text, linktype, &f->programs[i].code, &ignored);
		f->n++;
	}
	f->last = i;
	return &f->programs[i];
}

/* The address family before a frame of link type NULL is in the byte order of the machine that captured, and
 * the compiled filter expects it in ours. returns: the frame, turned in a copy if need be. */
static const uint8_t *turn_null(struct filter *f, const struct packet *p)
{
	uint32_t family;
	if (p->frame.len < sizeof(family))
		return p->frame.at;
	memcpy(&family, p->frame.at, sizeof(family));
	if (family <= UINT16_MAX)
		return p->frame.at;
	if (!f->turned)
		f->turned = malloc(WALK_FRAME_MAX);
	if (!f->turned || p->frame.len > WALK_FRAME_MAX)
		return p->frame.at;
	family = __builtin_bswap32(family);
	memcpy(f->turned, p->frame.at, p->frame.len);
	memcpy(f->turned, &family, sizeof(family));
	return f->turned;
}

bool filter_matches(struct filter *f, const struct packet *p)
{
	const struct program *program = program_for(f, p->linktype);
	if (!program || !program->is_usable) {
		if (f->n_meaningless++ == 0)
			f->meaningless = p->linktype;
		return false;
	}
	const uint8_t *frame = p->linktype == LINKTYPE_NULL ? turn_null(f, p) : p->frame.at;
	struct pcap_pkthdr head = { .caplen = (uint32_t)p->frame.len, .len = p->wire_len };
	return pcap_offline_filter(&program->code, &head, frame) != 0;
}

uint64_t filter_meaningless(const struct filter *f, uint16_t *ret_linktype)
{
	*ret_linktype = f->meaningless;
	return f->n_meaningless;
}
