"""A capture's events as a browser would have made them that shares connections and answers of DNS between sites."""
import collections

from truth import most

ANSWER_NS = 300e9
NO_HOST, NO_TICKET = "-", "0"


def merge_flows(lines):
    """Flow id to the id of the flow that it would have been: an older one to the same host of the same program."""
    end = {w[1]: int(w[2]) for w in lines if w[0] == "end"}
    into, open_to = {}, collections.defaultdict(list)
    for w in lines:
        if w[0] != "flow":
            continue
        flow, host, start = w[1], (w[2], w[13], w[15]), int(w[11])
        into[flow] = flow
        if w[13] == NO_HOST or w[17] == "http/1.1":
            continue
        usable = [f for f in open_to[host] if end.get(f, float("inf")) > start]
        if usable:
            into[flow] = usable[0]
            end[usable[0]] = max(end.get(usable[0], 0), end.get(flow, 0))
        else:
            open_to[host].append(flow)
    return into, end


def unpartition(path, truth, out):
    """Writes the events to out. returns: (client, port, server, port, start in ns) of a burst to the site that caused it"""
    with open(path, encoding="utf-8") as f:
        lines = [line.split() for line in f]
    bursts = collections.defaultdict(list)
    for key, requests in truth.bursts():
        bursts[key[1:]].append((requests[0]["s"], requests[-1]["s"], most(requests, "site")))
    key_of = {w[1]: (w[2], int(w[3]), w[4], int(w[5])) for w in lines if w[0] == "flow"}
    into, end = merge_flows(lines)
    sites, asked = {}, {}
    for w in lines:
        if w[0] == "flow":
            if into[w[1]] != w[1]:
                continue
            w[16] = NO_TICKET
        elif w[0] in ("begin", "burst"):
            flow, w[1] = w[1], into.get(w[1], w[1])
            when = int(w[2]) / 1e9
            near = [b for b in bursts.get(key_of.get(flow), ()) if b[0] - 0.8 <= when <= b[1] + 0.3]
            if near:
                sites[(*key_of[w[1]], w[2])] = min(near, key=lambda b: abs(b[0] - when))[2]
        elif w[0] == "end":
            if into.get(w[1]) != w[1]:
                continue
            w[2] = str(end[w[1]])
        elif w[0] == "dns" and w[3] == "0":
            question = w[1], w[4], w[5]
            if int(w[2]) - asked.get(question, -ANSWER_NS) < ANSWER_NS:
                continue
            asked[question] = int(w[2])
        out.write(" ".join(w) + "\n")
    out.flush()
    return sites
