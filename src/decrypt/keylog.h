/* Session secrets: the lines of an NSS key log, from a file (which may still grow) and from secrets blocks.
 * spec: RFC 9850
 */
#ifndef DECRYPT_KEYLOG_H
#define DECRYPT_KEYLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct keylog;

/* One for the whole run; threads: looked up by all shards while one thread adds. memory: bounded (entries),
 * secrets are wiped by keylog_free; it is kept out of core dumps.
 */
struct keylog *keylog_new(size_t entries_max); /* NULL if out of memory */
void keylog_free(struct keylog *k);

/* Text in the form of a key log; lines that are none are counted. */
void keylog_add(struct keylog *k, struct bytes text);

/* Reads the file; keylog_poll reads what was added to it since. */
bool keylog_open(struct keylog *k, const char *path, struct err *err);
void keylog_poll(struct keylog *k);

size_t keylog_count(const struct keylog *k);
uint64_t keylog_bad_lines(const struct keylog *k);

#endif
