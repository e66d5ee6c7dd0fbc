/* Packets from stored captures: files, folders and standard input, in one run, merged by time.
 *
 * Formats: pcap (micro- and nanoseconds, both byte orders, the modified, Kuznetzov and Nokia variants),
 * pcapng; each plain or compressed with gzip, zstd or lz4. Read with 1 MiB blocks, never held as a whole.
 * spec: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/packet.h"

/* A secrets block of a pcapng file. */
#define SOURCE_SECRETS_TLS_KEYLOG 0x544c534b

enum { SOURCE_AHEAD_MAX = 16 };

struct source_spec {
	const char *const *paths; /* files, folders (their files, by name, not deeper), "-" */
	size_t n_paths;
	const char *filter; /* pcap filter, NULL: none; compiled for every link type present */
	bool hashes; /* SHA-256 of the inputs: of files by a thread beside, see source_wait_hashes, of others
			as they are read */
	unsigned
	    ahead; /* frames are borrowed until so many further calls of source_next; 0: until the next */
	void (*secrets)(void *ctx, uint32_t type,
			struct bytes secrets); /* may be NULL; of files before their first packet */
	void (*progress)(
	    void *ctx, uint64_t read,
	    uint64_t total); /* now and then while source_open or source_look_ahead read; may be NULL */
	bool (*opened)(void *ctx, struct err *err); /* once every input is open, before the first byte of any;
						       false ends it; may be NULL */
	void *ctx;
};

/* What an input came to. Counts are as far as read; complete after source_next gave 0, or after
 * source_look_ahead (then of the whole input, without the filter).
 */
struct source_input {
	const char *name;          /* without folders; "-" for standard input */
	char format[24];           /* "pcap", "pcapng", "pcap (gzip)", … "" if unreadable */
	char sha256[65];           /* of the file as it is stored; "" until known */
	uint64_t bytes;            /* of the file as it is stored */
	uint64_t packets;          /* in the input */
	uint64_t filtered;         /* of them not passed on, by the filter */
	int64_t first_ns, last_ns; /* earliest and latest packet time; 0 and 0 without packets */
	uint64_t dropped;          /* by who captured it, as an interface statistics block says */
	uint64_t bad_blocks;       /* skipped */
	uint64_t time_back;        /* packets earlier than the one before by more than a minute */
	uint64_t time_ahead;       /* packets later than the one before by more than a year */
	bool is_truncated; /* ends in the middle of a packet or block, or cannot be decompressed to its end */
	bool is_unreadable; /* no capture at all: `why` says what it is */
	bool is_nanoseconds;
	char why[256]; /* one line, of is_unreadable and is_truncated */
};

struct source;

/* An input that cannot be read is no failure while another can: see source_input. returns: NULL with err set
 * when not one input is readable, or the filter is wrong.
 */
struct source *source_open(const struct source_spec *spec, struct err *err);
void source_close(struct source *s);

/* The next packets in order of time; those of one input stay in their order. memory: packets and frames are
 * borrowed until the next call, frames longer if source_spec.ahead says so. returns: how many; 0 at the end.
 */
size_t source_next(struct source *s, struct packet *packets, size_t max);

size_t source_inputs(const struct source *s);
void source_input(const struct source *s, size_t i, struct source_input *ret_input);

/* Packets left out because the filter has no meaning on their link type; *ret_linktype: the first such one.
 */
uint64_t source_meaningless(const struct source *s, uint16_t *ret_linktype);

/* Reads files on without handing out their packets, so that what source_input says is of the whole of them.
 */
void source_look_ahead(struct source *s);

/* returns: true if the hashes of files are known, or none were asked for, at the latest after ms. */
bool source_wait_hashes(struct source *s, unsigned ms);

/* For progress: bytes read so far, and of all inputs together (0 if not known), for every purpose. */
void source_progress(const struct source *s, uint64_t *ret_read, uint64_t *ret_total);
#endif
