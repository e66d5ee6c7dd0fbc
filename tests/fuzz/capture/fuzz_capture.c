#include "capture/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define PACKETS_MAX 100000 /* a compressed file may hold more than is worth the time */

struct sum {
	uint64_t bytes;
};

static void touch(struct sum *s, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		s->bytes += b.at[i];
}

static void on_secrets(void *ctx, uint32_t type, struct bytes secrets)
{
	(void)type;
	touch(ctx, secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	FUZZ_CHECK(write(fd, data, len) == (ssize_t)len);
	lseek(fd, 0, SEEK_SET);

	struct sum sum = { 0 };
	struct packet packets[16];
	struct file_counts counts;
	struct file *f = file_open(
	    &(struct file_spec){ .fd = fd, .block = 512, .secrets = on_secrets, .ctx = &sum, .input = 3 });
	FUZZ_CHECK(f != NULL);
	uint64_t number = 0, n_packets = 0;
	for (size_t n; n_packets < PACKETS_MAX && (n = file_next(f, packets, 16)) > 0;) {
		FUZZ_CHECK(n <= 16);
		for (size_t i = 0; i < n; i++) {
			FUZZ_CHECK(packets[i].number > number && packets[i].input == 3);
			FUZZ_CHECK(packets[i].wire_len >= packets[i].frame.len);
			number = packets[i].number;
			n_packets++;
			touch(&sum, packets[i].frame);
		}
	}
	file_counts(f, &counts);
	FUZZ_CHECK(counts.packets == n_packets && counts.first_ns <= counts.last_ns);
	FUZZ_CHECK(!counts.is_unreadable || n_packets == 0);
	FUZZ_CHECK((counts.why[0] != '\0') == (counts.is_unreadable || counts.is_truncated));
	FUZZ_CHECK((counts.format[0] == '\0') == counts.is_unreadable);
	file_close(f);
	close(fd);
	return 0;
}
