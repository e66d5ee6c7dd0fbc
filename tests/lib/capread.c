#include "capread.h"

#include "check.h"

#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define MICRO 0xa1b2c3d4
#define VERSION_2_4 0x20004

static char folder[] = "capture-test-XXXXXX";

int capread_make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int capread_remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *capread_path(const char *name)
{
	static char paths[8][CAPREAD_PATH_MAX];
	static size_t turn;
	char *path = paths[turn++ % COUNT(paths)];
	snprintf(path, CAPREAD_PATH_MAX, "%s/%s", folder, name);
	return path;
}

const char *capread_write(const char *name, const void *data, size_t len)
{
	const char *path = capread_path(name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

void capread_make_pcap(struct mkcap *c, uint32_t s, size_t n, uint32_t frame_len, uint8_t fill)
{
	*c = (struct mkcap){ 0 };
	mkcap_pcap(c, MICRO, VERSION_2_4, 1);
	for (size_t i = 0; i < n; i++)
		mkcap_record(c, s + (uint32_t)i, 0, frame_len, frame_len, 0, fill);
}

void capread_all(const struct source_spec *spec, size_t batch, struct capread *ret_read)
{
	struct err err;
	struct packet packets[64];
	struct source *s = source_open(spec, &err);
	assert_non_null(s);
	ret_read->n = 0;
	for (size_t n; (n = source_next(s, packets, batch)) > 0;) {
		assert_true(n <= batch && ret_read->n + n <= CAPREAD_PACKETS_MAX);
		for (size_t i = 0; i < n; i++, ret_read->n++) {
			size_t len = packets[i].frame.len;
			ret_read->packets[ret_read->n] = packets[i];
			ret_read->last[ret_read->n] = len ? packets[i].frame.at[len - 1] : 0;
			assert_int_equal(packets[i].ordinal, ret_read->n + 1);
		}
	}
	assert_int_equal(source_next(s, packets, batch), 0);
	ret_read->n_inputs = source_inputs(s);
	for (size_t i = 0; i < ret_read->n_inputs && i < COUNT(ret_read->inputs); i++) {
		source_input(s, i, &ret_read->inputs[i]);
		ret_read->inputs[i].name = NULL; /* goes with the source */
	}
	source_close(s);
}

void capread_sha256(const void *data, size_t len, char text[65])
{
	uint8_t sum[32];
	unsigned int n;
	EVP_Digest(data, len, sum, &n, EVP_sha256(), NULL);
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}
