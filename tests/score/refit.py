#!/usr/bin/env python3
"""refit.py REPLAY DATA_DIR SOURCE_DIR [--build COMMAND] WEIGHT:EVENTS:TRUTH...: fits the tables of src/track anew.

  attribute_table.h  weights of the terms of a choice between sites: a conditional logit over the flows whose site is known
  page_table.h       weights of the signs of a page view: a logistic for each case
  calibrate_table.h  what share of statements with a given score was true: monotone, on knots even in log odds

EVENTS are lines as `dump` writes them. WEIGHT: how much one row of this capture counts (several captures of the same traffic
should not count as many). What a pass sees depends on the weights of the pass before it, so the fit goes in rounds: fit,
write, --build (default: ninja), look again. Needs python3-numpy. Ridge penalties keep weights of rare signs near zero.
Split by capture to see what holds elsewhere: fit on some, score on others; HACKING.md has the figures.
"""
import argparse
import collections
import re
import subprocess
import sys
import tempfile

import numpy as np

from claims import GROUPS, Claims, fit_claims
from truth import BACKGROUND, Truth, most
from unpartition import unpartition

ROUNDS = 2


class Case:
    def __init__(self, text):
        weight, self.events, path = text.split(":")
        self.weight, self.truth = float(weight), Truth(path)
        self.documents = collections.defaultdict(list)
        pages = {(v["id"], p["host"], round(t, 1)) for v in self.truth.visits.values() for p in v["pages"]
                 if not p.get("silent") for t in near(p["at"])}
        for key, requests in self.truth.flows.items():
            for r in requests:
                if (r["visit"], r["host"], round(r["s"], 1)) in pages:
                    self.documents[key[1:]].append(r["s"])
        self.sites = {key[1:]: most(requests, "site") for key, requests in self.truth.flows.items()}


def near(at):
    from truth import seconds
    s = seconds(at)
    return [s + d / 10 for d in range(-3, 4)]


