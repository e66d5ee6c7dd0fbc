#!/usr/bin/env python3
"""beside.py WHOLE PART...: what a merged recording holds beside its parts, of which there are recordings as well.

Each is the path of NAME.ev and NAME.truth.json.gz without the endings. Prints the events; writes the truth of them to OUT if
--truth OUT comes first.
"""
import collections
import gzip
import json
import sys


def key_of(w):
    """What tells an event of one recording in another: the router may have changed the client's address and port."""
    return (w[4], w[5], w[11]) if w[0] == "flow" else tuple(w[2:6])


def events(name):
    with open(f"{name}.ev", encoding="utf-8") as f:
        return [line.split() for line in f]


def main(whole, parts, truth_path):
    seen = {key_of(w) for part in parts for w in events(part) if w[0] in ("flow", "dns")}
    flows, ends = set(), set()
    for w in events(whole):
        if w[0] in ("flow", "dns"):
            if key_of(w) in seen:
                continue
            if w[0] == "flow":
                flows.add(w[1])
                ends.add((w[3], w[4], w[5]))
        elif w[0] in ("begin", "burst", "end") and w[1] not in flows:
            continue
        print(*w)
    if truth_path:
        with gzip.open(f"{whole}.truth.json.gz", "rt", encoding="utf-8") as f:
            truth = json.load(f)
        mine = [r for r in truth["requests"] if (str(r.get("client_port")), r.get("server"), str(r.get("server_port"))) in ends]
        client_of = {v["id"]: v["client"] for v in truth["visits"]}
        clients = collections.Counter(client_of[r["visit"]] for r in mine if r.get("visit") is not None)
        client = clients.most_common(1)[0][0]
        truth.update(requests=[r for r in mine if client_of.get(r.get("visit"), client) == client], flows=[],
                     visits=[v for v in truth["visits"] if v["client"] == client],
                     clients=[c for c in truth["clients"] if c["id"] == client])
        with gzip.open(truth_path, "wt", encoding="utf-8") as f:
            json.dump(truth, f)


if __name__ == "__main__":
    ARGS = sys.argv[1:]
    TRUTH = ARGS[1] if ARGS[0] == "--truth" else None
    ARGS = ARGS[2:] if TRUTH else ARGS
    main(ARGS[0], ARGS[1:], TRUTH)
