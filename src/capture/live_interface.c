#include "capture/live_interface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "capture/linktype.h"

#define BLOCK_WAIT_MS 100 /* a block that is not full is handed over after this */

/* The kernel's count of frames that the card dropped. Opened once: later we may not open files. */
static void open_drops(struct live_interface *in)
{
	static const char *const names[] = { "rx_missed_errors", "rx_fifo_errors" };
	for (size_t i = 0; i < 2; i++) {
		char path[96];
		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", in->name, names[i]);
		in->dropped_fds[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
}

static uint64_t read_drops(const struct live_interface *in)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < 2; i++) {
		char text[32];
		ssize_t n = in->dropped_fds[i] < 0 ? 0 : pread(in->dropped_fds[i], text, sizeof(text) - 1, 0);
		if (n <= 0)
			continue;
		text[n] = '\0';
		sum += strtoull(text, NULL, 10);
	}
	return sum;
}

static bool set_filter(struct live_interface *in, const char *filter, struct err *err)
{
	struct bpf_program code;
	if (pcap_compile(in->pcap, &code, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return err_set(err, "filter '%s' on %s: %s", filter, in->name, pcap_geterr(in->pcap));
	bool ok = pcap_setfilter(in->pcap, &code) == 0;
	pcap_freecode(&code);
	return ok || err_set(err, "filter '%s' on %s: %s", filter, in->name, pcap_geterr(in->pcap));
}

static bool activate(struct live_interface *in, const struct live_spec *spec, struct err *err)
{
	pcap_set_snaplen(in->pcap, (int)spec->snaplen);
	pcap_set_promisc(in->pcap, spec->promiscuous);
	pcap_set_timeout(in->pcap, BLOCK_WAIT_MS);
	pcap_set_buffer_size(
	    in->pcap, (int)((uint64_t)spec->ring_mib << 20 > INT32_MAX ? INT32_MAX : spec->ring_mib << 20));
	pcap_set_tstamp_precision(in->pcap, PCAP_TSTAMP_PRECISION_NANO);
	int rc = pcap_activate(in->pcap);
	if (rc < 0) {
		const char *what = pcap_statustostr(rc), *more = pcap_geterr(in->pcap);
		bool is_said = !more[0] || strcmp(more, what) == 0;
		return err_set(err, "cannot capture from %s: %s%s%s", in->name, what, is_said ? "" : ": ",
			       is_said ? "" : more);
	}
	char text[PCAP_ERRBUF_SIZE];
	if (pcap_setnonblock(in->pcap, 1, text) != 0)
		return err_set(err, "cannot capture from %s: %s", in->name, text);
	return true;
}

bool live_interface_open(struct live_interface *in, const struct live_spec *spec, size_t i, struct err *err)
{
	const char *name = spec->interfaces[i];
	*in = (struct live_interface){
		.input = (uint16_t)i,
		.is_promiscuous = spec->promiscuous,
		.snaplen = spec->snaplen,
		.dropped_fds = { -1, -1 },
	};
	if (strlen(name) >= sizeof(in->name))
		return err_set(err, "'%s' is not the name of an interface", name);
	memcpy(in->name, name, strlen(name) + 1);
	char text[PCAP_ERRBUF_SIZE];
	in->pcap = pcap_create(name, text);
	if (!in->pcap)
		return err_set(err, "cannot capture from %s: %s", name, text);
	if (!activate(in, spec, err) || (spec->filter && !set_filter(in, spec->filter, err))) {
		live_interface_close(in);
		return false;
	}
	in->fd = pcap_get_selectable_fd(in->pcap);
	in->index = (int)if_nametoindex(name);
	in->linktype = linktype_of_dlt(pcap_datalink(in->pcap));
	open_drops(in);
	in->dropped_before = read_drops(in);
	return true;
}

void live_interface_close(struct live_interface *in)
{
	if (in->pcap)
		pcap_close(in->pcap);
	in->pcap = NULL;
	for (size_t i = 0; i < 2; i++)
		if (in->dropped_fds[i] >= 0)
			close(in->dropped_fds[i]);
}

static void take(u_char *user, const struct pcap_pkthdr *head, const u_char *frame)
{
	struct live_batch *b = (struct live_batch *)(void *)user;
	struct live_interface *in = b->from;
	uint8_t *copy = b->frames + b->frames_len;
	memcpy(copy, frame, head->caplen);
	b->frames_len += (head->caplen + 15U) & ~15U;
	b->packets[b->n++] = (struct packet){
		.ts_ns = head->ts.tv_sec * NS_PER_S + head->ts.tv_usec, /* nanoseconds, as asked for */
		.frame = { copy, head->caplen },
		.wire_len = head->len > head->caplen ? head->len : head->caplen,
		.linktype = in->linktype,
		.input = in->input,
		.number = ++in->number,
	};
	if (LIVE_FRAMES - b->frames_len < in->snaplen + 16U)
		pcap_breakloop(in->pcap);
}

void live_interface_read(struct live_interface *in, struct live_batch *batch, size_t share)
{
	if (LIVE_FRAMES - batch->frames_len < in->snaplen + 16U)
		return;
	batch->from = in;
	int rc = pcap_dispatch(in->pcap, (int)share, take, (u_char *)batch);
	if (rc != PCAP_ERROR || in->is_lost)
		return;
	in->is_lost = true;
	if (!in->is_down)
		in->downs++;
	in->is_down = true;
}

/* The ring, its filter and its memory stay as they are. */
static bool bind_again(struct live_interface *in, int index)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = index,
	};
	int pending;
	socklen_t len = sizeof(pending);
	getsockopt(in->fd, SOL_SOCKET, SO_ERROR, &pending, &len); /* that it was gone */
	if (bind(in->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return false;
	struct packet_mreq promiscuous = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };
	if (in->is_promiscuous)
		setsockopt(in->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous));
	return true;
}

void live_interface_look(struct live_interface *in)
{
	if (in->index == 0) /* "any" */
		return;
	struct ifreq request = { 0 };
	memcpy(request.ifr_name, in->name, sizeof(request.ifr_name));
	bool exists = ioctl(in->fd, SIOCGIFINDEX, &request) == 0;
	int index = exists ? request.ifr_ifindex : 0;
	if (!exists || index != in->index)
		in->is_lost = true;
	bool is_up = exists && ioctl(in->fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
	if (is_up && in->is_lost && bind_again(in, index)) {
		in->is_lost = false;
		in->index = index;
	}
	bool is_down = !is_up || in->is_lost;
	if (is_down && !in->is_down)
		in->downs++;
	in->is_down = is_down;
}

void live_interface_stats(struct live_interface *in, struct live_stats *ret_stats)
{
	/* Reading them sets the kernel's to zero. Asked directly, because libpcap opens files for it. */
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t len = sizeof(stats);
	if (getsockopt(in->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		in->dropped_by_kernel += stats.tp_drops;
	uint64_t drops = read_drops(in);
	*ret_stats = (struct live_stats){
		.packets = in->number,
		.dropped_by_kernel = in->dropped_by_kernel,
		.dropped_by_interface = drops > in->dropped_before ? drops - in->dropped_before : 0,
		.is_down = in->is_down,
		.downs = in->downs,
	};
}
