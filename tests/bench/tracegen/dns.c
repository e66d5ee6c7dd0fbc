#include "tracegen.h"

static int dname(uint8_t *p, const char *n)
{
	uint8_t *s = p;
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
static uint8_t *answer(uint8_t *b, uint8_t *p, int name, int type, uint32_t ttl, int n)
{
	p16(p, 0xc000 | name);
	p16(p + 2, type);
	p16(p + 4, 1);
	p32(p + 6, ttl);
	p16(p + 10, n);
	b[7]++;
	return p + 12;
}

static uint8_t *put_answers(uint8_t *b, uint8_t *p, struct host *h, int type)
{
	int own = 12;
	if (h->cn[0]) {
		uint8_t t[80];
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

static int dns_message(uint8_t *b, struct flow *f, int type, int resp)
{
	memset(b, 0, 12);
	p16(b, (uint16_t)(f->id * 40503u));
	p16(b + 2, resp ? 0x8180 : 0x0100);
	b[5] = 1;
	uint8_t *p = b + 12;
	p += dname(p, f->h->n);
	p16(p, type);
	p16(p + 2, 1);
	p += 4;
	return (resp ? put_answers(b, p, f->h, type) : p) - b;
}

static uint8_t tmp[8192];

int64_t step_dns(struct flow *f)
{
	udp(f, f->state, tmp, dns_message(tmp, f, f->qt, f->state));
	f->is_name_out = 1;
	return f->state++ ? -1 : f->rtt;
}
