"""Fits how far to believe what is said: claim_table.h (a logistic over the signs of a claim) and calibrate_table.h (what share
of statements with a given score was true: monotone, on knots even in log odds)."""
import collections
import math

import numpy as np

from score import match_visits
from truth import BACKGROUND, Said, most

GROUPS = ("one", "tabs", "shared", "devices")  # what a client is: enum calibrated and calibrate() in the source
FLOW, BURST, VISIT, PART = range(4)
KNOTS, FIRST, STEP = 25, -3.0, 0.5
FALSE_MOST = {"one": 0.0006, "tabs": 0.0025, "shared": 0.004, "devices": 0.005}  # of a group's sure parts
FALSE_IN_ONE = 2  # and so many of those of one capture
BESIDE = {"one": 0.3, "tabs": 1.0, "shared": 1.0, "devices": 1.0}  # log odds that a sure part must have beyond what that takes: so those left out of the fit hold it too
RIDGE = 30.0


def log_odds(p):
    return math.log(max(1e-6, p) / max(1e-6, 1 - p))


def domain_of(truth, party):
    return truth.domains.get(party["hosts"][0], party["domain"])


def pairs_of(truth):
    """(visit, domain) that are true, and those that are the site's own."""
    true = {(r["visit"], r["domain"]) for r in truth.requests if r["third"]}
    return true, {(r["visit"], r["domain"]) for r in truth.requests if r["site"] != BACKGROUND} - true


class Claims:
    """What was said of a capture: lines of `replay --raw --claims`, and whether it was true."""

    def __init__(self, truth, records, claims):
        self.truth, self.said = truth, Said(records)
        self.found, _ = match_visits(truth, self.said)
        self.true, self.own = pairs_of(truth)
        self.listed = {(v["id"], domain_of(truth, p)) for v in self.said.visits.values() for p in v["third_parties"]}
        self.bursts = collections.defaultdict(list)
        for key, requests in truth.bursts():
            if most(requests, "visit") is None or any(r["third"] for r in requests):
                self.bursts[key[1:]].append((key, requests[0]["s"], most(requests, "visit")))
        self.rows = [self.row(line.split()) for line in claims]

    def row(self, w):
        """(signs, true bursts, all bursts, (visit, domain), whether the pair is true; None: it does not count)"""
        flow, visit, host = (w[0], int(w[1]), w[2], int(w[3])), int(w[5]), w[6]
        domain = self.truth.domains.get(host, host)
        right = n = 0
        for key, when, true_visit in self.bursts.get(flow, ()):
            near = self.activity(key, when)
            if near and near.get("visit") == visit:
                right, n = right + (self.found.get(visit) == true_visit), n + 1
        pair = self.found.get(visit, "no visit"), domain
        counts = (visit, domain) in self.listed and pair not in self.own
        return [float(x) for x in w[7:]], right, n, (visit, domain), pair in self.true if counts else None

    def activity(self, key, when):
        flow = self.said.flow(key, when)
        return next((a for a in flow["activity"] if a["s"] - 0.5 <= when <= a["e"] + 0.5), None) if flow else None

    def parts(self, weights):
        """(score, is true) of each pair: the surest of its claims stands for it."""
        best = {}
        for signs, _, _, pair, is_true in self.rows:
            if is_true is not None:
                best[pair] = max(best.get(pair, (0.0, is_true)), (share(weights, signs), is_true))
        return list(best.values())

    def others(self, weights):
        """(kind, score, is true) of flows, of bursts, and of visits."""
        for key, requests in self.truth.flows.items():
            flow = self.said.flow(key, requests[0]["s"])
            if flow and "conf" in flow:
                says = BACKGROUND if flow.get("role") == "background" else flow.get("site")
                yield FLOW, flow["conf"], says == most(requests, "site")
        for signs, right, n, _, _ in self.rows:
            for i in range(n):
                yield BURST, share(weights, signs), i < right
        for bursts in self.bursts.values():
            for key, when, visit in bursts:
                near = self.activity(key, when)
                if near and "visit" not in near and self.said.flow(key, when).get("role") != "unattributed":
                    yield BURST, near["conf"], visit is None
        for v in self.said.visits.values():
            yield VISIT, v["conf"], v["id"] in self.found


def share(weights, signs):
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, float(np.dot(weights, signs))))))


def monotone(points):
    knots = []
    for i in range(KNOTS):
        at = FIRST + STEP * i
        n, s = 1.0, min(0.97, 1 / (1 + math.exp(-at)))  # one case at its word
        for score, is_true in points:
            odds = max(FIRST, min(FIRST + STEP * (KNOTS - 1), log_odds(score)))
            weight = max(0.0, 1 - abs(odds - at) / STEP)
            n, s = n + weight, s + weight * is_true
        knots.append([s / n, n, 1])
        while len(knots) > 1 and knots[-2][0] > knots[-1][0]:
            b, a = knots.pop(), knots.pop()
            knots.append([(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1], a[2] + b[2]])
    return [s for s, _, n in knots for _ in range(n)]


def sure_from(points, most_false, at_most=math.inf):
    """The score from which on no more than a share of the parts was false, and no more than so many."""
    least, false = 1.0, 0
    for i, (score, is_true) in enumerate(sorted(points, key=lambda p: -p[0])):
        false += not is_true
        if false > at_most:
            break
        if false <= most_false * (i + 1):
            least = score
    return least


def fit_claims(cases, logistic):
    """cases: (group, weight, Claims). returns: weights for bursts, for parts, tables by group and kind,
    and by group the log odds from which on a part is sure"""
    def fit(rows):
        return logistic([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], RIDGE)

    bursts = fit([(signs, right / n, weight * math.sqrt(n)) for _, weight, c in cases for signs, right, n, _, _ in c.rows if n])
    parts = fit([(signs, is_true, weight) for _, weight, c in cases for signs, _, _, _, is_true in c.rows if is_true is not None])
    tables, sure = [], []
    for group in GROUPS:
        points, least = collections.defaultdict(list), 0.0
        for _, _, c in (case for case in cases if case[0] == group):
            points[PART] += c.parts(parts)
            least = max(least, sure_from(c.parts(parts), 1.0, FALSE_IN_ONE))
            for kind, score, is_true in c.others(bursts):
                points[kind].append((score, is_true))
        least = max(least, sure_from(points[PART], FALSE_MOST[group]))
        tables.append([monotone(points[kind]) for kind in range(4)])
        sure.append(log_odds(least) + BESIDE[group])
    return bursts, parts, tables, sure
