#!/usr/bin/env python3
"""refit.py REPLAY DATA_DIR SOURCE_DIR EVENTS_DIR [CASES]: fits the tables of src/track anew.

  attribute_table.h  weights of the terms of a choice between sites: a conditional logit over the flows whose site is known
  page_table.h       weights of the signs of a page view: a logistic for each case
  claim_table.h      weights of the signs that a claim is good or weak
  calibrate_table.h  what share of statements with a given score was true: monotone, on knots even in log odds

CASES (refit.cases) lists the recordings: NAME, GROUP (one, tabs, shared or devices), WEIGHT (how much one row counts) and
FOLDS: whose traffic it holds. EVENTS_DIR has NAME.ev, lines as `dump` writes them, and NAME.truth.json.gz. A line `without`
names folds; there are tables fitted without these, by which the recordings whose folds they all are get judged. What a pass
sees depends on the weights of the passes before it, and confidence is what holds on captures that were not fitted on: both are
learnt from such judgements, and their figures are printed at the end: what may be expected elsewhere. Needs python3-numpy.
Ridge penalties keep weights of rare signs near zero.
"""
import argparse
import collections
import multiprocessing
import os
import pickle
import re
import subprocess
import sys
import tempfile

import numpy as np

from claims import Claims, fit_claims
from score import of_onlooker, show
from truth import BACKGROUND, Said, Truth, most, seconds
from unpartition import unpartition

ROUNDS = 2
KINDS = 3  # enum page_case
GROUPS = ("one", "tabs", "devices")  # enum client_group
# How near the weights of a group stay to those of all: the recordings of one page at work are many and alike, and such a
# client is plainly another; those of several pages and of several devices need all that there is.
STRAY = {"one": 3.0, "tabs": 30.0, "devices": 10.0}
TABLES = ("page_table.h", "PAGE"), ("attribute_table.h", "FLOW"), ("attribute_table.h", "ALONE")


class Tables:
    """Weights of each kind for the first pass (0) and those after it (1); as `replay --weights` reads them."""

    def __init__(self, source):
        for name, kind in TABLES:
            setattr(self, kind, [built_in(f"{source}/{name}", f"{kind}_WEIGHTS_{n}") for n in (1, 2)])
        self.PAGE = [w.reshape(KINDS, -1) for w in self.PAGE]
        self.FLOW = [w.reshape(len(GROUPS), -1) for w in self.FLOW]

    def text(self):
        return " ".join(f"{w:.6g}" for _, kind in TABLES for part in getattr(self, kind) for w in part.ravel())


def built_in(path, table):
    with open(path, encoding="utf-8") as f:
        text = re.search(rf"{table}(?:\[\w+\])+ = \{{(.*?)\}};", f.read(), re.S).group(1)
    return np.array([float(w) for w in re.findall(r"-?\d+\.\d+", text)])


class Case:
    def __init__(self, folder, name, group, weight, folds):
        self.name, self.group, self.weight, self.folds = name, group, float(weight), set(folds.split(","))
        self.events, self.truth = f"{folder}/{name}.ev", Truth(f"{folder}/{name}.truth.json.gz")
        self.documents = collections.defaultdict(list)
        pages = {(v["id"], p["host"], round(t, 1)) for v in self.truth.visits.values() for p in v["pages"]
                 if not p.get("silent") for t in near(p["at"])}
        for key, requests in self.truth.flows.items():
            for r in requests:
                if (r["visit"], r["host"], round(r["s"], 1)) in pages:
                    self.documents[key[1:]].append(r["s"])
        self.sites = {key[1:]: most(requests, "site") for key, requests in self.truth.flows.items()}


def near(at):
    return [seconds(at) + d / 10 for d in range(-3, 4)]


