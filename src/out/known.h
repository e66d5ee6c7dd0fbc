/* What the lists say of hosts, remembered: the same few hosts are asked of again and again. */
#ifndef OUT_KNOWN_H
#define OUT_KNOWN_H

#include "base/arena.h"
#include "base/hostname.h"
#include "know/companies.h"
#include "know/knowledge.h"

struct known_host {
	struct hostname host;
	const struct company *company; /* NULL: no list names it */
	size_t site_at;                /* its registrable domain begins there in its text */
};

struct known_hosts {
	const struct knowledge *know;
	struct known_host *slots; /* one for each value of a hash; an empty host: free */
	size_t n;
};

/* n: how many are remembered. memory: in the arena. */
struct known_hosts known_hosts_in(struct arena *a, const struct knowledge *know, size_t n);

/* memory: until the next call. */
const struct known_host *known_host(struct known_hosts *k, const struct hostname *host);

#endif
