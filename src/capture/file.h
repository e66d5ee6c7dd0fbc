/* One pass through one stored capture: its bytes, its format, its packets, and what they came to. */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet.h"
#include "capture/digest.h"

struct file_spec {
	int fd;                /* stays the caller's */
	bool is_seekable;      /* then it is read from its begin, and its position is not used */
	size_t block;          /* bytes of one read */
	struct digest *digest; /* NULL: none */
	uint16_t input;        /* of the packets */
	unsigned n_bufs;       /* more than 1 if packets are lent, see file_lend */
	void (*secrets)(void *ctx, uint32_t type, struct bytes secrets); /* may be NULL */
	void *ctx;
};

struct file_counts {
	char format[24]; /* "pcap", "pcapng", "pcap (gzip)"; "" if unreadable */
	uint64_t stored_bytes, packets, dropped, bad_blocks, time_back, time_ahead;
	int64_t first_ns, last_ns; /* earliest and latest; 0 and 0 without packets */
	bool is_truncated, is_unreadable, is_nanoseconds;
	char why[128];
};

struct file;

/* Reads the begin of the file. returns: NULL if out of memory. */
struct file *file_open(const struct file_spec *spec);
void file_close(struct file *f);

/* memory: packets and frames are borrowed until the next call. returns: how many; 0 at the end. */
size_t file_next(struct file *f, struct packet *packets, size_t max);

/* The frames given last stay as they are through n_bufs - 1 further turns of file_next and file_lend, but not
 * after file_close. */
void file_lend(struct file *f);
bool file_has_lent(const struct file *f); /* ever */

/* Reads what is left, for the digest. */
void file_drain(struct file *f);

void file_counts(const struct file *f, struct file_counts *ret_counts);
uint64_t file_stored(const struct file *f); /* bytes of the file read so far */

#endif
