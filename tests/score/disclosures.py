#!/usr/bin/env python3
"""disclosures.py ONLOOKER CAPTURE TRUTH: what was said of disclosures and consent, against the browser's own account.

Three figures groups, each with a bar:
  pixel    every event that a page sent to Meta's pixel: its visit, event, page, referrer and identifiers
  told     requests to third parties that carry the address of the page: disclosed at all, to that host, in that visit
  consent  (visit, company) said to be contacted before and after the choice, or in spite of it. All that is said must be true, and
           all be said that packets show. They need not show it: the browser's account has the moment of the click, which is known
           outside the browser only by what was sent because of it (see `moments`). Of pairs that lie beyond that the record has to
           say "unclear", or nothing of either side.
Exit code 1 if a bar is missed.
"""
import calendar
import collections
import gzip
import json
import subprocess
import sys
import time
from urllib.parse import parse_qsl, urlsplit

NEAR_S = 2.0  # a request's time is the packet's here, the browser's there
BARS = {"pixel": 1.0, "told recall": 0.995, "told precision": 0.995, "consent precision": 1.0, "consent recall": 1.0}

# By these a platform is told of a choice and of nothing else.
CHOICE_CALLS = ("/consentreceipts", "/logconsent.ashx", "/choice/gdpr/")
ANSWER_S = 1.0  # a banner is not answered within a second of asking for its page


def seconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (part or "0"))


