/* Makes capture files byte by byte, of either byte order. */
#ifndef TESTS_LIB_MKCAP_H
#define TESTS_LIB_MKCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define MKCAP_MAX 65536

struct mkcap {
	bool is_swapped; /* the other byte order than this machine's */
	size_t len;
	uint8_t at[MKCAP_MAX];
};

void mkcap_uint(struct mkcap *c, uint64_t v, size_t n_bytes);
void mkcap_bytes(struct mkcap *c, const void *data, size_t len);

/* version: major << 16 | minor. */
void mkcap_pcap(struct mkcap *c, uint32_t magic, uint32_t version, uint32_t network);

/* A record with `extra` zero bytes behind its 16; the frame is caplen bytes of the value `fill`. */
void mkcap_record(struct mkcap *c, uint32_t s, uint32_t fraction, uint32_t caplen, uint32_t wire_len,
		  size_t extra, uint8_t fill);

/* A pcapng block: begin, its body, end, which sets both lengths. returns: where it begins. */
size_t mkcap_begin(struct mkcap *c, uint32_t type);
void mkcap_end(struct mkcap *c, size_t begin);
void mkcap_option(struct mkcap *c, uint16_t code, const void *value, uint16_t len);

void mkcap_section(struct mkcap *c);
/* tsresol < 0: no such option; offset_s 0: the same. */
void mkcap_interface(struct mkcap *c, uint16_t linktype, uint32_t snaplen, int tsresol, int64_t offset_s);
void mkcap_enhanced(struct mkcap *c, uint32_t interface, uint64_t units, uint32_t caplen, uint32_t wire_len,
		    uint8_t fill);

struct bytes mkcap_view(const struct mkcap *c);

#endif
