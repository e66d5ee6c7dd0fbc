/* A report for people: visits with their third parties and what was disclosed, who got something over all
 * visits, then coverage and what could not be seen.
 *
 * Fits the width of the terminal (100 columns where there is none); colour where there is a terminal that
 * shows it. Options: text.colour=1|0, text.width=COLUMNS, text.all=1 (every disclosure, whole). Target: a
 * file, or - for standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

enum { INPUTS_SHOWN = 10, WIDTH_DEFAULT = 100, WIDTH_LEAST = 60 };

void report_heading(struct report *r, const char *text)
{
	term_end(&r->term);
	term_style(&r->term, BOLD);
	term_put(&r->term, text);
	term_style(&r->term, PLAIN);
	term_end(&r->term);
}

/* A paragraph of its own, indented. */
void report_say(struct report *r, enum style style, int indent, const char *text)
{
	term_cell(&r->term, "", indent);
	term_style(&r->term, style);
	term_wrap(&r->term, indent, text);
	term_style(&r->term, PLAIN);
	term_end(&r->term);
}

/* "2023-06-14 10:02:03 to 10:05:00", with the second date if it is another. */
static void put_span(struct report *r, const struct ol_input *in)
{
	char text[128], from[CLOCK_TEXT_MAX], to[CLOCK_TEXT_MAX];
	bool is_one_day = day_of(in->first_ns) == day_of(in->last_ns);
	snprintf(text, sizeof(text), "  %" PRIu64 " packets  %s to %s", in->packets,
		 clock_text(in->first_ns, "%Y-%m-%d %H:%M:%S", from),
		 clock_text(in->last_ns, is_one_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", to));
	term_wrap(&r->term, 2, text);
}

/* The day that all inputs are of, as far as it is known; -1 if they are of several. */
static int64_t one_day(const struct ol_run *run)
{
	int64_t day = run->n_inputs ? day_of(run->inputs[0].first_ns) : -1;
	for (size_t i = 0; i < run->n_inputs; i++) {
		const struct ol_input *in = &run->inputs[i];
		if (!in->packets || day_of(in->first_ns) != day || day_of(in->last_ns) != day)
			return -1;
	}
	return day;
}

static void put_run(struct report *r, const struct ol_run *run)
{
	struct term *t = &r->term;
	char size[SIZE_TEXT_MAX];
	term_style(t, BOLD);
	term_putf(t, "onlooker %s", run->version);
	term_style(t, PLAIN);
	term_wrap(t, 2, "  third-party data flows per visit; times are UTC");
	term_end(t);
	for (size_t i = 0; i < run->n_inputs && i < INPUTS_SHOWN; i++) {
		const struct ol_input *in = &run->inputs[i];
		term_put(t, "  ");
		term_put(t, in->name);
		if (in->bytes)
			term_putf(t, "  %s", size_text(in->bytes, size));
		if (in->packets)
			put_span(r, in);
		term_end(t);
		term_style(t, DIM);
		if (*in->sha256)
			term_putf(t, "  sha256 %.*s", t->width - 9, in->sha256);
		term_style(t, PLAIN);
		if (*in->sha256)
			term_end(t);
	}
	if (run->n_inputs > INPUTS_SHOWN) {
		term_putf(t, "  and %zu more", run->n_inputs - INPUTS_SHOWN);
		term_end(t);
	}
	r->day = one_day(run);
	r->has_secrets = run->has_secrets;
	if (run->has_secrets)
		report_say(r, RED, 2,
			   "Session secrets are in use: this report shows what was encrypted. Keep it as you "
			   "keep the secrets.");
}

static bool failed(char err[OL_ERR_MAX], const char *what)
{
	snprintf(err, OL_ERR_MAX, "%s: %s", what, strerror(errno));
	return false;
}

static FILE *open_target(const char *target, bool is_stdout, bool is_append)
{
	if (is_stdout)
		return stdout;
	int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC | (is_append ? O_APPEND : O_TRUNC), 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f && fd >= 0)
		close(fd);
	return f;
}

static void *text_open(const struct ol_host *host, const char *target, char err[OL_ERR_MAX])
{
	const char *colour = host->option(host, "colour"), *width = host->option(host, "width");
	bool is_stdout = !*target || strcmp(target, "-") == 0;
	long columns = is_stdout ? (long)host->width : 0;
	if (*width && sscanf(width, "%ld", &columns) != 1) {
		snprintf(err, OL_ERR_MAX, "text.width is no number: %s", width);
		return NULL;
	}
	struct report *r = calloc(1, sizeof(*r));
	FILE *out = r ? open_target(target, is_stdout, *host->option(host, "append") == '1') : NULL;
	if (!out) {
		failed(err, target);
		free(r);
		return NULL;
	}
	if (columns <= 0 || columns > 1000)
		columns = WIDTH_DEFAULT;
	r->show_all = *host->option(host, "all") == '1';
	r->term = (struct term){
		.out = out,
		.colour = *colour ? *colour == '1' : is_stdout && host->use_colour,
		.width = columns < WIDTH_LEAST ? WIDTH_LEAST : (int)columns,
	};
	return r;
}

static bool text_record(void *sink, const struct ol_record *record, char err[OL_ERR_MAX])
{
	struct report *r = sink;
	switch (record->type) {
	case OL_RUN:
		put_run(r, record->run);
		break;
	case OL_VISIT:
		report_visit(r, record->visit);
		break;
	case OL_COVERAGE:
		report_coverage(r, record->coverage);
		break;
	case OL_SUMMARY:
		report_summary(r, record->summary);
		break;
	case OL_FLOW: /* for programs, not for people */
	case OL_STATUS:
		break;
	}
	return ferror(r->term.out) ? failed(err, "cannot write") : true;
}

static bool text_flush(void *sink, char err[OL_ERR_MAX])
{
	return fflush(((struct report *)sink)->term.out) == 0 ? true : failed(err, "cannot write");
}

static bool text_close(void *sink, char err[OL_ERR_MAX])
{
	struct report *r = sink;
	FILE *out = r->term.out;
	bool ok = fflush(out) == 0 && !ferror(out);
	if (out != stdout)
		ok = fclose(out) == 0 && ok;
	free(r);
	return ok ? true : failed(err, "cannot write");
}

static const struct ol_sink sink = {
	.open = text_open,
	.record = text_record,
	.flush = text_flush,
	.close = text_close,
};

const struct ol_plugin ol_plugin = {
	.abi = OL_PLUGIN_ABI,
	.name = "text",
	.about = "a report for people",
	.sink = &sink,
};
