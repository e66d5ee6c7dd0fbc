/* The records that frame the others: run, coverage and summary. */
#include "out/json.h"
#include "out/render.h"

#include <string.h>

static void inputs(struct text *t, const struct ol_input *in, size_t n)
{
	json_key(t, "inputs");
	json_open(t, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(t, '{');
		json_put_string(t, "name", in[i].name);
		json_put_string(t, "sha256", in[i].sha256);
		json_put_uint(t, "bytes", in[i].bytes);
		json_put_string(t, "format", in[i].format);
		json_put_uint(t, "packets", in[i].packets);
		json_put_time(t, "first", in[i].first_ns);
		json_put_time(t, "last", in[i].last_ns);
		json_put_uint(t, "dropped", in[i].dropped);
		if (in[i].packets > 0 || in[i].is_truncated) { /* else it is not read yet */
			json_key(t, "truncated");
			json_bool(t, in[i].is_truncated);
		}
		json_put_string(t, "note", in[i].note);
		json_close(t, '}');
	}
	json_close(t, ']');
}

/* An option that was given several times is a list. */
static void options(struct text *t, const struct ol_run *r)
{
	json_key(t, "options");
	json_open(t, '{');
	for (size_t i = 0; i < r->n_options; i++) {
		const char *name = r->options[i].name;
		bool is_again = i > 0 && strcmp(r->options[i - 1].name, name) == 0;
		bool is_last = i + 1 == r->n_options || strcmp(r->options[i + 1].name, name) != 0;
		if (!is_again) {
			json_key(t, name);
			json_open(t, '[');
		}
		json_string(t, r->options[i].value);
		if (is_last)
			json_close(t, ']');
	}
	json_close(t, '}');
}

void render_run(struct text *t, const struct ol_run *r)
{
	json_open(t, '{');
	json_put_string(t, "type", "run");
	json_put_string(t, "schema", "onlooker/1");
	json_key(t, "tool");
	json_open(t, '{');
	json_put_string(t, "name", "onlooker");
	json_put_string(t, "version", r->version);
	json_close(t, '}');
	inputs(t, r->inputs, r->n_inputs);
	json_key(t, "knowledge");
	json_open(t, '[');
	for (size_t i = 0; i < r->n_knowledge; i++) {
		json_open(t, '{');
		json_put_string(t, "name", r->knowledge[i].name);
		json_put_string(t, "version", r->knowledge[i].version);
		json_put_string(t, "sha256", r->knowledge[i].sha256);
		json_put_count(t, "entries", r->knowledge[i].entries);
		json_close(t, '}');
	}
	json_close(t, ']');
	options(t, r);
	json_put_true(t, "secrets", r->has_secrets);
	json_close(t, '}');
}

static void counts(struct text *t, const char *key, const struct ol_count *c, size_t n)
{
	json_key(t, key);
	json_open(t, '{');
	for (size_t i = 0; i < n; i++)
		json_put_count(t, c[i].name, c[i].n);
	json_close(t, '}');
}

static void pair(struct text *t, const char *key, const char *a, uint64_t a_n, const char *b, uint64_t b_n)
{
	json_key(t, key);
	json_open(t, '{');
	json_put_count(t, a, a_n);
	json_put_count(t, b, b_n);
	json_close(t, '}');
}

void render_coverage(struct text *t, const struct ol_coverage *c)
{
	json_open(t, '{');
	json_put_string(t, "type", "coverage");
	pair(t, "flows", "named", c->named_flows, "unnamed", c->unnamed_flows);
	pair(t, "up", "named", c->named_up, "unnamed", c->unnamed_up);
	counts(t, "by_name", c->by_name, c->n_by_name);
	counts(t, "by_cause", c->by_cause, c->n_by_cause);
	pair(t, "unattributed", "flows", c->unattributed_flows, "up", c->unattributed_up);
	pair(t, "background", "flows", c->background_flows, "up", c->background_up);
	json_put_uint(t, "out_of_scope_visits", c->out_of_scope_visits);
	json_close(t, '}');
}

static void outputs(struct text *t, const struct ol_summary *s)
{
	json_key(t, "outputs");
	json_open(t, '[');
	for (size_t i = 0; i < s->n_outputs; i++) {
		json_open(t, '{');
		json_put_string(t, "name", s->outputs[i].name);
		json_put_string(t, "sha256", s->outputs[i].sha256);
		json_put_count(t, "bytes", s->outputs[i].bytes);
		json_close(t, '}');
	}
	json_close(t, ']');
}

void render_summary(struct text *t, const struct ol_summary *s)
{
	json_open(t, '{');
	json_put_string(t, "type", "summary");
	json_key(t, "complete");
	json_bool(t, !s->is_incomplete);
	for (size_t i = 0; i < s->n_counts;) {
		const char *group = s->counts[i].group;
		size_t n = 0;
		while (i + n < s->n_counts && strcmp(s->counts[i + n].group, group) == 0)
			n++;
		if (*group)
			counts(t, group, &s->counts[i], n);
		for (size_t k = 0; !*group && k < n; k++)
			json_put_count(t, s->counts[i + k].name, s->counts[i + k].n);
		i += n;
	}
	if (s->n_inputs)
		inputs(t, s->inputs, s->n_inputs);
	if (s->n_outputs)
		outputs(t, s);
	json_put_uint(t, "outputs_left_out", s->n_outputs_left_out);
	json_put_strings(t, "notes", s->notes, s->n_notes);
	json_close(t, '}');
}
