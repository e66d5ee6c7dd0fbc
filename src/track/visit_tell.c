/* Tells flows with their verdicts. */
#include "track/visit_tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define ACTIVITY_MAX 256u
#define MORE_LIKELY 0.5f        /* than all else together */
#define BACKGROUND_MOST 0.9999f /* it is never a fact but where requests were read */
#define NO_BROWSER 0.01f
#define ENDED_NS (30 * NS_PER_S) /* live: a flow is told once, so long after its end */

bool is_own_name(const struct names *n, uint32_t name, uint32_t site)
{
	const char *a = n->at[name].owner, *b = n->at[site].owner;

	return n->at[name].site == site || (*a && strcmp(a, b) == 0);
}

/* Where no page view was made out nothing stands against background: that alone is no sign of it. What a list
 * knows as telemetry is one, and a program that is not the browser beside it.
 */
static bool is_unknown(const struct names *n, const struct client *c, const struct vflow *f)
{
	return c->n_visits == 0 && !is_own_business(f) && !n->at[f->name].is_telemetry &&
	       c->classes[f->class].browser > NO_BROWSER;
}

/* How sure background is; below 0: not said, where nothing was there to choose from. */
static float background_conf(const struct client *c, const struct vflow *f, enum calibrated what, float raw)
{
	if (is_own_business(f))
		return 1;
	return c->n_visits ? fminf(calibrate(c, what, raw), BACKGROUND_MOST) : -1;
}

static void put_candidates(const struct tell *t, const struct vflow *f, struct flow_verdict *v)
{
	for (uint32_t i = 0; i < f->n_post && f->post[i] > 0.02f; i++)
		v->candidates[v->n_candidates++] =
		    (struct candidate){ t->names->at[f->site_of[i]].host, f->post[i] };
}

/* Says of a flow what the visits say that its bursts were given to: the likeliest site, however likely. Where
 * that is not likelier than not, the others stand beside it.
 */
static void judge_flow(const struct tell *t, const struct client *c, const struct vflow *f,
		       struct flow_verdict *v)
{
	float best = f->n_post ? f->post[0] : 0;

	v->conf = -1;
	if (f->n_bursts == 0 || f->info->unnamed == UNNAMED_NOT_WEB) {
		v->role = f->name ? ROLE_BACKGROUND : ROLE_NONE;
		return;
	}
	if (f->background >= MORE_LIKELY) {
		v->role = is_unknown(t->names, c, f) ? ROLE_UNATTRIBUTED : ROLE_BACKGROUND;
		v->conf = background_conf(c, f, CALIBRATE_FLOW, f->background);
		return;
	}
	if (best > f->background || (f->n_post && f->is_shared)) {
		v->site = t->names->at[f->site_of[0]].host;
		v->role = !f->name && !f->pinned_site ? ROLE_NONE /* whose it is cannot be said */
			  : is_own_name(t->names, f->name, f->site_of[0]) ? ROLE_FIRST_PARTY
									  : ROLE_THIRD_PARTY;
		v->conf = fminf(c->bursts[f->first_burst].claim_most, calibrate(c, CALIBRATE_FLOW, best));
	} else {
		v->role = ROLE_UNATTRIBUTED;
	}
	if (best < MORE_LIKELY && !f->is_shared)
		put_candidates(t, f, v);
}

static void put_asked(const struct tell *t, const struct client *c, uint32_t flow, const struct tell_index *x,
		      struct flow_verdict *v)
{
	for (uint32_t i = first_asked(c, x, flow, 0); i < x->n_requests; i++) {
		const struct vrequest *r = &c->requests[x->asked[i]];
		const struct hostname *host = &t->names->at[r->host].host;
		bool is_there = r->host == c->flows[flow].name || !r->host;

		if (r->flow_index != flow)
			break;
		for (uint32_t k = 0; k < v->n_asked; k++)
			is_there = is_there || strcmp(v->asked[k].text, host->text) == 0;
		if (!is_there && v->n_asked < 8)
			v->asked[v->n_asked++] = *host;
	}
}

static void tell_flow(struct tell *t, struct client *c, uint32_t flow, const struct tell_index *x,
		      struct activity *activity)
{
	struct vflow *f = &c->flows[flow];
	struct flow_verdict v = {
		.info = f->info, .names = flow_names(t->names, f), .totals = &f->totals, .activity = activity
	};

	if (!f->has_totals &&
	    (!t->spec->so_far || !t->spec->so_far(t->spec->so_far_ctx, f->info, &f->totals)))
		f->totals = (struct flow_totals){ .flow = f->info->id, .end_ns = f->info->start_ns };
	v.n_activity_left_out = f->n_forgotten;
	judge_flow(t, c, f, &v);
	for (uint32_t b = f->first_burst; b != NONE; b = c->bursts[b].next) {
		const struct vburst *u = &c->bursts[b];

		if (v.n_activity == ACTIVITY_MAX) {
			v.n_activity_left_out++;
			continue;
		}
		activity[v.n_activity++] =
		    (struct activity){ .burst = u->b,
				       .visit = v.site.len && u->visit != NONE ? c->visits[u->visit].id : 0,
				       .conf =
					   fminf(u->claim_most,
						 u->site ? calibrate(c, CALIBRATE_BURST,
								     u->visit != NONE ? u->claim : u->conf)
							 : background_conf(c, f, CALIBRATE_BURST, u->conf)) };
	}
	if (c->n_requests)
		put_asked(t, c, flow, x, &v);
	f->is_told = true;
	t->counts->flows_by_role[v.role]++;
	t->counts->up_by_role[v.role] += v.totals->up;
	t->spec->flow(t->spec->ctx, &v);
}

static bool is_due(const struct tell *t, const struct vflow *f)
{
	if (f->is_told)
		return false;
	return !t->is_live || (f->has_totals && t->now_ns - f->totals.end_ns > ENDED_NS);
}

void client_tell(struct tell *t, struct client *c)
{
	struct activity *activity = malloc(ACTIVITY_MAX * sizeof(*activity));
	struct tell_index x;

	t->open_since_ns = t->now_ns;
	claims_judge(c, t->names);
	if (activity && tell_index_init(&x, c)) {
		for (uint32_t i = 0; i < c->n_flows; i++)
			if (is_due(t, &c->flows[i]))
				tell_flow(t, c, i, &x, activity);
		visits_tell(t, c, &x);
		tell_index_fini(&x);
	}
	free(activity);
}
