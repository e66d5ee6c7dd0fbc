"""What a sample really held (NAME.truth.json.gz), and what was said of it; both as far as the score looks at them."""
import calendar
import collections
import gzip
import json
import time

BACKGROUND = "background"


def seconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (part or "0"))


class Truth:
    """visits: id to dict with s (start) and e (end); requests: known ones, with s, site and visit; flows by five-tuple."""

    def __init__(self, path):
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
            truth = json.load(f)
        group = {}
        for client in truth["clients"]:
            addresses = client["addresses"]
            name = next((group[a] for a in addresses if a in group), addresses[0])
            group.update({a: name for a in addresses})
        self.group = group
        self.clients = [a for c in truth["clients"] for a in c["addresses"]]
        by_id = {c["id"]: group[c["addresses"][0]] for c in truth["clients"]}
        self.visits = {}
        for v in truth["visits"]:
            v["s"], v["e"] = seconds(v["start"]), seconds(v["end"]) if "end" in v else float("inf")
            v["group"] = by_id[v["client"]]
            self.visits[v["id"]] = v
        self.requests, self.flows, self.domains = [], collections.defaultdict(list), {}
        for r in truth["requests"]:
            r["domain"] = r.get("domain", r["host"])
            self.domains[r["host"]] = r["domain"]
            if "visit" not in r:
                continue
            r["s"], r["up"] = seconds(r["at"]), r.get("up", 1)
            visit = self.visits.get(r["visit"])
            r["site"] = visit["site"] if visit else BACKGROUND
            r["third"] = bool(visit) and r.get("party", "third" if r["domain"] != visit["site"] else "first") == "third"
            self.requests.append(r)
            if "client_port" in r:
                self.flows[r.get("proto", "tcp"), r["client"], r["client_port"], r["server"], r["server_port"]].append(r)

    def bursts(self):
        """(five-tuple, requests less than a second apart)"""
        for key, requests in self.flows.items():
            burst = []
            for r in sorted(requests, key=lambda r: r["s"]):
                if burst and r["s"] - burst[-1]["s"] >= 1:
                    yield key, burst
                    burst = []
                burst.append(r)
            yield key, burst


def most(requests, what):
    """What most of the bytes say."""
    weight = collections.Counter()
    for r in requests:
        weight[r[what] if what != "visit" else r["visit"]] += r["up"]
    return weight.most_common(1)[0][0]


class Said:
    def __init__(self, lines):
        self.visits, self.flows = {}, collections.defaultdict(list)
        for line in lines:
            r = json.loads(line)
            if r["type"] == "visit":
                r["s"], r["e"] = seconds(r["start"]), seconds(r["end"])
                self.visits[r["id"]] = r
            elif r["type"] == "flow":
                for a in r.get("activity", ()):
                    a["s"], a["e"] = seconds(a["start"]), seconds(a["end"])
                r["s"] = seconds(r["start"])
                key = r["proto"], r["client"], r["client_port"], r["server"], r["server_port"]
                self.flows[key].append(r)

    def flow(self, key, when):
        return min(self.flows.get(key, ()), key=lambda f: abs(f["s"] - when), default=None)