def run(args, case, tables, *options, events=None):
    with tempfile.NamedTemporaryFile("w") as weights:
        weights.write(tables.text())
        weights.flush()
        done = subprocess.run([args.replay, "--weights", weights.name, *options, args.data, events or case.events],
                              capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def page_rows(args, case, tables):
    """(kind, pass, signs, is a page view)"""
    with tempfile.NamedTemporaryFile("r") as out:
        run(args, case, tables, "--rows", out.name)
        for line in out:
            w = line.split()
            when = int(w[6]) / 1e9
            times = case.documents.get((w[2], int(w[3]), w[4], int(w[5])), ())
            yield int(w[1]), int(w[0]), [float(x) for x in w[9:]], any(-0.3 <= t - when <= 0.6 for t in times)


def lines_of(candidates, n_terms):
    lines = np.zeros((len(candidates), n_terms), np.float32)
    for line, words in zip(lines, candidates):
        for word in words[1:]:
            term, _, value = word.partition(":")
            line[int(term)] = float(value)
    return lines


def choices(lines, site_of, n_terms, group):
    """(pass, which candidate is right, terms of each, group of the client)"""
    for line in lines:
        head, *candidates = line.rstrip(" ;\n").split(" ;")
        w = head.split()
        site = site_of(w)
        parsed = [c.split() for c in candidates]
        right = [i for i, c in enumerate(parsed) if c[0] == ("-" if site == BACKGROUND else site)]
        if right:
            yield int(w[0]), right[0], lines_of(parsed, n_terms), group


def choice_rows(args, case, tables):
    with tempfile.NamedTemporaryFile("r") as out:
        run(args, case, tables, "--choices", out.name)
        yield from choices(out, lambda w: case.sites.get((w[1], int(w[2]), w[3], int(w[4]))), tables.FLOW[0].shape[1],
                           case.group)


def alone_rows(args, case, tables):
    """Of bursts on connections that sites share: as such a browser would have made this capture."""
    with tempfile.NamedTemporaryFile("r") as out, tempfile.NamedTemporaryFile("w") as events:
        sites = unpartition(case.events, case.truth, events)
        run(args, case, tables, "--without", "partition", "--alone", out.name, events=events.name)
        yield from choices(out, lambda w: sites.get((w[1], int(w[2]), w[3], int(w[4]), w[5])), len(tables.ALONE[0]),
                           case.group)


def logistic(rows, truth, weight, ridge=2.0, around=None):
    """around: what the penalty pulls to, 0 without it"""
    x, y, w = np.array(rows), np.array(truth, float), np.array(weight)
    spread = x.std(0)
    spread[spread == 0] = 1
    x = x / spread
    around = np.zeros(x.shape[1]) if around is None else around * spread
    beta, penalty = around.copy(), np.full(x.shape[1], ridge)
    penalty[0] = 1e-3
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        h = (x * (w * p * (1 - p) + 1e-9)[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(h, x.T @ (w * (y - p)) - penalty * (beta - around))
        beta += step
        if np.abs(step).max() < 1e-4:
            break
    return beta / spread


def conditional(rows, start, around, ridge):
    """rows: (weight, right, terms), the last a line for each candidate; around: what the penalty pulls to; start: what is near"""
    right, weight = np.array([r[1] for r in rows]), np.array([r[0] for r in rows])
    size = np.array([len(r[2]) for r in rows])
    starts = np.concatenate(([0], size.cumsum()[:-1]))
    right, of = right + starts, np.repeat(np.arange(len(rows)), size)
    x = np.concatenate([r[2] for r in rows]).astype(np.float64)
    beta = start.copy()
    for _ in range(15):
        z = x @ beta
        e = np.exp(z - np.maximum.reduceat(z, starts)[of])
        p = e / np.add.reduceat(e, starts)[of]
        mean = np.add.reduceat(x * p[:, None], starts)
        spread = x - mean[of]
        h = (spread * (p * weight[of])[:, None]).T @ spread + ridge * np.eye(len(beta))
        step = np.linalg.solve(h, ((x[right] - mean) * weight[:, None]).sum(0) - ridge * (beta - around))
        beta += step * min(1, 3 / np.abs(step).max())
        if np.abs(step).max() < 1e-2:
            break
    return beta


def claims_of(args, case, tables):
    with tempfile.NamedTemporaryFile("r") as out:
        records = run(args, case, tables, "--raw", "--claims", out.name)
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


def fit_pages(rows, tables, later):
    for kind in range(KINDS):
        use = [(weight, signs, is_page) for weight, (of, _, signs, is_page) in rows if of == kind]
        tables.PAGE[later][kind] = logistic([r[1] for r in use], [r[2] for r in use], [r[0] for r in use])


def fit_flows(rows, tables, later):
    rows = [(weight, right, terms, group) for weight, (_, right, terms, group) in rows]
    flow = tables.FLOW[later]
    every = conditional(rows, flow.mean(0), np.zeros(flow.shape[1]), 2.0)
    for i, group in enumerate(GROUPS):
        mine = [row for row in rows if row[3] == group]
        flow[i] = conditional(mine, flow[i], every, STRAY[group]) if mine else every


def fit_alone(rows, tables, later):
    rows = [(weight, right, terms) for weight, (_, right, terms, _) in rows]
    tables.ALONE[later] = conditional(rows, tables.ALONE[later], np.zeros(len(tables.ALONE[later])), 2.0)


# What to look at, how to learn, where a row has its pass, which passes after the first are learnt from, which cases count.
PAGES = page_rows, fit_pages, 1, (2, 3), lambda case: True
FLOWS = choice_rows, fit_flows, 0, (2, 5), lambda case: case.group != "shared"
ALONE = alone_rows, fit_alone, 0, (2, 5), lambda case: case.group != "shared"
WHAT = {"pages": PAGES, "flows": FLOWS, "alone": ALONE}


def read_cases(path, folder):
    """The recordings; the sets of folds without which tables are fitted, the last without none."""
    cases, without = [], []
    with open(path, encoding="utf-8") as f:
        for words in (line.split("#")[0].split() for line in f):
            if words and words[0] == "without":
                without.append(set(words[1:]))
            elif words:
                cases.append(Case(folder, *words))
    for case in cases:
        case.judge = next(i for i, folds in enumerate(without) if case.folds <= folds)
    return cases, without + [set()]


def fit(args, cases, without):
    """Tables without each set of folds. Signs and terms of a case are always made with tables in which it had no part: the
    passes after the first learn how far to believe what is new to them."""
    tables = [Tables(args.source) for _ in without]

    def step(what, later):
        look, learn, at_pass, passes, counts = what
        mine = [case for case in cases if counts(case)]
        seen = pool.starmap(rows_of, [(args, look, case, tables[case.judge]) for case in mine], chunksize=1)
        for folds, table in zip(without, tables):
            learn([(case.weight / (1 + later), row) for case, rows in zip(mine, seen) if not case.folds & folds
                   for row in rows if row[at_pass] in (passes if later else (1,))], table, later)

    with multiprocessing.Pool() as pool:
        for what in ("pages", "flows", "alone"):
            if what in args.only:
                step(WHAT[what], False)
        for what in ROUNDS * ("pages", "flows") + ("alone",):
            if what in args.only:
                step(WHAT[what], True)
    return tables


def rows_of(args, look, case, tables):
    return list(look(args, case, tables))


def fit_confidence(args, cases, tables):
    bursts, parts, by_group, sure = fit_claims(
        [(case.group, case.weight, claims_of(args, case, tables[case.judge])) for case in cases], logistic)
    put(args, "claim_table.h", "CLAIM_BURST_WEIGHTS", bursts)
    put(args, "claim_table.h", "CLAIM_PART_WEIGHTS", parts)
    put(args, "calibrate_table.h", "CALIBRATION", by_group)
    put(args, "calibrate_table.h", "SURE_FROM", sure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("replay")
    parser.add_argument("data")
    parser.add_argument("source")
    parser.add_argument("events")
    parser.add_argument("cases", nargs="?", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "refit.cases"))
    parser.add_argument("--keep", help="where to keep all tables")
    parser.add_argument("--only", default=list(WHAT), type=lambda text: text.split(","),
                        help="what to fit beside confidence, the rest stays: pages,flows,alone")
    args = parser.parse_args()
    cases, without = read_cases(args.cases, args.events)
    tables = fit(args, cases, without)
    for name, kind in TABLES:
        for n in (0, 1):
            put(args, name, f"{kind}_WEIGHTS_{n + 1}", getattr(tables[-1], kind)[n])
    fit_confidence(args, cases, tables)
    if args.keep:
        with open(args.keep, "wb") as out:
            pickle.dump(tables, out)
    for case in cases:
        show(case.name, "", of_onlooker(case.truth, Said(run(args, case, tables[case.judge]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
