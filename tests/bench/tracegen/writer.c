#include "tracegen.h"

#include <fcntl.h>
#include <unistd.h>

#define OBS (8 << 20)
static uint8_t *out;
static size_t out_len;
static int out_fd;
uint64_t packets_out, bytes_out;
int64_t now;
void writer_flush(void)
{
	size_t o = 0;
	while (o < out_len) {
		ssize_t w = write(out_fd, out + o, out_len - o);
		if (w < 0) {
			perror("write");
			exit(1);
		}
		o += w;
	}
	out_len = 0;
}

void writer_open(void)
{
	out_fd = open(opt.out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (out_fd < 0) {
		perror(opt.out);
		exit(1);
	}
	out = malloc(OBS + 65536 * 2);
	if (opt.format == 1) { /* pcapng: SHB + IDB(if_tsresol 9 = ns) */
		uint32_t shb[] = { 0x0A0D0D0A, 28, 0x1A2B3C4D, 0x00000001, 0xffffffff, 0xffffffff, 28 };
		memcpy(out, shb, 28);
		out_len = 28;
		uint32_t idb[] = { 1, 32, 1, 262144, 0x00010009, 0x00000009, 0, 32 };
		memcpy(out + out_len, idb, 32);
		out_len += 32;
	} else {
		uint32_t h[] = { opt.format == 2 ? 0xa1b23c4d : 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1 };
		memcpy(out, h, 24);
		out_len = 24;
	}
}

uint8_t *packet_begin(void)
{
	return out + out_len + (opt.format == 1 ? 28 : 16);
}

void packet_end(int len)
{
	if (opt.format == 1) {
		uint32_t pad = (4 - (len & 3)) & 3;
		uint32_t tot = 32 + len + pad;
		uint32_t h[7] = { 6, tot, 0, (uint32_t)((uint64_t)now >> 32), (uint32_t)now, len, len };
		memcpy(out + out_len, h, 28);
		memset(out + out_len + 28 + len, 0, pad);
		memcpy(out + out_len + 28 + len + pad, &tot, 4);
		out_len += tot;
	} else {
		uint32_t h[4] = { (uint32_t)(now / 1000000000),
				  (uint32_t)(opt.format == 2 ? now % 1000000000 : (now % 1000000000) / 1000),
				  len, len };
		memcpy(out + out_len, h, 16);
		out_len += 16 + len;
	}
	packets_out++;
	bytes_out += len;
	if (out_len >= OBS)
		writer_flush();
}
