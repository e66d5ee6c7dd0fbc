/* Capture files in a folder of the test's own, and everything that a source makes of them. For cmocka tests.
 */
#ifndef TESTS_LIB_CAPREAD_H
#define TESTS_LIB_CAPREAD_H

#include "capture/source.h"
#include "mkcap.h"

#define CAPREAD_PACKETS_MAX 4096
#define CAPREAD_INPUTS_MAX 8
#define CAPREAD_PATH_MAX 128

/* Set-up and tear-down of a group of tests: a folder, and it deleted with all in it. */
int capread_make_folder(void **state);
int capread_remove_folder(void **state);

/* A path in the folder; good for the next seven calls. */
const char *capread_path(const char *name);
const char *capread_write(const char *name, const void *data, size_t len);

/* A pcap file of n packets, one a second from s on; frames are filled with one value. */
void capread_make_pcap(struct mkcap *c, uint32_t s, size_t n, uint32_t frame_len, uint8_t fill);

/* What was read, with the last byte of each frame: the frame itself is only there for a moment. */
struct capread {
	size_t n, n_inputs;
	struct packet packets[CAPREAD_PACKETS_MAX];
	uint8_t last[CAPREAD_PACKETS_MAX];
	struct source_input inputs[CAPREAD_INPUTS_MAX];
};

/* batch: packets asked for at once. */
void capread_all(const struct source_spec *spec, size_t batch, struct capread *ret_read);

void capread_sha256(const void *data, size_t len, char text[65]);

#endif
