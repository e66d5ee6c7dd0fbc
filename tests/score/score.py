#!/usr/bin/env python3
"""score.py ONLOOKER SAMPLE_FOLDER...: visits and attribution against the truth, beside two simple rules on the same traces.

  last-visit      what is sent belongs to the visit begun last (or to the visit of its own site)
  bag-of-domains  to the latest visit of a site that also asks this domain in its other visits, within 12 s
The rules are handed the true visits, names and background; onlooker gets packets. Exit code 1 if a bar is missed.
"""
import collections
import glob
import os
import subprocess
import sys

from truth import BACKGROUND, Said, Truth, most

SLACK_S = 0.5
COLUMNS = ("visits", "flow", "burst", "bytes", "disclosure", "false")
# The least that each sample must reach, in per cent; of false accusations at conf >= 0.9 the most.
BARS = {
    "police": (100, 100, 99, 99, 98, 0),
    "h3": (100, 100, 99, 99, 98, 0),
    "sequential": (99, 99, 99, 99, 99, 0.5),
    "noise": (99, 99, 99, 99, 99, 0.5),
    "tabs": (94, 97, 96, 95, 96, 0.5),
    "nat": (98, 88, 90, 88, 92, 1),
}


def f1(right, said, true):
    return 2 * right / (said + true) if said + true else 1.0


def match_visits(truth, said):
    """Said visit to true visit, one to one where it can be; the second value: how many were found."""
    found, taken = {}, set()
    for limit in (2.0, None):
        for v in sorted(said.visits.values(), key=lambda v: v["s"]):
            if v["id"] in found:
                continue
            fits = [t for t in truth.visits.values() if t["site"] == v["site"] and t["id"] not in taken
                    and t["group"] == truth.group.get(v["client"])
                    and (abs(t["s"] - v["s"]) <= limit if limit else t["s"] - 1 <= v["s"] <= t["e"] + 1)]
            if fits:
                best = min(fits, key=lambda t: abs(t["s"] - v["s"]))
                found[v["id"]] = best["id"]
                taken.add(best["id"])
    right = len(found)
    for v in said.visits.values():
        pieces = [t for t in truth.visits.values() if t["site"] == v["site"] and t["group"] == truth.group.get(v["client"])
                  and t["s"] - 1 <= v["s"] <= t["e"] + 1]
        if v["id"] not in found and pieces:
            found[v["id"]] = max(pieces, key=lambda t: t["s"])["id"]
    return found, right


def flow_site(flow):
    if flow is None:
        return None
    return BACKGROUND if flow.get("role") == "background" else flow.get("site")


def burst_visit(flow, when, found):
    """The true visit that the record's activity means, BACKGROUND, or None."""
    if flow is None:
        return None
    near = min(flow.get("activity", ()), default=None, key=lambda a: max(a["s"] - when, when - a["e"], 0))
    if near is None or max(near["s"] - when, when - near["e"]) > SLACK_S:
        return None
    if "visit" in near:
        return found.get(near["visit"], "no visit")
    return None if flow.get("role") == "unattributed" else BACKGROUND


def pairs_true(truth):
    true = {(r["visit"], r["domain"]) for r in truth.requests if r["third"]}
    own = {(r["visit"], r["domain"]) for r in truth.requests if r["site"] != BACKGROUND and not r["third"]}
    return true, own - true


def figures(truth, judge_flow, judge_burst, visits, pairs):
    """pairs: (visit, domain) to conf."""
    right = n = 0
    for key, requests in truth.flows.items():
        site = most(requests, "site")
        if site != BACKGROUND and any(r["third"] for r in requests):
            n += 1
            right += judge_flow(key, requests) == site
    bursts = hits = up = up_hits = 0
    for key, requests in truth.bursts():
        visit = most(requests, "visit")
        if visit is not None and not any(r["third"] for r in requests):
            continue
        is_hit = judge_burst(key, requests) == (BACKGROUND if visit is None else visit)
        size = sum(r["up"] for r in requests)
        bursts, hits, up, up_hits = bursts + 1, hits + is_hit, up + size, up_hits + is_hit * size
    true, own = pairs_true(truth)
    pairs = {p: c for p, c in pairs.items() if p not in own}
    sure = [p for p, c in pairs.items() if c >= 0.9]
    false = sum(p not in true for p in sure) / len(sure) if sure else 0.0
    return (visits, right / n if n else 1.0, hits / bursts, up_hits / up, f1(len(true & set(pairs)), len(pairs), len(true)), false)