def run(args, case, *options):
    done = subprocess.run([args.replay, *options, args.data, case.events], capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def page_rows(args, case):
    """(kind, pass, signs, is a page view)"""
    with tempfile.NamedTemporaryFile("r") as out:
        run(args, case, "--rows", out.name)
        for line in out:
            w = line.split()
            when = int(w[6]) / 1e9
            times = case.documents.get((w[2], int(w[3]), w[4], int(w[5])), ())
            yield int(w[1]), int(w[0]), [float(x) for x in w[9:]], any(-0.3 <= t - when <= 0.6 for t in times)


def choices(lines, site_of):
    """(pass, which candidate is right, terms of each)"""
    for line in lines:
        head, *candidates = line.rstrip(" ;\n").split(" ;")
        w = head.split()
        site = site_of(w)
        parsed = [c.split() for c in candidates]
        right = [i for i, c in enumerate(parsed) if c[0] == ("-" if site == BACKGROUND else site)]
        if right:
            yield int(w[0]), right[0], [{int(k): float(x) for k, x in (t.split(":") for t in c[1:])} for c in parsed]


def choice_rows(args, case):
    with tempfile.NamedTemporaryFile("r") as out:
        run(args, case, "--choices", out.name)
        yield from choices(out, lambda w: case.sites.get((w[1], int(w[2]), w[3], int(w[4]))))


def alone_rows(args, case):
    """Of bursts on connections that sites share: as such a browser would have made this capture."""
    with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("w") as events:
        sites = unpartition(case.events, case.truth, events)
        subprocess.run([args.replay, "--without", "partition", "--alone", out.name, args.data, events.name],
                       stdout=subprocess.DEVNULL, check=True)
        yield from choices(out, lambda w: sites.get((w[1], int(w[2]), w[3], int(w[4]), w[5])))


def logistic(rows, truth, weight, ridge=2.0):
    x, y, w = np.array(rows), np.array(truth, float), np.array(weight)
    spread = x.std(0)
    spread[spread == 0] = 1
    x = x / spread
    beta, penalty = np.zeros(x.shape[1]), np.full(x.shape[1], ridge)
    penalty[0] = 1e-3
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        h = (x * (w * p * (1 - p) + 1e-9)[:, None]).T @ x + np.diag(penalty)
        beta += np.linalg.solve(h, x.T @ (w * (y - p)) - penalty * beta)
    return beta / spread


def conditional(rows, n_terms, ridge=2.0):
    """rows: (weight, right, terms)"""
    starts, right, weight, flat = [], [], [], []
    for w, r, candidates in rows:
        starts.append(len(flat))
        right.append(len(flat) + r)
        weight.append(w)
        for c in candidates:
            v = np.zeros(n_terms)
            for k, x in c.items():
                v[k] = x
            flat.append(v)
    x, starts, right, weight = np.array(flat), np.array(starts), np.array(right), np.array(weight)
    of = np.searchsorted(starts, np.arange(len(x)), side="right") - 1
    beta = np.zeros(n_terms)
    for _ in range(30):
        z = x @ beta
        e = np.exp(z - np.maximum.reduceat(z, starts)[of])
        p = e / np.add.reduceat(e, starts)[of]
        mean = np.add.reduceat(x * p[:, None], starts)
        spread = x - mean[of]
        h = (spread * (p * weight[of])[:, None]).T @ spread + ridge * np.eye(n_terms)
        step = np.linalg.solve(h, ((x[right] - mean) * weight[:, None]).sum(0) - ridge * beta)
        beta += step * min(1, 3 / np.abs(step).max())
    return beta


def claims_of(args, case):
    with tempfile.NamedTemporaryFile("r") as out:
        records = run(args, case, "--raw", "--claims", out.name)
        return Claims(case.truth, records, out.read().splitlines())


def brace(values):
    if isinstance(values[0], (list, tuple, np.ndarray)):
        return "{ " + ",\n".join(brace(v) for v in values) + " }"
    return "{ " + ", ".join(f"{v:.3f}f" for v in values) + " }"


def put(args, name, table, values):
    path = f"{args.source}/{name}"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text, n = re.subn(rf"({table}(?:\[\w+\])+ = )\{{.*?\}};", lambda m: m.group(1) + brace(values) + ";", text, flags=re.S)
    assert n == 1, f"{path}: no table {table}"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def n_terms(source):
    """How many terms a choice has: as the table in the source holds them."""
    with open(f"{source}/attribute_table.h", encoding="utf-8") as f:
        return re.search(r"FLOW_WEIGHTS_1.*?\{(.*?)\}", f.read(), re.S)[1].count("f")


def fit_pages(args, cases):
    rows = [(case.weight, *row) for case in cases for row in page_rows(args, case)]
    for name, first in (("PAGE_WEIGHTS_1", True), ("PAGE_WEIGHTS_2", False)):
        fits = []
        for kind in range(3):
            use = [r for r in rows if r[1] == kind and (r[2] == 1) == first]
            fits.append(logistic([r[3] for r in use], [r[4] for r in use], [r[0] * (1 if first else 0.5) for r in use]))
        put(args, "page_table.h", name, fits)
    subprocess.run(args.build, shell=True, check=True, stdout=subprocess.DEVNULL)


def fit_choices(args, cases, rows_of, table):
    rows = [(case.weight, *row) for case in cases for row in rows_of(args, case)]
    for number, first in ((1, True), (2, False)):
        use = [(r[0], r[2], r[3]) for r in rows if (r[1] == 1) == first]
        put(args, "attribute_table.h", f"{table}_WEIGHTS_{number}", conditional(use, args.n_terms))
    subprocess.run(args.build, shell=True, check=True, stdout=subprocess.DEVNULL)


def fit_confidence(args, groups):
    cases = [(group, case.weight, claims_of(args, case)) for group, of in zip(GROUPS, groups) for case in of]
    bursts, parts, tables, sure = fit_claims(cases, logistic)
    put(args, "claim_table.h", "CLAIM_BURST_WEIGHTS", bursts)
    put(args, "claim_table.h", "CLAIM_PART_WEIGHTS", parts)
    put(args, "calibrate_table.h", "CALIBRATION", tables)
    put(args, "calibrate_table.h", "SURE_FROM", sure)
    subprocess.run(args.build, shell=True, check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("replay")
    parser.add_argument("data")
    parser.add_argument("source")
    parser.add_argument("--build", default="ninja")
    for group in GROUPS:
        parser.add_argument(f"--{group}", nargs="+", default=[], metavar="WEIGHT:EVENTS:TRUTH")
    args = parser.parse_args()
    args.n_terms = n_terms(args.source)
    groups = [[Case(text) for text in getattr(args, group)] for group in GROUPS]
    cases = [case for group in groups for case in group]
    for _ in range(ROUNDS):
        fit_pages(args, cases)
        fit_pages(args, cases)
        fit_choices(args, groups[0] + groups[1] + groups[3], choice_rows, "FLOW")
        fit_choices(args, groups[0] + groups[1] + groups[3], alone_rows, "ALONE")
    fit_pages(args, cases)
    fit_confidence(args, groups)
    return 0


if __name__ == "__main__":
    sys.exit(main())
