#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "capread.h"

#define MICRO 0xa1b2c3d4
#define VERSION_2_4 0x20004

static struct source_spec spec_of(const char *const *paths, size_t n)
{
	return (struct source_spec){ .paths = paths, .n_paths = n };
}

static void a_cut_file_gives_what_came(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	capread_make_pcap(&c, 1000, 20, 100, 7);
	for (int with_hashes = 0; with_hashes < 2; with_hashes++) {
		const char *path = capread_write("cut.pcap", c.at, c.len - 1);
		struct source_spec spec = spec_of(&path, 1);
		spec.hashes = with_hashes;
		capread_all(&spec, 3, &seen);
		assert_int_equal(seen.n, 19);
		assert_int_equal(seen.inputs[0].packets, 19);
		assert_true(seen.inputs[0].is_truncated);
		assert_false(seen.inputs[0].is_unreadable);
		assert_string_equal(seen.inputs[0].why, "it ends in the middle of a packet, after packet 19");
	}
}

enum { LENT_AHEAD = 4, LENT_BATCH = 50, LENT_PERIOD = 250 };

/* Records whose bytes tell the number of the packet, in more than one block. */
static const char *make_long(const char *name, size_t n_periods)
{
	static struct mkcap c;
	const char *path = capread_path(name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	c = (struct mkcap){ 0 };
	mkcap_pcap(&c, MICRO, VERSION_2_4, 1);
	assert_int_equal(fwrite(c.at, 1, c.len, f), c.len);
	c.len = 0;
	for (uint32_t k = 0; k < LENT_PERIOD; k++)
		mkcap_record(&c, 1000, k, 200, 200, 0, (uint8_t)k);
	for (size_t i = 0; i < n_periods; i++)
		assert_int_equal(fwrite(c.at, 1, c.len, f), c.len);
	fclose(f);
	return path;
}

/* The digest is of the whole file, also behind a fault in it; the rest is known as soon as it is wanted. */
static void an_input_is_known_ahead_of_its_packets(void **state)
{
	(void)state;
	static struct mkcap c;
	capread_make_pcap(&c, 1000, 20, 100, 7);
	mkcap_record(&c, 500, 5, 60, 60, 0, 7);
	memset(c.at + c.len, 0xff, 5000);
	const char *path = capread_write("scan.pcap", c.at, c.len + 5000);
	struct source_spec spec = spec_of(&path, 1);
	spec.hashes = true;
	struct err err;
	struct source_input in;
	struct packet packets[8];
	char want[65];
	struct source *s = source_open(&spec, &err);
	assert_non_null(s);
	assert_int_equal(source_next(s, packets, 8), 8);
	source_input(s, 0, &in);
	assert_string_equal(in.name, "scan.pcap");
	assert_int_equal(in.packets, 8);
	source_look_ahead(s);
	assert_true(source_wait_hashes(s, 60000));
	for (size_t left = 21 - 8, n; left > 0; left -= n) {
		source_input(s, 0, &in);
		assert_int_equal(in.packets, 21);
		assert_int_equal(in.first_ns, 500 * NS_PER_S + 5000);
		assert_int_equal(in.last_ns, 1019 * NS_PER_S);
		assert_int_equal(in.time_back, 1);
		assert_true(in.is_truncated);
		n = source_next(s, packets, 8);
		assert_int_equal(n, left < 8 ? left : 8);
		assert_int_equal(packets[0].number, 21 - left + 1);
	}
	assert_int_equal(source_next(s, packets, 8), 0);
	capread_sha256(c.at, c.len + 5000, want);
	source_input(s, 0, &in);
	assert_string_equal(in.sha256, want);
	uint64_t read, total;
	source_progress(s, &read, &total);
	assert_int_equal(total, 3 * (c.len + 5000));
	assert_true(read <= total && read > 2 * c.len);
	source_close(s);
}

/* Beside packets, of many files, and given up half-way. */
static void hashes_are_made_beside(void **state)
{
	(void)state;
	const char *paths[] = { make_long("h1", 60), make_long("h2", 1), make_long("h3", 20) };
	static const size_t sizes[] = { 60, 1, 20 };
	struct source_spec spec = spec_of(paths, COUNT(paths));
	spec.hashes = true;
	for (int is_waited_for = 0; is_waited_for < 2; is_waited_for++) {
		struct err err;
		struct packet packets[64];
		size_t n, total = 0;
		struct source *s = source_open(&spec, &err);
		assert_non_null(s);
		while ((n = source_next(s, packets, COUNT(packets))) > 0)
			total += n;
		assert_int_equal(total, 81 * LENT_PERIOD);
		for (size_t i = 0; is_waited_for && i < COUNT(paths); i++) {
			struct source_input in;
			char want[65];
			uint8_t *whole = malloc(24 + sizes[i] * LENT_PERIOD * 216);
			FILE *f = fopen(paths[i], "rb");
			assert_true(whole && f);
			size_t len = fread(whole, 1, 24 + sizes[i] * LENT_PERIOD * 216, f);
			fclose(f);
			capread_sha256(whole, len, want);
			free(whole);
			assert_true(source_wait_hashes(s, 60000));
			source_input(s, i, &in);
			assert_int_equal(in.bytes, len);
			assert_string_equal(in.sha256, want);
		}
		source_close(s);
	}
}

static void inputs_are_merged_by_time(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	/* a: 100 200 150 300, b: 100 180 250, c: 90 */
	static const uint32_t times[3][4] = { { 100, 200, 150, 300 }, { 100, 180, 250, 0 }, { 90, 0, 0, 0 } };
	static const char *const names[] = { "a", "b", "c" };
	const char *paths[3];
	for (size_t i = 0; i < 3; i++) {
		c = (struct mkcap){ 0 };
		mkcap_pcap(&c, MICRO, VERSION_2_4, 1);
		for (size_t k = 0; k < 4 && times[i][k]; k++)
			mkcap_record(&c, times[i][k], 0, 30, 30, 0, (uint8_t)times[i][k]);
		paths[i] = capread_write(names[i], c.at, c.len);
	}
	static const struct {
		uint16_t input;
		uint32_t s;
		uint64_t number;
	} want[] = { { 2, 90, 1 },  { 0, 100, 1 }, { 1, 100, 1 }, { 1, 180, 2 },
		     { 0, 200, 2 }, { 0, 150, 3 }, { 1, 250, 3 }, { 0, 300, 4 } };
	for (size_t batch = 1; batch < 64; batch = 2 * batch + 1)
		for (int with_hashes = 0; with_hashes < 2; with_hashes++) {
			struct source_spec spec = spec_of(paths, 3);
			spec.hashes = with_hashes;
			capread_all(&spec, batch, &seen);
			assert_int_equal(seen.n, COUNT(want));
			for (size_t i = 0; i < COUNT(want); i++) {
				assert_int_equal(seen.packets[i].input, want[i].input);
				assert_int_equal(seen.packets[i].ts_ns, want[i].s * NS_PER_S);
				assert_int_equal(seen.packets[i].number, want[i].number);
				assert_int_equal(seen.last[i], want[i].s & 0xff);
			}
		}
}

/* Frames stay what they are while a batch of several inputs is looked at, over many blocks. */
static void frames_are_whole_in_long_merges(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	const char *paths[4];
	static const char *const names[] = { "m1", "m2", "m3", "m4" };
	for (size_t i = 0; i < 4; i++) {
		capread_make_pcap(&c, 1000, 700, 70, (uint8_t)(i + 1));
		FILE *f = fopen(paths[i] = capread_path(names[i]), "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(c.at, 1, c.len, f), c.len);
		fclose(f);
	}
	struct source_spec spec = spec_of(paths, 4);
	capread_all(&spec, 64, &seen);
	assert_int_equal(seen.n, 2800);
	for (size_t i = 0; i < seen.n; i++) {
		assert_int_equal(seen.packets[i].input, i % 4);
		assert_int_equal(seen.last[i], i % 4 + 1);
	}
}

static void check_lent(const struct packet *p)
{
	uint8_t want = (uint8_t)((p->number - 1) % LENT_PERIOD);
	for (size_t i = 0; i < p->frame.len; i++)
		assert_int_equal(p->frame.at[i], want);
}

/* Also of an input that has come to its end, and while others go on. */
static void lent_frames_stay(void **state)
{
	(void)state;
	const char *paths[] = { make_long("l1", 20), make_long("l2", 60), make_long("l3", 1) };
	static struct packet kept[LENT_AHEAD][LENT_BATCH];
	size_t n_kept[LENT_AHEAD] = { 0 };
	for (size_t n_paths = 1; n_paths <= COUNT(paths); n_paths++) {
		struct source_spec spec = spec_of(paths, n_paths);
		spec.ahead = LENT_AHEAD;
		struct err err;
		struct source *s = source_open(&spec, &err);
		assert_non_null(s);
		size_t total = 0, after_end = 0;
		for (size_t call = 0; after_end < LENT_AHEAD; call++) {
			size_t slot = call % LENT_AHEAD;
			n_kept[slot] = source_next(s, kept[slot], LENT_BATCH);
			total += n_kept[slot];
			after_end += n_kept[slot] == 0;
			for (size_t i = 0; i < LENT_AHEAD; i++)
				for (size_t k = 0; k < n_kept[i]; k++)
					check_lent(&kept[i][k]);
		}
		assert_int_equal(total, LENT_PERIOD * (n_paths == 1 ? 20 : n_paths == 2 ? 80 : 81));
		source_close(s);
	}
}

static const uint8_t arp_frame[14] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x08, 0x06 };
static const uint8_t ip_packet[20] = { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

static void put_frame(struct mkcap *c, uint32_t interface, const void *a, size_t a_len, const void *b,
		      size_t b_len)
{
	size_t at = mkcap_begin(c, 6);
	mkcap_uint(c, interface, 4);
	mkcap_uint(c, 0, 8);
	mkcap_uint(c, a_len + b_len, 4);
	mkcap_uint(c, a_len + b_len, 4);
	mkcap_bytes(c, a, a_len);
	mkcap_bytes(c, b, b_len);
	mkcap_end(c, at);
}

/* Ethernet, raw IP, and NULL as a machine of either byte order writes it, in one file. */
static void a_filter_works_on_every_link_type(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	static const uint8_t ethernet_ip[14] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x08, 0x00 };
	static const uint8_t null_here[4] = { 2, 0, 0, 0 }, null_other[4] = { 0, 0, 0, 2 };
	c = (struct mkcap){ 0 };
	mkcap_section(&c);
	mkcap_interface(&c, 1, 0, -1, 0);
	mkcap_interface(&c, 101, 0, -1, 0);
	mkcap_interface(&c, 0, 0, -1, 0);
	mkcap_interface(&c, 147, 0, -1, 0); /* a private link type: IP means nothing there */
	put_frame(&c, 0, arp_frame, 14, ip_packet, 20);
	put_frame(&c, 0, ethernet_ip, 14, ip_packet, 20);
	put_frame(&c, 1, ip_packet, 20, NULL, 0);
	put_frame(&c, 2, null_here, 4, ip_packet, 20);
	put_frame(&c, 2, null_other, 4, ip_packet, 20);
	put_frame(&c, 3, ip_packet, 20, NULL, 0);
	const char *path = capread_write("filter.pcapng", c.at, c.len);
	struct source_spec spec = spec_of(&path, 1);
	spec.filter = "ip and host 10.0.0.2";
	capread_all(&spec, 64, &seen);
	assert_int_equal(seen.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(seen.packets[i].number, i + 2);
	assert_int_equal(seen.inputs[0].packets, 6);
	assert_int_equal(seen.inputs[0].filtered, 2);

	struct err err = { "" };
	spec.filter = "hots 10.0.0.2";
	assert_null(source_open(&spec, &err));
	assert_non_null(strstr(err.text, "hots"));
}

static void foreign_files_are_named_and_the_others_read(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	capread_make_pcap(&c, 1000, 3, 100, 7);
	const char *paths[5];
	paths[0] = capread_write("text.pcap", "hello, world", 12);
	paths[1] = capread_write("empty.pcap", "", 0);
	paths[2] = capread_write("snoop.pcap", "snoop\0\0\0\0\0\0\2", 12);
	paths[3] = capread_path("not-there.pcap");
	paths[4] = capread_write("good", c.at, c.len);
	struct source_spec spec = spec_of(paths, 5);
	for (int with_hashes = 0; with_hashes < 2; with_hashes++) {
		spec.hashes = with_hashes;
		capread_all(&spec, 64, &seen);
		assert_int_equal(seen.n, 3);
		static const char *const want[] = { "12 bytes (it begins with 68 65 6c 6c 6f", "empty",
						    "snoop capture", "No such file" };
		for (size_t i = 0; i < 4; i++) {
			assert_true(seen.inputs[i].is_unreadable);
			assert_non_null(strstr(seen.inputs[i].why, want[i]));
			assert_null(strchr(seen.inputs[i].why, '\n'));
			assert_string_equal(seen.inputs[i].format, "");
		}
		assert_false(seen.inputs[4].is_unreadable);
	}
	struct err err = { "" };
	spec.n_paths = 4;
	assert_null(source_open(&spec, &err));
	assert_non_null(strstr(err.text, "text.pcap"));
}

static void a_folder_is_its_files_and_folders_by_name(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	char sub[CAPREAD_PATH_MAX], deeper[CAPREAD_PATH_MAX];
	snprintf(sub, sizeof(sub), "%s", capread_path("sub"));
	snprintf(deeper, sizeof(deeper), "%s", capread_path("sub/deeper"));
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(mkdir(deeper, 0700), 0);
	capread_make_pcap(&c, 1000, 1, 100, 2);
	capread_write("sub/b.pcap", c.at, c.len);
	capread_write("sub/.hidden", c.at, c.len);
	capread_write("sub/deeper/.hidden", c.at, c.len);
	capread_make_pcap(&c, 1000, 1, 100, 1);
	capread_write("sub/B.pcap", c.at, c.len);
	capread_make_pcap(&c, 1000, 1, 100, 3);
	capread_write("sub/deeper/a.pcap", c.at, c.len);
	assert_int_equal(symlink(sub, capread_path("sub/deeper/loop")), 0);
	const char *path = sub;
	struct source_spec spec = spec_of(&path, 1);
	capread_all(&spec, 64, &seen);
	assert_int_equal(seen.n_inputs, 3);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.last[0], 1); /* B.pcap */
	assert_int_equal(seen.last[1], 2); /* b.pcap */
	assert_int_equal(seen.last[2], 3); /* deeper/a.pcap */
}

/* Standard input comes in pieces of any size. */
static void a_pipe_is_read_as_it_comes(void **state)
{
	(void)state;
	static struct mkcap c;
	static struct capread seen;
	int pipe_fds[2], kept = dup(STDIN_FILENO);
	capread_make_pcap(&c, 1000, 100, 300, 7);
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t child = fork();
	if (child == 0) {
		close(pipe_fds[0]);
		for (size_t at = 0; at < c.len;) {
			size_t n = 1 + at * 7 % 613;
			if (n > c.len - at)
				n = c.len - at;
			if (write(pipe_fds[1], c.at + at, n) != (ssize_t)n)
				_exit(1);
			at += n;
		}
		_exit(0);
	}
	close(pipe_fds[1]);
	dup2(pipe_fds[0], STDIN_FILENO);
	close(pipe_fds[0]);
	const char *path = "-";
	struct source_spec spec = spec_of(&path, 1);
	spec.hashes = true;
	capread_all(&spec, 64, &seen);
	dup2(kept, STDIN_FILENO);
	close(kept);
	char want[65];
	capread_sha256(c.at, c.len, want);
	assert_int_equal(seen.n, 100);
	assert_int_equal(seen.inputs[0].bytes, c.len);
	assert_string_equal(seen.inputs[0].sha256, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_file_gives_what_came),
		cmocka_unit_test(an_input_is_known_ahead_of_its_packets),
		cmocka_unit_test(hashes_are_made_beside),
		cmocka_unit_test(inputs_are_merged_by_time),
		cmocka_unit_test(frames_are_whole_in_long_merges),
		cmocka_unit_test(lent_frames_stay),
		cmocka_unit_test(a_filter_works_on_every_link_type),
		cmocka_unit_test(foreign_files_are_named_and_the_others_read),
		cmocka_unit_test(a_folder_is_its_files_and_folders_by_name),
		cmocka_unit_test(a_pipe_is_read_as_it_comes),
	};
	return cmocka_run_group_tests(tests, capread_make_folder, capread_remove_folder);
}
