#include "tracegen.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static void expand_label(const uint8_t *sec, const char *label, uint8_t *out, int n)
{
	uint8_t info[64];
	int l = strlen(label);
	p16(info, n);
	info[2] = 6 + l;
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, l);
	info[9 + l] = 0;
	info[10 + l] = 1;
	uint8_t md[32];
	unsigned ml;
	HMAC(EVP_sha256(), sec, 32, info, 11 + l, md, &ml);
	memcpy(out, md, n);
}

static void initial_secret(const uint8_t *dcid, int n, int server, uint8_t *key, uint8_t *iv, uint8_t *hp_)
{
	static const uint8_t salt[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
					0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
	uint8_t s[32], c[32];
	unsigned ml;
	HMAC(EVP_sha256(), salt, 20, dcid, n, s, &ml);
	expand_label(s, server ? "server in" : "client in", c, 32);
	expand_label(c, "quic key", key, 16);
	expand_label(c, "quic iv", iv, 12);
	expand_label(c, "quic hp", hp_, 16);
}

static int varint(uint8_t *p, uint64_t v)
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
static EVP_CIPHER_CTX *header_cipher, *payload_cipher;
static int quic_initial(uint8_t *out, const uint8_t *keydcid, const uint8_t *dcid, int dl,
			const uint8_t *scid, int sl, uint32_t pn, const uint8_t *fr, int flen, int server)
{
	uint8_t key[16], iv[12], hpk[16];
	initial_secret(keydcid, 8, server, key, iv, hpk);
	uint8_t *p = out;
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
	uint8_t *pnp = p;
	*p++ = pn;
	int hl = p - out;
	iv[11] ^= pn;
	int l;
	if (!payload_cipher) {
		payload_cipher = EVP_CIPHER_CTX_new();
		header_cipher = EVP_CIPHER_CTX_new();
	}
	EVP_EncryptInit_ex(payload_cipher, EVP_aes_128_gcm(), 0, key, iv);
	EVP_EncryptUpdate(payload_cipher, 0, &l, out, hl);
	EVP_EncryptUpdate(payload_cipher, p, &l, fr, flen);
	EVP_EncryptFinal_ex(payload_cipher, p + flen, &l);
	EVP_CIPHER_CTX_ctrl(payload_cipher, EVP_CTRL_GCM_GET_TAG, 16, p + flen);
	uint8_t m[32];
	EVP_EncryptInit_ex(header_cipher, EVP_aes_128_ecb(), 0, hpk, 0);
	EVP_CIPHER_CTX_set_padding(header_cipher, 0);
	EVP_EncryptUpdate(header_cipher, m, &l, pnp + 4, 16);
	out[0] ^= m[0] & 0x0f;
	pnp[0] ^= m[1];
	return hl + flen + 16;
}

static int frames_put(uint8_t *fr, const uint8_t *ch, int *cuts, int *ord, int n)
{
	uint8_t *p = fr;
	for (int i = 0; i < n; i++) {
		int a = cuts[ord[i]], b = cuts[ord[i] + 1];
		if (below(3) == 0)
			*p++ = 1;
		*p++ = 6;
		p += varint(p, a);
		p += varint(p, b - a);
		memcpy(p, ch + a, b - a);
		p += b - a;
		if (below(4) == 0) {
			int z = below(8);
			memset(p, 0, z);
			p += z;
		}
	}
	return p - fr;
}

/* The head of a packet of the server's handshake, n bytes in all. returns: its length. */
static int handshake_head(uint8_t *p, const struct flow *f, int n)
{
	p[0] = 0xe0 | below(16);
	p32(p + 1, 1);
	p[5] = 0;
	p[6] = 8;
	memcpy(p + 7, f->scid, 8);
	p16(p + 15, 0x4000 | (n - 17));
	return 17;
}

/* The head of a short packet: the client names the server's connection id. returns: its length. */
static int short_head(uint8_t *p, const struct flow *f, int dir)
{
	p[0] = 0x40 | below(64);
	if (dir)
		return 1;
	memcpy(p + 1, f->scid, 8);
	return 9;
}

static void quic_hello(struct flow *f)
{
	static uint8_t ch[4096], fr[4096];
	int so;
	int n = client_hello(ch, f->h->n, f->pq, !f->pq || below(2), 1, 0, &so);
	random_bytes(f->dcid, 8);
	random_bytes(f->scid, 8);
	const int CAP = 1250 - 1 - 4 - 1 - 8 - 1 - 1 - 2 - 1 - 16; /* frame bytes per 1250 byte datagram */
	int two = n > CAP - 100;
	f->split = two;
	f->chaos = below(2);
	int first = two ? CAP - 100 - (int)below(60) : n;
	if (first > n)
		first = n;
	f->sni2 = two && (so + f->h->len > first);
	int cross = two && f->chaos && below(2);
	if (cross)
		f->chaos = 2;
	for (int pkt = 0; pkt < (two ? 2 : 1); pkt++) {
		int a = pkt ? first : 0, b = pkt ? n : first;
		int cuts[12], ord[12], k = 1;
		if (f->chaos) {
			k = 2 + below(4);
		}
		cuts[0] = a;
		for (int i = 1; i < k; i++)
			cuts[i] = a + (b - a) * i / k + (int)below(8) - 4;
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
		uint8_t *o = malloc(1400);
		f->ql[pkt] = quic_initial(o, f->dcid, f->dcid, 8, 0, 0, 1 + pkt, fr, CAP, 0);
		f->q[pkt] = o;
	}
	if (cross && two) {
		uint8_t *t = f->q[0];
		f->q[0] = f->q[1];
		f->q[1] = t;
	} /* chaos 2: the datagram with the tail comes first */
	/* server initial + handshake coalesced */
	int sl;
	uint8_t sh[2048];
	sl = server_hello(sh, f->pq, 0, 1);
	uint8_t *p = fr;
	memcpy(p, "\2\1\0\0\0\6\0", 7); /* an ACK frame, and CRYPTO from its beginning */
	p += 7;
	if (sl > 1150)
		sl = 1150;
	p += varint(p, sl);
	memcpy(p, sh, sl);
	p += sl;
	int fl = p - fr;
	uint8_t *o = malloc(1400);
	int l = quic_initial(o, f->dcid, f->dcid, 0, f->scid, 8, 1, fr, fl, 1);
	if (l < 1200) {
		random_bytes(o + l + handshake_head(o + l, f, 1250 - l), 1250 - l - 17);
		l = 1250;
	}
	f->qs = o;
	f->qsl = l;
}

static uint8_t tmp[8192];

/* A datagram of one short packet with n bytes behind its head. */
static void udp_short(struct flow *f, int dir, int n, int is_all)
{
	int o = short_head(tmp, f, dir);
	memcpy(tmp + o, noise(), n);
	udp(f, dir, tmp, is_all ? o + n : n);
}

/* The client's last packet of the handshake, and its first short one. */
static void quic_finished(struct flow *f)
{
	uint8_t *p = tmp;
	p[0] = 0xe0 | below(16);
	p32(p + 1, 1);
	p[5] = 8;
	memcpy(p + 6, f->scid, 8);
	p[14] = 0;
	p16(p + 15, 0x4000 | 60);
	memcpy(p + 17, noise(), 60);
	int o = 77 + short_head(p + 77, f, 0), m = 40 + below(200);
	memcpy(p + o, noise(), m);
	udp(f, 0, tmp, o + m);
}

static int64_t quic_data(struct flow *f, int64_t gap)
{
	int dir = !f->is_uplink, n = dir ? 1350 : 1330;
	int64_t *l = dir ? &f->down : &f->up;
	if (*l <= 0) {
		f->state = 6;
		return f->idle;
	}
	if (*l < n)
		n = *l < 30 ? 30 : (int)*l;
	udp_short(f, dir, n, 0);
	*l -= n;
	if (++f->unack >= 4) {
		f->unack = 0;
		f->state = 7;
		return gap;
	}
	if (--f->burst <= 0) {
		f->burst = 10 + below(30);
		return f->rtt;
	}
	return gap;
}

int64_t step_quic(struct flow *f, int64_t gap)
{
	int n;
	switch (f->state) {
	case 0:
		f->pq = uniform() < SHARE_PQ * 1.2;
		quic_hello(f);
		udp(f, 0, f->q[0], f->ql[0]);
		f->is_name_out = !f->q[1];
		f->state = f->q[1] ? 1 : 2;
		return f->q[1] ? ms(.05) : f->rtt;
	case 1:
		udp(f, 0, f->q[1], f->ql[1]);
		f->is_name_out = 1;
		f->state = 2;
		return f->rtt;
	case 2:
		udp(f, 1, f->qs, f->qsl);
		f->state = 3;
		f->pend = 2 + below(2);
		return gap;
	case 3:
		n = f->pend > 1 ? 1250 : 400 + below(800);
		handshake_head(tmp, f, n);
		memcpy(tmp + 17, noise(), n - 17);
		udp(f, 1, tmp, n);
		if (--f->pend)
			return gap;
		f->state = 4;
		return f->rtt;
	case 4:
		quic_finished(f);
		f->state = 5;
		f->burst = 10;
		return f->rtt;
	case 5:
		return quic_data(f, gap);
	case 7:
		n = 28 + below(12);
		udp_short(f, f->is_uplink, n, 1);
		f->state = 5;
		return gap;
	default:
		udp_short(f, 0, 35, 0);
		return -1;
	}
}
