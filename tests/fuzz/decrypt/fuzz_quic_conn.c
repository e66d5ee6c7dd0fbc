/* QUIC connections whose packets are sealed as they must be: what is in them, and what is done with them,
 * comes from the input. The first byte says what connection it is; then each step is a byte (its low half
 * says what, its high bit that it is lost) and, where it takes any, bytes with a length of 2 before them.
 */
#include "decrypt/decrypt.h"
#include "fuzz.h"
#include "mkquic.h"

#include <string.h>

struct request_sink fuzz_sink(void);
struct decrypt_limits fuzz_limits(void);

enum step {
	HELLO,
	RETRY,
	SERVER_HELLO,
	UP,
	DOWN,
	EARLY,
	UPDATE_UP,
	UPDATE_DOWN,
	CID,
	PORT,
	TIME,
	RAW_UP,
	RAW_DOWN,
	SKIP,
	END
};

enum { PAYLOAD_MAX = 1200, LOST = 0x80, STEPS_MAX = 64 };

struct world {
	struct mkquic *quic;
	struct decrypt *decrypt;
	struct decrypt_flow flow;
	struct when at;
};

static void deliver(struct world *w, bool is_lost, enum way way, struct bytes datagram)
{
	w->at.ts_ns += 1000000;
	w->at.frame++;
	if (!is_lost)
		decrypt_datagram(w->decrypt, &w->flow, way, datagram, w->at);
}

/* What is in a packet: at least as much as header protection needs. */
static struct bytes payload(struct reader *r)
{
	static uint8_t at[PAYLOAD_MAX];
	size_t n = reader_uint(r, 2) % PAYLOAD_MAX;
	struct bytes b = reader_take(r, n < r->left ? n : r->left);
	memset(at, 0, 8);
	if (b.len)
		memcpy(at, b.at, b.len);
	return (struct bytes){ at, b.len < 8 ? 8 : b.len };
}

static void step(struct world *w, struct reader *r)
{
	uint32_t op = reader_uint(r, 1);
	bool is_lost = op & LOST;
	switch (op & 15) {
	case HELLO:
		deliver(w, is_lost, WAY_UP, mkquic_client_hello(w->quic));
		break;
	case RETRY:
		deliver(w, is_lost, WAY_DOWN, mkquic_retry(w->quic));
		break;
	case SERVER_HELLO:
		deliver(w, is_lost, WAY_DOWN, mkquic_server_hello(w->quic));
		break;
	case UP:
	case DOWN: {
		enum way way = (op & 15) == UP ? WAY_UP : WAY_DOWN;
		deliver(w, is_lost, way, mkquic_data(w->quic, way, payload(r)));
		break;
	}
	case EARLY:
		deliver(w, is_lost, WAY_UP, mkquic_early(w->quic, payload(r)));
		break;
	case UPDATE_UP:
	case UPDATE_DOWN:
		mkquic_update_keys(w->quic, (op & 15) == UPDATE_UP ? WAY_UP : WAY_DOWN);
		break;
	case CID: {
		struct bytes cid = payload(r);
		cid.len = cid.len > 20 ? 20 : cid.len;
		mkquic_set_cid(w->quic, WAY_UP, cid);
		break;
	}
	case PORT:
		w->flow.id++;
		break;
	case TIME:
		w->at.ts_ns += INT64_C(3000000000);
		decrypt_tick(w->decrypt, w->at.ts_ns);
		break;
	case RAW_UP:
	case RAW_DOWN:
		deliver(w, is_lost, (op & 15) == RAW_UP ? WAY_UP : WAY_DOWN, payload(r));
		break;
	case SKIP:
		mkquic_skip(w->quic, WAY_UP, reader_uint(r, 2));
		break;
	default:
		decrypt_datagram_end(w->decrypt, w->flow.id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t versions[] = { MKQUIC_V1, MKQUIC_V2, MKQUIC_V2_DRAFT, MKQUIC_V1 };
	struct reader r = { data, len, false };
	uint32_t kind = reader_uint(&r, 1);
	struct mkquic_spec spec = { .version = versions[kind & 3],
				    .suite = (uint16_t)(0x1301 + (kind >> 2 & 3) % 3),
				    .has_early = kind & 0x10,
				    .is_early_accepted = kind & 0x20,
				    .has_ech = kind & 0x40,
				    .is_greased = kind & 0x80 };
	struct keylog *keys = keylog_new(4);
	struct world w = { .quic = mkquic_new(&spec), .flow = { .id = 1 } };
	const char *text = mkquic_keys(w.quic);
	keylog_add(keys, (struct bytes){ (const uint8_t *)text, strlen(text) });
	w.decrypt = decrypt_new(&(struct decrypt_spec){
	    .keys = keys, .is_live = len & 1, .limits = fuzz_limits(), .sink = fuzz_sink() });
	for (int i = 0; r.left && i < STEPS_MAX; i++)
		step(&w, &r);
	decrypt_free(w.decrypt);
	keylog_free(keys);
	mkquic_free(w.quic);
	return 0;
}
