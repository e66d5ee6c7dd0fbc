#include "know/list_info.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "know/table.h"

#define HEAD_LEN 4096u

/* What is counted and kept while the file passes. */
struct passing {
	EVP_MD_CTX *hash;
	char head[HEAD_LEN];
	size_t head_len;
	bool is_comment, has_text; /* of the line so far */
	uint64_t entries;
};

static void count_lines(struct passing *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			p->entries += p->has_text;
			p->has_text = p->is_comment = false;
		} else if (!p->has_text && !p->is_comment) {
			p->is_comment = bytes[i] == '#';
			p->has_text =
			    !p->is_comment && bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r';
		}
	}
}

static bool pass(struct passing *p, FILE *f, bool is_table)
{
	char block[16384];
	size_t n;

	while ((n = fread(block, 1, sizeof(block), f)) > 0) {
		size_t keep = HEAD_LEN - p->head_len < n ? HEAD_LEN - p->head_len : n;

		if (EVP_DigestUpdate(p->hash, block, n) != 1)
			return false;
		memcpy(p->head + p->head_len, block, keep);
		p->head_len += keep;
		if (is_table)
			count_lines(p, block, n);
	}
	p->entries += p->has_text;
	return !ferror(f);
}

static void put_hex(char *to, const unsigned char *digest, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		snprintf(to + 2 * (size_t)i, 3, "%02x", digest[i]);
}

bool list_info_read(const char *name, const char *path, bool is_table, struct list_info *ret_info,
		    struct err *err)
{
	struct list_info info = { .entries = 0 };
	struct passing p = { .hash = EVP_MD_CTX_new() };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	FILE *f = fopen(path, "re");
	bool ok = false;

	if (!f)
		err_set(err, "cannot open '%s': %s", path, strerror(errno));
	else if (!p.hash || EVP_DigestInit_ex(p.hash, EVP_sha256(), NULL) != 1 || !pass(&p, f, is_table) ||
		 EVP_DigestFinal_ex(p.hash, digest, &len) != 1 || len != 32)
		err_set(err, "cannot read '%s'", path);
	else
		ok = true;
	if (f)
		fclose(f);
	EVP_MD_CTX_free(p.hash);
	if (!ok)
		return false;
	snprintf(info.name, sizeof(info.name), "%s", name);
	put_hex(info.sha256, digest, len);
	if (is_table) {
		info.entries = p.entries;
		table_says(p.head, p.head_len, "version", info.version, sizeof(info.version));
		table_says(p.head, p.head_len, "licence", info.licence, sizeof(info.licence));
		table_says(p.head, p.head_len, "source", info.source, sizeof(info.source));
	}
	*ret_info = info;
	return true;
}

void list_info_date(struct list_info *info, int64_t at_s)
{
	time_t t = (time_t)at_s;
	struct tm tm;

	if (at_s > 0 && gmtime_r(&t, &tm))
		strftime(info->version, sizeof(info->version), "%Y-%m-%d", &tm);
}
