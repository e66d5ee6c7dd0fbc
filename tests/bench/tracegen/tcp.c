#include "tracegen.h"

#define SHARE_TLS12 .06
#define CERT 621 /* bytes of what stands for a certificate */

static uint8_t tmp[8192];

static void make_request(struct flow *f)
{
	int so;
	f->ch = malloc(4096);
	if (f->kind == K_HTTP) {
		f->chlen =
		    snprintf((char *)f->ch, 2000,
			     "GET /%s/%u.js?r=%llu HTTP/1.1\r\nHost: %s\r\nConnection: "
			     "keep-alive\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
			     "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
			     "Safari/537.36\r\nAccept: */*\r\nReferer: http://%s/\r\nAccept-Encoding: "
			     "gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n",
			     "assets", below(10000), (unsigned long long)random_u64(), f->h->n, f->h->n);
		return;
	}
	f->t12 = uniform() < SHARE_TLS12;
	f->pq = !f->t12 && uniform() < SHARE_PQ / (1 - SHARE_TLS12);
	int n = client_hello(f->ch + 5, f->h->n, f->pq, below(2), 0, f->t12, &so);
	record(f->ch, 0x16, 1, n);
	f->chlen = n + 5;
	f->split = f->chlen > f->mss;
	f->sni2 = f->split && so + 5 + f->h->len > f->mss;
	f->swap = f->split && below(100) < 1;
}

static void make_answer(struct flow *f)
{
	f->sf = malloc(16384);
	if (f->kind == K_HTTP) {
		f->sflen = snprintf((char *)f->sf, 1000,
				    "HTTP/1.1 200 OK\r\nContent-Type: "
				    "application/octet-stream\r\nContent-Length: %lld\r\nServer: "
				    "nginx\r\nCache-Control: max-age=600\r\n\r\n",
				    (long long)f->down);
		f->is_uplink = 0;
		return;
	}
	int n = server_hello(f->sf + 5, f->pq, f->t12, 0);
	uint8_t *p = record(f->sf, 0x16, 3, n) + n;
	if (f->t12) { /* a certificate, a key exchange, and that it is done */
		p = message(record(p, 0x16, 3, CERT + 10), 0x0b, CERT + 6);
		p24(p, CERT + 3);
		p24(p + 3, CERT);
		for (int i = 0; i < CERT; i++) /* only its length matters */
			p[6 + i] = (uint8_t)(i * 31);
		p = message(record(p + 6 + CERT, 0x16, 3, 304), 0x0c, 300);
		memcpy(p, "\3\0\x1d\x20", 4);
		random_bytes(p + 4, 32);
		memcpy(p + 36, "\4\3\1\4", 4);
		random_bytes(p + 40, 260);
		p = message(record(p + 300, 0x16, 3, 4), 0x0e, 0);
	} else {
		n = opt.is_tiny ? 300 + below(300) : 2200 + below(2200);
		memcpy(p, "\x14\3\3\0\1\1", 6);
		p = record(p + 6, 0x17, 3, n);
		memcpy(p, noise(), n);
		p += n;
	}
	f->sflen = p - f->sf;
}

/* The next piece of what one end says in its handshake. returns: true if it was the last. */
static int tcp_piece(struct flow *f, int dir, const uint8_t *bytes, int len, int *off)
{
	int n = len - *off > f->mss ? f->mss : len - *off, last = *off + n == len;
	tcp(f, dir, ACK | (last ? PSH : 0), bytes + *off, n, 0);
	*off += n;
	return last;
}

/* The second segment of a hello goes first. */
static void tcp_tail_first(struct flow *f)
{
	uint32_t sq = f->sq;
	f->sq += f->mss;
	tcp(f, 0, ACK | PSH, f->ch + f->mss, f->chlen - f->mss, 0);
	f->sq = sq;
}

