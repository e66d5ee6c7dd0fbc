#include "tracegen.h"

static uint16_t grease(void)
{
	uint8_t g = (below(16) << 4) | 0xa;
	return g << 8 | g;
}

/* The head of a record, and of a handshake message. They return where its content goes. */
uint8_t *record(uint8_t *p, int type, int minor, int n)
{
	p[0] = type;
	p[1] = 3;
	p[2] = minor;
	p16(p + 3, n);
	return p + 5;
}

uint8_t *message(uint8_t *p, int type, int n)
{
	p[0] = type;
	p24(p + 1, n);
	return p + 4;
}

/* Both hellos up to their cipher suites. */
static uint8_t *hello_begin(uint8_t *p, int type, int quic)
{
	p = message(p, type, 0);
	*p++ = 3;
	*p++ = 3;
	random_bytes(p, 32);
	p += 32;
	*p++ = quic ? 0 : 32;
	if (!quic) {
		random_bytes(p, 32);
		p += 32;
	}
	return p;
}

/* The lengths of a hello and of its extensions, which begin at el. returns: that of all. */
static int hello_end(uint8_t *b, uint8_t *el, uint8_t *p)
{
	p16(el, p - el - 2);
	p24(b + 1, p - b - 4);
	return p - b;
}

static uint8_t *key_share(uint8_t *p, int group, int n)
{
	p16(p, group);
	p16(p + 2, n);
	random_bytes(p + 4, n);
	return p + 4 + n;
}

void shuffle(int *at, int n)
{
	for (int i = 0; i < n; i++)
		at[i] = i;
	for (int i = n - 1; i > 0; i--) {
		int j = below(i + 1), t = at[i];
		at[i] = at[j];
		at[j] = t;
	}
}

/* Extensions in the making: they are put in another order in each hello. */
struct extensions {
	uint8_t bytes[20][1500];
	int type[20], len[20], n;
};

static uint8_t *extension(struct extensions *x, int type, const void *bytes, int n)
{
	x->type[x->n] = type;
	x->len[x->n] = n;
	if (bytes)
		memcpy(x->bytes[x->n], bytes, n);
	return x->bytes[x->n++];
}

static void put_groups(struct extensions *x, int pq)
{
	const uint16_t g[5] = { grease(), 0x11ec, 0x1d, 0x17, 0x18 };
	uint8_t *e = extension(x, 10, 0, pq ? 12 : 10), *p = e + 2;
	for (int i = 0; i < 5; i++)
		if (i != 1 || pq) {
			p16(p, g[i]);
			p += 2;
		}
	p16(e, p - e - 2);
}

static void put_key_shares(struct extensions *x, int pq)
{
	uint8_t *e = extension(x, 51, 0, 0), *p = e + 2;
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
	uint8_t *e = extension(x, 43, "\6\0\0\3\4\3\3", 7);
	p16(e + 1, grease());
}

static void put_ech(struct extensions *x)
{
	int n = 144 + 32 * below(4);
	uint8_t *e = extension(x, 65037, "\0\0\1\0\1", 5);
	e[5] = below(256);
	p16(e + 6, 32);
	random_bytes(e + 8, 32);
	p16(e + 40, n);
	random_bytes(e + 42, n);
	x->len[x->n - 1] = 42 + n;
}

static void put_tls13(struct extensions *x, int pq, int ech, int quic)
{
	static const uint8_t parameters[] = { 0x01, 4,    0x80, 0,    0x75, 0x30, 0x03, 2,    0x45, 0xc0,
					      0x04, 4,    0x80, 0xf0, 0,    0,    0x05, 4,    0x80, 0x60,
					      0,    0,    0x06, 4,    0x80, 0x60, 0,    0,    0x07, 4,
					      0x80, 0x60, 0,    0,    0x08, 2,    0x40, 0x64, 0x09, 2,
					      0x40, 0x67, 0x0f, 0,    0x20, 4,    0x80, 1,    0,    0,
					      0x71, 0x28, 4,    0x52, 0x56, 0x43, 0x4d };
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

static uint8_t *put_suites(uint8_t *p, int quic, int t12)
{
	static const uint16_t cs[] = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
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

int client_hello(uint8_t *b, const char *sni, int pq, int ech, int quic, int t12, int *snio)
{
	static struct extensions x;
	int sl = strlen(sni), ord[20];
	uint8_t *p = put_suites(hello_begin(b, 1, quic), quic, t12), *el = p, *e;
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

int server_hello(uint8_t *b, int pq, int t12, int quic)
{
	uint8_t *p = hello_begin(b, 2, quic), *el;
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
