#include "track/side.h"

#include <netinet/in.h>
#include <string.h>

/* Above 1023: proxies, alternative ports of web servers, push services. */
static bool is_service(uint16_t port)
{
	switch (port) {
	case 1080:
	case 3128:
	case 5222:
	case 5223:
	case 5228:
	case 8000:
	case 8008:
	case 8080:
	case 8081:
	case 8088:
	case 8443:
	case 8888:
		return true;
	default:
		return port < 1024;
	}
}

bool side_is_home(const struct side_spec *spec, const struct addr *a)
{
	if (spec->n_home == 0)
		return addr_is_private(a);
	for (size_t i = 0; i < spec->n_home; i++)
		if (net_has(&spec->home[i], a))
			return true;
	return false;
}

bool side_guess(const struct side_spec *spec, const struct segment *g)
{
	bool src_serves = is_service(g->src_port), dst_serves = is_service(g->dst_port);
	if (src_serves != dst_serves)
		return dst_serves;
	bool src_home = side_is_home(spec, &g->src), dst_home = side_is_home(spec, &g->dst);
	if (src_home != dst_home)
		return src_home;
	if (g->src_port != g->dst_port)
		return g->src_port > g->dst_port;
	return memcmp(&g->src, &g->dst, sizeof(g->src)) < 0;
}

bool side_is_from_client(const struct side_spec *spec, const struct segment *g)
{
	if (g->ip_proto == IPPROTO_TCP && (g->tcp_flags & TCP_SYN))
		return !(g->tcp_flags & TCP_ACK);
	return side_guess(spec, g);
}
