/* Counters for Prometheus, over HTTP on a local socket. run/metrics_http.c, or run/metrics_none.c without
 * libmicrohttpd. */
#ifndef RUN_METRICS_H
#define RUN_METRICS_H

#include "base/err.h"
#include "out/plugin.h"

struct metrics;

/* address: "unix:PATH" (made with mode 0600) or "127.0.0.1:PORT", "[::1]:PORT"; only local ones are taken.
 * returns: NULL with err set.
 */
struct metrics *metrics_open(const char *address, struct err *err);

/* Answers from a thread of its own from now on: apart from opening, which may need privileges, so that the
 * thread begins its life in the sandbox. */
bool metrics_start(struct metrics *m, struct err *err);
void metrics_close(struct metrics *m);

/* From any thread. Adds a closed visit to the bytes by company: 200 companies, further ones are "other". */
void metrics_visit(struct metrics *m, const struct ol_visit *v);

/* The text that is served from now on. */
void metrics_update(struct metrics *m, const struct ol_summary *status);

#endif