def of_onlooker(truth, said):
    found, right = match_visits(truth, said)
    pairs = {}
    for v in said.visits.values():
        for party in v.get("third_parties", ()):
            for host in party.get("hosts", ()) or (party.get("domain", ""),):
                pair = found.get(v["id"], ("no visit", v["id"])), truth.domains.get(host, party.get("domain", host))
                pairs[pair] = max(pairs.get(pair, 0), party.get("conf", 0))
    return figures(truth, lambda key, r: flow_site(said.flow(key, r[0]["s"])),
                   lambda key, r: burst_visit(said.flow(key, r[0]["s"]), r[0]["s"], found),
                   f1(right, len(said.visits), len(truth.visits)), pairs)


class Rule:
    """A simple rule: a visit (or none) for each request."""

    def __init__(self, truth, bags):
        self.truth, self.bags = truth, bags
        self.background = {r["host"] for r in truth.requests if r["visit"] is None}
        self.counts = collections.Counter()
        for v in {(r["visit"], r["site"], r["domain"]) for r in truth.requests if r["visit"] is not None}:
            self.counts[v[1:]] += 1

    def visit(self, r):
        group = self.truth.group[r["client"]] if "client" in r else None
        begun = [v for v in self.truth.visits.values() if v["s"] <= r["s"] + 0.05 and (group is None or v["group"] == group)]
        own = [v for v in begun if v["site"] == r["domain"]]
        if own:
            return max(own, key=lambda v: v["s"])["id"]
        if r["host"] in self.background or not begun:
            return BACKGROUND
        if self.bags:
            near = [v for v in begun if r["s"] - v["s"] < 12 and self.counts[v["site"], r["domain"]]
                    > any(q["visit"] == v["id"] and q["domain"] == r["domain"] for q in self.truth.requests)]
            begun = near or begun
        return max(begun, key=lambda v: v["s"])["id"]

    def figures(self):
        said = {id(r): self.visit(r) for r in self.truth.requests}
        site = lambda v: v if v == BACKGROUND else self.truth.visits[v]["site"]
        pairs = {(said[id(r)], r["domain"]): 1.0 for r in self.truth.requests
                 if said[id(r)] != BACKGROUND and r["domain"] != site(said[id(r)])}
        return figures(self.truth, lambda key, rs: site(said[id(rs[0])]), lambda key, rs: said[id(rs[0])], 1.0, pairs)


def show(name, who, row, bars=None):
    """Prints a row; returns how many of its figures miss their bar."""
    cells = []
    for i, value in enumerate(row):
        missed = bars and (100 * value > bars[i] if i == 5 else 100 * value < bars[i])
        cells.append(f"{100 * value:9.1f}{'!' if missed else ' '}")
    print(f"{name:12}{who:16}{''.join(cells)}")
    return sum(c.endswith("!") for c in cells)


def main(onlooker, folders):
    failed = cases = 0
    print(f"{'':28}{''.join(f'{c:>9} ' for c in COLUMNS)}  (per cent; ! misses its bar)")
    for folder in folders:
        name = os.path.basename(folder)
        truth = Truth(glob.glob(f"{folder}/*.truth.json.gz")[0])
        capture = next(p for p in sorted(glob.glob(f"{folder}/*.pcap*")))
        home = [w for a in truth.clients for w in ("--home", a)]
        done = subprocess.run([onlooker, "read", "--quiet", "--records", "flow", *home, "-o", "jsonl:-", capture],
                              capture_output=True, timeout=300, check=True)
        said = Said(line for line in done.stdout.decode().splitlines() if line)
        failed += show(name, "onlooker", of_onlooker(truth, said), BARS[name])
        cases += len(BARS[name])
        show("", "last-visit", Rule(truth, False).figures())
        show("", "bag-of-domains", Rule(truth, True).figures())
    print(f"{cases - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
