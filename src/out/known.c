#include "out/known.h"

#include <string.h>

#include "know/host.h"

struct known_hosts known_hosts_in(struct arena *a, const struct knowledge *know, size_t n)
{
	return (struct known_hosts){ know, arena_array(a, n, sizeof(struct known_host)), n };
}

const struct known_host *known_host(struct known_hosts *k, const struct hostname *host)
{
	uint32_t hash = 2166136261u; /* FNV-1a: names that meet in a slot are only looked up anew */
	for (size_t i = 0; i < host->len; i++)
		hash = (hash ^ (uint8_t)host->text[i]) * 16777619u;
	struct known_host *h = &k->slots[(hash ^ hash >> 16) % k->n];
	if (host->len && h->host.len == host->len && memcmp(h->host.text, host->text, host->len) == 0)
		return h;
	h->host = *host;
	h->company = k->know->companies ? companies_of(k->know->companies, host) : NULL;
	h->site_at = (size_t)(know_host(k->know, &h->host).site - h->host.text);
	return h;
}
