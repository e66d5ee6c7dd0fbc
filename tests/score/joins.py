#!/usr/bin/env python3
"""joins.py REPLAY DATA_DIR SOURCE_DIR FOLD:WEIGHT:EVENTS:TRUTH...: fits join_table.h of src/track anew.

Weights of the signs that a page view goes on with the last visit to its site: a logistic for each group (enum client_group), over
the page views that were made out and belong to a visit of the truth. It goes on if its visit had a page view before. Arguments
are those of refit.py, without GROUP; what is printed are the shares of right choices of each recording, by weights fitted on
the other folds. Needs python3-numpy.
"""
import collections
import multiprocessing
import re
import subprocess
import sys
import tempfile

import numpy as np

from refit import brace, logistic
from truth import Said, Truth, seconds

GROUPS = 3  # enum client_group
NEAR = -0.6, 0.4  # seconds that a page view may be before its document in the truth, and after it


class Case:
    def __init__(self, text):
        self.fold, weight, self.events, path = text.split(":")
        self.name, self.weight, self.truth = re.sub(r"\.truth.*", "", path.split("/")[-1]), float(weight), Truth(path)
        self.documents = collections.defaultdict(list)
        for v in self.truth.visits.values():
            for p in v["pages"]:
                if not p.get("silent"):
                    self.documents[v["site"]].append((seconds(p["at"]), v["id"]))

    def visit_of(self, site, at):
        """The true visit of a page view."""
        near = [(abs(when - at), visit) for when, visit in self.documents[site] if NEAR[0] <= at - when <= NEAR[1]]
        within = [v["id"] for v in self.truth.visits.values() if v["site"] == site and v["s"] + NEAR[0] / 2 <= at <= v["e"]]
        return min(near)[1] if near else next(iter(within), None)

    def rows(self, replay, data):
        """(case, signs, it goes on)"""
        with tempfile.NamedTemporaryFile("r") as out:
            done = subprocess.run([replay, "--joins", out.name, data, self.events], capture_output=True, check=True)
            said = Said(done.stdout.decode().splitlines())
            joins = [line.split() for line in out]
        last = max((int(w[0]) for w in joins), default=0)
        joins = [w for w in joins if int(w[0]) == last]
        pages = collections.defaultdict(set)
        for v in said.visits.values():
            pages[v["site"]] |= {v["s"], *(seconds(p["at"]) for p in v["pages"])}
        for w in joins:
            site, at = said.visits[int(w[2])]["site"], int(w[5]) / 1e9
            visit = self.visit_of(site, at)
            if visit is not None:
                before = any(self.visit_of(site, t) == visit for t in pages[site] if t < at - 1e-3)
                yield int(w[1]), [float(x) for x in w[7:]], before


def rows_of(case, replay, data):
    return list(case.rows(replay, data))


def fit(cases, rows, fold):
    weights = []
    for kind in range(GROUPS):
        use = [(signs, goes_on, c.weight) for c, mine in zip(cases, rows) if c.fold != fold for of, signs, goes_on in mine if of == kind]
        weights.append(logistic([u[0] for u in use], [u[1] for u in use], [u[2] for u in use]))
    return weights


def main():
    replay, data, source = sys.argv[1:4]
    cases = [Case(text) for text in sys.argv[4:]]
    with multiprocessing.Pool() as pool:
        rows = pool.starmap(rows_of, [(c, replay, data) for c in cases])
    for case, mine in zip(cases, rows):
        weights = fit(cases, rows, case.fold)
        right = sum((np.dot(weights[kind], signs) > 0) == goes_on for kind, signs, goes_on in mine)
        print(f"{case.name:20} {right:4} of {len(mine)}")
    path = f"{source}/join_table.h"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    table = brace(fit(cases, rows, None))
    with open(path, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(JOIN_WEIGHTS(?:\[\w+\])+ = )\{.*?\};", lambda m: m.group(1) + table + ";", text, flags=re.S))
    return 0


if __name__ == "__main__":
    sys.exit(main())
