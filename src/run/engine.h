/* The order of work: packets from the source to the shards, records from the shards to the sinks. */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/packet.h"
#include "out/plugins.h"
#include "out/record.h"
#include "run/delivery.h"
#include "run/shard.h"

struct engine_spec {
	const struct shard_spec *shard; /* of each shard; the engine sets its callbacks */
	const struct record_spec *record;
	struct plugins *plugins;
	uint32_t n_shards;
	bool is_live; /* a full queue drops and counts instead of waiting */
	bool has_extractors;
	bool records_flow;
	void (*on_record)(void *ctx,
			  const struct ol_record *r); /* of each record, beside the sinks; or NULL */
	void *ctx;
};

struct engine;

/* returns: NULL with err set. */
struct engine *engine_new(const struct engine_spec *spec, struct err *err);

/* Starts the threads, if there is more than one shard: apart from engine_new, so that they begin their life
 * in the sandbox. Before the first packet.
 */
bool engine_start(struct engine *e, struct err *err);

/* With several shards that read a file, frames are read by them until so many further calls have been made.
 */
enum { ENGINE_AHEAD = 8 };

/* packets: in the order of the capture, borrowed during the call; their frames longer, see ENGINE_AHEAD. */
void engine_packets(struct engine *e, const struct packet *packets, size_t n);

/* Waits until the shards are done with all packets so far: before what they share changes. */
void engine_drain(struct engine *e);

/* Live, when no packet came: packet time goes on by the wall clock. */
void engine_tick(struct engine *e, int64_t now_ns);

/* The end of the input: every flow and visit is told. After it only engine_counts and engine_free. */
void engine_finish(struct engine *e);

/* Its records' way to the sinks. memory: as long as the engine. */
struct delivery *engine_delivery(struct engine *e);

struct engine_counts {
	struct shard_counts shards; /* added up */
	struct delivery_counts delivery;
	uint64_t out_of_scope_visits, untold_requests, unanswered_requests, dropped_by_queue, time_steps,
	    evicted_places;
	uint64_t queue_fullest, queue_room; /* rounds that wait for a shard, at most and at the most allowed;
					       0: one shard has no queue */
	struct visits_memory clients;       /* the largest of all shards, and the most of all together */
};

void engine_counts(struct engine *e, struct engine_counts *ret_counts);
void engine_free(struct engine *e);

#endif