/* CCS + Finished (+key exch) + first request */
static void tcp_finished(struct flow *f)
{
	int n = f->t12 ? 40 : 53;
	uint8_t *p = tmp;
	if (f->t12) {
		memcpy(p, "\x16\3\3\0\x25\x10\0\0\x21\x20", 10);
		random_bytes(p + 10, 32);
		p += 42;
	}
	memcpy(p, "\x14\3\3\0\1\1", 6);
	p = record(p + 6, f->t12 ? 0x16 : 0x17, 3, n);
	random_bytes(p, 53);
	tcp(f, 0, ACK | PSH, tmp, p + n - tmp, 0);
}

/* Trains of packets, with a pause of the way there and back behind each. */
static int64_t after_train(struct flow *f, int64_t gap)
{
	if (--f->burst > 0)
		return gap;
	f->burst = 10 + below(40);
	return f->rtt;
}

static int64_t tcp_data(struct flow *f, int64_t gap)
{
	int dir = !f->is_uplink;
	int64_t *l = dir ? &f->down : &f->up;
	if (*l <= 0) {
		f->state = 11;
		return f->unack ? ms(.1) : f->idle;
	}
	int n = *l > f->mss ? f->mss : (int)*l;
	tcp(f, dir, ACK | (*l == n ? PSH : 0), 0, n, f->kind != K_HTTP);
	*l -= n;
	if (++f->unack < 2)
		return after_train(f, gap);
	f->unack = 0;
	f->state = 10;
	return gap;
}

static int64_t tcp_end(struct flow *f)
{
	if (f->unack) {
		tcp(f, f->is_uplink, ACK, 0, 0, 0);
		f->unack = 0;
		return f->idle;
	}
	tcp(f, 0, (f->rst ? RST : FIN) | ACK, 0, 0, 0);
	f->state = 12;
	return f->rst ? -1 : f->rtt;
}

int64_t step_tcp(struct flow *f, int64_t gap)
{
	int n;
	switch (f->state) {
	case 0:
		tcp(f, 0, SYN, 0, 0, 0);
		f->state = 1;
		return f->rtt;
	case 1:
		tcp(f, 1, SYN | ACK, 0, 0, 0);
		f->state = 2;
		return ms(.05);
	case 2:
		tcp(f, 0, ACK, 0, 0, 0);
		f->state = 3;
		return ms(.2);
	case 3:
		make_request(f);
		if (f->swap) {
			tcp_tail_first(f);
			f->state = 31;
			return ms(.02);
		}
		/* fallthrough */
	case 30:
		f->is_name_out = tcp_piece(f, 0, f->ch, f->chlen, &f->choff);
		f->state = f->is_name_out ? 4 : 30;
		return f->is_name_out ? f->rtt : ms(.02);
	case 31:
		tcp(f, 0, ACK, f->ch, f->mss, 0);
		f->sq += f->chlen - f->mss;
		f->is_name_out = 1;
		f->state = 4;
		return f->rtt;
	case 4:
		tcp(f, 1, ACK, 0, 0, 0);
		make_answer(f);
		f->state = 5;
		return opt.is_tiny ? gap : ms(.3 + exponential(3));
	case 5:
		if (!tcp_piece(f, 1, f->sf, f->sflen, &f->sfoff))
			return gap;
		f->state = f->kind == K_HTTP ? 9 : 6;
		return ms(.3);
	case 6:
		tcp_finished(f);
		f->state = 7;
		f->burst = 10;
		return ms(.1 + exponential(1));
	case 7:
		n = (int)(f->up > 700 ? 500 + below(200) : f->up);
		if (f->is_uplink)
			n = 500;
		tcp(f, 0, ACK | PSH, 0, n, 1);
		f->up -= n;
		f->state = 8;
		return f->rtt + ms(exponential(15));
	case 8:
		tcp(f, 1, ACK, 0, 0, 0);
		f->state = 9;
		return ms(exponential(10));
	case 9:
		return tcp_data(f, gap);
	case 10:
		tcp(f, f->is_uplink, ACK, 0, 0, 0);
		f->state = 9;
		return after_train(f, gap);
	case 11:
		return tcp_end(f);
	case 12:
		tcp(f, 1, FIN | ACK, 0, 0, 0);
		f->state = 13;
		return ms(.05);
	default:
		tcp(f, 0, ACK, 0, 0, 0);
		return -1;
	}
}