def load_truth(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as f:
        truth = json.load(f)
    for request in truth["requests"]:
        request["s"] = seconds(request["at"])
        split = urlsplit(request.get("url", ""))
        request["path"], request["params"] = split.path, dict(parse_qsl(split.query, keep_blank_values=True))
    return truth


def records(onlooker, capture):
    done = subprocess.run([onlooker, "read", "-o", "jsonl:-", "--quiet", capture], capture_output=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def match_visits(truth, visits):
    """True visit id to what was said: one to one, same site, starts near each other."""
    matched, taken = {}, set()
    for visit in truth["visits"]:
        near = [v for v in visits if v["site"] == visit["site"] and v["id"] not in taken
                and abs(seconds(v["start"]) - seconds(visit["start"])) <= NEAR_S]
        if near:
            matched[visit["id"]] = min(near, key=lambda v: abs(seconds(v["start"]) - seconds(visit["start"])))
            taken.add(matched[visit["id"]]["id"])
    return matched


def items_of(disclosure):
    return {i["name"]: i for i in disclosure.get("items", [])}


def tells(disclosure, params):
    """Does it tell just these parameters, as far as they say something of a person?"""
    items = items_of(disclosure)
    for name, value in params.items():
        is_of_interest = name in ("ev", "dl", "rl", "fbp", "fbc") or name.split("[")[0] in ("cd", "ud", "udff")
        if not is_of_interest or value in ("", "[]", "{}"):
            continue
        item = items.get(name)
        if not item or ("value" in item and item["value"] != value[:2048]):
            return False
    # Nothing is carried over from another event.
    return all(name in params for name in items if name.split("[")[0] in ("ev", "dl", "rl", "fbp", "fbc", "cd", "ud", "udff"))


def score_pixel(truth, matched):
    """Each /tr event, in the visit that caused it."""
    right, wrong = 0, []
    left = {k: [d for d in v.get("disclosures", []) if d["host"] == "www.facebook.com"] for k, v in matched.items()}
    for request in truth["requests"]:
        if request["host"] != "www.facebook.com" or request["path"].rstrip("/") != "/tr" or not request.get("visit"):
            continue
        params = request["params"]
        fits = [d for d in left.get(request["visit"], []) if abs(seconds(d["at"]) - request["s"]) <= NEAR_S
                and d.get("event") == params.get("ev") and d.get("page", "") == params.get("dl", "") and tells(d, params)]
        if fits:
            left[request["visit"]].remove(fits[0])
            right += 1
        else:
            wrong.append("%s %s %s" % (request["at"], params.get("ev"), params.get("dl")))
    return right, wrong


def is_address_on(value, site):
    split = urlsplit(value)
    host = split.hostname or ""
    return split.scheme in ("http", "https") and (host == site or host.endswith("." + site))


def score_told(truth, matched):
    """Requests that carry an address of their site: is it told, of that host, in that visit? And has each disclosure a request?"""
    sites = {v["id"]: v["site"] for v in truth["visits"]}
    asked = collections.defaultdict(list)
    for request in truth["requests"]:
        if request.get("visit") in matched and request.get("party") == "third":
            asked[request["visit"], request["host"]].append(request)
    said = collections.defaultdict(list)
    for visit, record in matched.items():
        for d in record.get("disclosures", []):
            said[visit, d["host"]].append((seconds(d["at"]), {i.get("value") for i in d.get("items", [])}))
    found = expected = 0
    missed = []
    for (visit, host), requests in asked.items():
        for request in requests:
            addresses = [v for v in request["params"].values() if is_address_on(v, sites[visit])]
            for address in addresses[:1]:
                expected += 1
                if any(abs(s - request["s"]) <= NEAR_S and address[:2048] in values for s, values in said[visit, host]):
                    found += 1
                else:
                    missed.append("not told: %s %s" % (request["at"], request["url"][:160]))
    explained = n_said = 0
    for key, list_of in said.items():
        for s, _ in list_of:
            n_said += 1
            if any(abs(r["s"] - s) <= NEAR_S for r in asked[key]):
                explained += 1
            else:
                missed.append("no such request: %s at %.3f in %s" % (key[1], s, key[0]))
    return found, expected, explained, n_said, missed


def companies_of(visit, truth, name):
    """What the truth calls the companies behind a name in a list of consent: by their hosts."""
    owners = {r["host"]: r.get("company") for r in truth["requests"]}
    hosts = {h for p in visit.get("third_parties", []) if name in (p.get("company"), p.get("domain")) for h in p.get("hosts", [])}
    hosts |= {h for h in owners if h == name or h.endswith("." + name)}
    return {owners[h] for h in hosts if owners.get(h)}


def consent_platforms(visit):
    """Hosts that are needed to ask: a refusal does not forbid them."""
    return {h for p in visit.get("third_parties", []) if p.get("category") == "consent" for h in p.get("hosts", [])}


def moments(visit, requests, platform):
    """The last moment at which packets show that no choice had been made, and the first at which they show one; None: never.

    A choice shows where the site itself is sent its cookie, or where the platform is told. That there was none before shows in
    requests to the site without that cookie, if the cookie was seen later or the platform is one that keeps one.
    """
    own = [r for r in requests if r.get("party") == "first" and r.get("consent") and "client_port" in r]
    calls = [r["s"] for r in requests if r.get("consent") in ("after", "refused") and any(c in r["path"] for c in CHOICE_CALLS)]
    made = min([r["s"] for r in own if r["consent"] != "before"] + calls, default=None)
    unmade = max((r["s"] for r in own if r["consent"] == "before"), default=None)
    if unmade is None or (made is None and not platform):
        return None, made
    pages = [seconds(p["at"]) for p in visit["pages"]]
    last = max((s for s in pages if s <= unmade), default=unmade)
    return max(unmade, last + ANSWER_S), made


def showing(asked, unmade, made):
    """Pairs of side and company that packets show."""
    shown = set()
    for r in asked:
        if unmade is not None and r["consent"] == "before" and r["s"] <= unmade:
            shown.add(("before", r["company"]))
        elif made is not None and r["consent"] != "before" and r["s"] >= made:
            shown |= {("after", r["company"]), ("despite", r["company"])}
    return shown


def score_consent(truth, matched):
    """Pairs of company and side of the choice in visits with a banner, or with a choice."""
    n = collections.Counter()
    notes = []
    for visit in truth["visits"]:
        # What never left the browser (its page was gone) has no connection.
        requests = [r for r in truth["requests"] if r.get("visit") == visit["id"]]
        asked = [r for r in requests if r.get("party") == "third" and r.get("consent") and r.get("company") and "client_port" in r]
        record = matched.get(visit["id"], {})
        consent = record.get("consent", {})
        platform = consent_platforms(record)
        expected = {("before" if r["consent"] == "before" else "after", r["company"]) for r in asked}
        expected |= {("despite", r["company"]) for r in asked if r["consent"] == "refused" and r["host"] not in platform}
        claimed = set()
        for side in ("before", "after", "despite"):
            for name in consent.get(side, []):
                claimed |= {(side, c) for c in companies_of(record, truth, name)}
        if {r["consent"] for r in asked} <= {"before"} and not claimed and not consent.get("platform"):
            continue  # no banner: there is no choice that anything could come before
        shown = expected & showing(asked, *moments(visit, requests, platform))
        n.update(right=len(claimed & expected), said=len(claimed), true=len(expected), shown=len(shown),
                 told=len(claimed & shown))
        notes += ["%s %s wrong: %s" % (visit["id"], visit["site"], c) for c in sorted(claimed - expected)]
        notes += ["%s %s not said: %s" % (visit["id"], visit["site"], c) for c in sorted(shown - claimed)]
        notes += ["%s %s not shown by packets: %s" % (visit["id"], visit["site"], c) for c in sorted(expected - shown - claimed)]
    return n, notes


def share(part, whole):
    return part / whole if whole else 1.0


def main():
    onlooker, capture, truth_path = sys.argv[1:4]
    truth = load_truth(truth_path)
    visits = [r for r in records(onlooker, capture) if r["type"] == "visit"]
    matched = match_visits(truth, visits)
    right, wrong = score_pixel(truth, matched)
    found, expected, explained, n_said, missed = score_told(truth, matched)
    n, notes = score_consent(truth, matched)
    print("visits matched    %d of %d" % (len(matched), len(truth["visits"])))
    print("pixel events      %d of %d" % (right, right + len(wrong)))
    print("told              %d of %d requests with the page's address; %d of %d disclosures belong to a request" % (
        found, expected, explained, n_said))
    print("consent           %d of %d pairs said are right; %d of %d that packets show are said; %d are true" % (
        n["right"], n["said"], n["told"], n["shown"], n["true"]))
    for line in wrong + missed + notes:
        print("  " + line)
    figures = {"pixel": share(right, right + len(wrong)), "told recall": share(found, expected),
               "told precision": share(explained, n_said), "consent precision": share(n["right"], n["said"]),
               "consent recall": share(n["told"], n["shown"])}
    low = {k: v for k, v in figures.items() if v < BARS[k]}
    for name, value in low.items():
        print("%s is %.4f, below %.3f" % (name, value, BARS[name]))
    failed = len(low) + (len(matched) < len(truth["visits"]))
    print("%d passed, %d failed" % (len(figures) + 1 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
