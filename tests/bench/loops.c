/* Fixed loops that the benchmark compares with: what reading a capture costs when nothing is done with it.
 *
 * loops pcap FILE    libpcap's pcap_next_ex, counting packets and bytes
 * loops blocks FILE  1 MiB reads of a little-endian pcap file, walking the record headers
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sum {
	uint64_t packets, bytes;
};

static int by_pcap(const char *path, struct sum *s)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, text);
	if (!p) {
		fprintf(stderr, "%s\n", text);
		return 1;
	}
	struct pcap_pkthdr *h;
	const u_char *data;
	while (pcap_next_ex(p, &h, &data) == 1) {
		s->packets++;
		s->bytes += h->len;
	}
	pcap_close(p);
	return 0;
}

enum {
	BLOCK = 1 << 20,
	RECORD_MAX = 1 << 18,
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
};

static int by_blocks(const char *path, struct sum *s)
{
	int fd = open(path, O_RDONLY);
	uint8_t *buf = malloc(BLOCK + RECORD_MAX);
	if (fd < 0 || !buf) {
		perror(path);
		free(buf);
		return 1;
	}
	size_t have = 0, skip = FILE_HEADER;
	for (ssize_t n; (n = read(fd, buf + have, BLOCK)) > 0;) {
		have += (size_t)n;
		size_t at = skip;
		skip = 0;
		while (at + RECORD_HEADER <= have) {
			uint32_t captured, length;
			memcpy(&captured, buf + at + 8, 4);
			memcpy(&length, buf + at + 12, 4);
			if (captured > RECORD_MAX - RECORD_HEADER || at + RECORD_HEADER + captured > have)
				break;
			s->packets++;
			s->bytes += length;
			at += RECORD_HEADER + captured;
		}
		memmove(buf, buf + at, have - at);
		have -= at;
		if (have > RECORD_MAX)
			break;
	}
	close(fd);
	free(buf);
	return 0;
}

int main(int argc, char **argv)
{
	struct sum s = { 0 };
	if (argc != 3 || (strcmp(argv[1], "pcap") != 0 && strcmp(argv[1], "blocks") != 0)) {
		fputs("usage: loops pcap|blocks FILE\n", stderr);
		return 2;
	}
	if (argv[1][0] == 'p' ? by_pcap(argv[2], &s) : by_blocks(argv[2], &s))
		return 1;
	printf("%" PRIu64 " packets %" PRIu64 " bytes\n", s.packets, s.bytes);
	return 0;
}
