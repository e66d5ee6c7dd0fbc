#include "tracegen.h"

#define SHARE_SENT_TWICE .002

static uint64_t checksum_add(const uint8_t *p, int n, uint64_t s)
{
	while (n >= 8) {
		uint64_t v;
		memcpy(&v, p, 8);
		s += v & 0xffffffff;
		s += v >> 32;
		p += 8;
		n -= 8;
	}
	while (n >= 2) {
		uint16_t v;
		memcpy(&v, p, 2);
		s += v;
		p += 2;
		n -= 2;
	}
	if (n)
		s += *p;
	return s;
}

static uint16_t checksum_end(uint64_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

/* eth+ip header; returns offset to L4. dir 0 = client->server */
static int put_headers(uint8_t *b, struct flow *f, int dir, int proto, int l4len)
{
	static const uint8_t gw[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t cm[6] = { 2, 1, f->client >> 24, f->client >> 16, f->client >> 8, f->client };
	memcpy(b, dir ? cm : gw, 6);
	memcpy(b + 6, dir ? gw : cm, 6);
	const uint8_t *s = dir ? f->dst : f->src, *d = dir ? f->src : f->dst;
	if (!f->v6) {
		p16(b + 12, 0x0800);
		uint8_t *i = b + 14;
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
		uint16_t c = checksum_end(checksum_add(i, 20, 0));
		memcpy(i + 10, &c, 2);
		return 34;
	}
	p16(b + 12, 0x86dd);
	uint8_t *i = b + 14;
	p32(i, 0x60000000 | (f->id & 0xfffff));
	p16(i + 4, l4len);
	i[6] = proto;
	i[7] = dir ? 56 : 64;
	memcpy(i + 8, s, 16);
	memcpy(i + 24, d, 16);
	return 54;
}

static uint16_t checksum_l4(const struct flow *f, int proto, const uint8_t *p, int n)
{
	uint64_t s = checksum_add(f->src, f->v6 ? 16 : 4, 0);
	s = checksum_add(f->dst, f->v6 ? 16 : 4, s);
	uint8_t ph[4] = { 0, proto, n >> 8, n };
	s = checksum_add(ph, 4, s);
	s = checksum_add(p, n, s);
	return checksum_end(s);
}

static void note(struct flow *f, int len)
{
	f->pk++;
	f->by += len;
}

/* emit a tcp segment; payload already placed by fill callback: if data!=NULL copied */
void tcp(struct flow *f, int dir, int fl, const uint8_t *data, int n, int stream)
{
	uint8_t *b = packet_begin();
	int ol = (fl & SYN) ? 20 : (f->has_ts ? 12 : 0);
	if ((fl & SYN) && !f->has_ts)
		ol = 12;
	int l4 = 20 + ol + n;
	int o = put_headers(b, f, dir, 6, l4);
	uint8_t *t = b + o;
	p16(t, dir ? f->dp : f->sp);
	p16(t + 2, dir ? f->sp : f->dp);
	p32(t + 4, dir ? f->rq : f->sq);
	p32(t + 8, (fl & ACK) ? (dir ? f->sq : f->rq) : 0);
	t[12] = (20 + ol) / 4 << 4;
	t[13] = fl;
	p16(t + 14, (fl & SYN) ? 65535 : 2053);
	t[16] = t[17] = t[18] = t[19] = 0;
	uint8_t *q = t + 20;
	if (fl & SYN) {
		if (f->has_ts) {
			uint8_t x[20] = { 2, 4, 0, 0, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 8 };
			p16(x + 2, f->v6 ? 1440 : 1460);
			p32(x + 8, f->tsv + (uint32_t)(now / 1000000) + (dir ? 77777 : 0));
			memcpy(q, x, 20);
		} else {
			uint8_t x[12] = { 2, 4, 0, 0, 1, 3, 3, 8, 1, 1, 4, 2 };
			p16(x + 2, f->v6 ? 1440 : 1460);
			memcpy(q, x, 12);
		}
	} else if (f->has_ts) {
		uint8_t x[12] = { 1, 1, 8, 10 };
		p32(x + 4, f->tsv + (uint32_t)(now / 1000000) + (dir ? 77777 : 0));
		p32(x + 8, f->tsv + (uint32_t)(now / 1000000) - 5 + (dir ? 0 : 77777));
		memcpy(q, x, 12);
	}
	uint8_t *d = t + 20 + ol;
	if (data)
		memcpy(d, data, n);
	else if (n) {
		memcpy(d, noise(), n);
		if (stream) {
			int64_t *rl = &f->record_left[dir];
			int64_t left = dir ? f->down : f->up;
			int at = 0;
			while (at < n) {
				if (*rl == 0) {
					int64_t rs = left - at;
					if (rs > 16401)
						rs = 16401;
					if (rs < 30)
						rs = 30;
					uint8_t h[5] = { 0x17, 3, 3, 0, 0 };
					p16(h + 3, (uint16_t)(rs - 5));
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
	uint16_t c = checksum_l4(f, 6, t, l4);
	memcpy(t + 16, &c, 2);
	uint32_t adv = n + ((fl & SYN) ? 1 : 0) + ((fl & FIN) ? 1 : 0);
	if (dir)
		f->rq += adv;
	else
		f->sq += adv;
	note(f, o + l4);
	static uint8_t dup[2048];
	int isdup = n > 100 && stream && uniform() < SHARE_SENT_TWICE;
	if (isdup)
		memcpy(dup, b, o + l4);
	packet_end(o + l4);
	if (isdup && packets_out < opt.packets) {
		uint8_t *b2 = packet_begin();
		memcpy(b2, dup, o + l4);
		note(f, o + l4);
		packet_end(o + l4);
	}
}

void udp(struct flow *f, int dir, const uint8_t *data, int n)
{
	uint8_t *b = packet_begin();
	int o = put_headers(b, f, dir, 17, 8 + n);
	uint8_t *t = b + o;
	p16(t, dir ? f->dp : f->sp);
	p16(t + 2, dir ? f->sp : f->dp);
	p16(t + 4, 8 + n);
	t[6] = t[7] = 0;
	memcpy(t + 8, data, n);
	uint16_t c = checksum_l4(f, 17, t, 8 + n);
	if (!c)
		c = 0xffff;
	memcpy(t + 6, &c, 2);
	note(f, o + 8 + n);
	packet_end(o + 8 + n);
}
