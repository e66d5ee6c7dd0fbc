/* Scenes that visits are made out of: a line is a time in milliseconds and what happens then.
 *   page HOST F      a browser asks for a document: a question, flows F and F + 1, a burst on F
 *   load HOST F      it loads something else: a question, flow F, a burst on it
 *   hop HOST F       likewise, with hardly an answer: it redirects
 *   open HOST F      it opens flow F ahead of need: nothing is asked
 *   ask F, beat F    a burst on flow F, with a large or a small answer
 *   part F           a burst that says more than it hears: a farewell
 *   app HOST F       another program does the same as load
 */
#ifndef TESTS_LIB_SCENE_H
#define TESTS_LIB_SCENE_H

#include "base/time.h"
#include "track/visit_parts.h"

#define START_NS (1700000000 * NS_PER_S)
#define SEEN_MAX 64

struct seen_visit {
	uint64_t id;
	int64_t start_ms;
	char site[64];
	char thirds[512]; /* hosts, each with a space after it */
	unsigned n_pages, n_told;
	const char *part_as;
	uint64_t part_of;
	bool is_open;
	float conf, surest_part;
	char note[48];
	unsigned n_open;
};

struct seen_flow {
	unsigned n_told;
	enum role role;
	char site[64];
	float conf;
	uint64_t up;
	unsigned n_activity;
	struct {
		int64_t at_ms;
		uint64_t visit;
		float conf;
	} activity[16];
};

struct scene {
	const struct loaded *know;
	struct visits *v;
	struct seen_visit visits[SEEN_MAX];
	struct seen_flow flows[4096];
	unsigned n_visits;
	uint64_t ordinal;
	unsigned n_dropped;
	unsigned ttl;           /* of what comes next, 0: 64 */
	bool is_begun, is_mute; /* what comes next began before the capture; hides its name */
};

struct loaded;

void scene_begin(struct scene *s, const struct loaded *know, bool is_live);
void scene_begin_without_learning(struct scene *s, const struct loaded *know);
void scene_end(struct scene *s);
void line(struct scene *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void flow(struct scene *s, int64_t t, const char *host, unsigned id, bool is_browser);
void burst(struct scene *s, int64_t t, unsigned id, unsigned asked, unsigned down);
void play(struct scene *s, const char *text);
/* What a page of these sites embeds, with flow numbers from `id` on; four of them are its own choice. */
void whole_page(struct scene *s, int64_t ms, const char *site, unsigned id);
void request(struct scene *s, unsigned flow_id, int64_t ms, const char *host, const char *dest,
	     const char *referer, void *attachment);
const struct seen_visit *visit_to(const struct scene *s, const char *site, unsigned nth); /* NULL: none */
uint64_t visit_of_burst(const struct scene *s, unsigned flow_id, int64_t ms);

#endif
