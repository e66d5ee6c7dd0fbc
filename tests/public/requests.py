#!/usr/bin/env python3
"""requests.py ONLOOKER PLUGIN SOURCE BUILD: the requests that are read with session secrets, against other accounts of them.

The captures lie beside the project and are no part of it; without them the test is skipped. Those of others are compared
with what Wireshark read (method, host, path), those of the lab with the browser's own account (method, host, target,
for third parties the visit, and the company where one is said). PLUGIN is tests/plugins/requests.
"""
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "score"))
from compare import captures  # noqa: E402  pylint: disable=wrong-import-position
from disclosures import load_truth, match_visits  # noqa: E402  pylint: disable=wrong-import-position

FOUND_MIN = 0.99  # of the requests of the truth

# The company names of the lab are of an older list: names that changed, and companies that were bought.
OTHER_NAMES = {"X Corp.": "X", "JS Foundation": "OpenJS Foundation", "Hotjar": "Contentsquare", "Signal Digital Inc.": "TransUnion",
               "Outbrain": "Teads (Outbrain)", "Sharethrough, Inc": "Equativ"}


class Reader:
    """The program with the plugin."""

    def __init__(self, onlooker, plugin):
        self.command = [onlooker, "read", "--quiet", "--plugin", plugin, "--reveal", "-o", "jsonl:-"]

    def read(self, capture, keylog=None):
        """Requests as (flow, frame, method, host, target), and the records."""
        with tempfile.TemporaryDirectory() as folder:
            lines = pathlib.Path(folder) / "requests.tsv"
            keys = ["--keylog", str(keylog)] if keylog else []
            done = subprocess.run(self.command + keys + ["--requests.to=%s" % lines, str(capture)], capture_output=True,
                                  timeout=120, check=True)
            requests = [line.split("\t") for line in lines.read_text(encoding="utf-8").splitlines()]
        return requests, [json.loads(line) for line in done.stdout.splitlines()]


def is_same_company(theirs, ours):
    """By the first word, or under a name that it took since."""
    def first(name):
        return name.split()[0].rstrip(".,").lower()
    return first(theirs) == first(ours) or OTHER_NAMES.get(theirs) == ours


def split_host(host):
    return host.rsplit(":", 1)[0].lower()


def of_others(reader, public, folder):
    """Cases (name, found, of)."""
    for path in sorted((public / "truth").glob("K*.requests.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        capture = folder.parent / "public" / lines[0].split(": ", 1)[1]
        key = lines[1].split(": ", 1)[1].split(" ;", 1)[0]
        if key.startswith("RSA:"):
            continue  # a server's private key is no session secret
        header = lines[2].split("\t")
        rows = [dict(zip(header, line.split("\t"))) for line in lines[3:]]
        want = collections.Counter((r["method"], split_host(r["host"]), r["path"]) for r in rows)
        requests, _ = reader.read(capture, folder.parent / "public" / key if key != "DSB" else None)
        # It parts several values of a field by "|", and kept the first.
        got = collections.Counter((method, host, target.partition("|")[0]) for _, _, method, host, target in requests)
        yield path.name.split(".")[0], sum((want & got).values()), sum(want.values()), want - got


def of_lab(reader, capture, truth):
    """Cases (name, found, of): read at all, and of third parties the visit and the company."""
    requests, records = reader.read(capture)
    name = capture.name.split(".")[0]
    got = collections.Counter((method, host, target) for _, _, method, host, target in requests)

    def target(r):
        return r["path"] + ("?" + r["query"] if r["query"] else "")

    # The browser also tells requests that it never sent; those have no connection.
    truth["requests"] = [r for r in truth["requests"] if r.get("method") and r.get("url") and "client_port" in r]
    for r in truth["requests"]:
        r["query"] = r.get("url", "").partition("#")[0].partition("?")[2]
    want = collections.Counter((r["method"], r["host"], target(r)) for r in truth["requests"])
    yield name + " read", sum((want & got).values()), sum(want.values()), want - got

    matched = match_visits(truth, [r for r in records if r["type"] == "visit"])
    told, companies = collections.Counter(), {}
    for visit, said in matched.items():
        for d in said.get("disclosures", ()):
            if d.get("event") == "a request":
                key = visit, d["items"][0]["name"], d["host"], d["items"][0]["value"]
                told[key] += 1
                companies[key] = d.get("company", "")
    third = collections.Counter()
    named = []
    for r in truth["requests"]:
        if r.get("party") == "third" and r["visit"] in matched:
            key = r["visit"], r["method"], r["host"], target(r)
            third[key] += 1
            if companies.get(key):
                named.append((r["company"], companies[key]))
    yield name + " visit", sum((third & told).values()), sum(third.values()), third - told
    wrong = collections.Counter(n for n in named if not is_same_company(*n))
    yield name + " company", len(named) - sum(wrong.values()), len(named), wrong


def main():
    onlooker, plugin, source, build = (pathlib.Path(a).absolute() for a in sys.argv[1:5])
    _, folder = captures(source, build)
    shared = source.parent / "shared" / "captures"
    reader = Reader(str(onlooker), str(plugin))
    cases = list(of_others(reader, shared / "public", folder))
    for capture in sorted((shared / "lab").glob("*.pcapng")):
        cases += of_lab(reader, capture, load_truth(str(capture.with_suffix("")) + ".truth.json.gz"))
    failed = 0
    for name, found, of, missing in cases:
        print("%-32s %4d of %4d" % (name, found, of))
        failed += found < FOUND_MIN * of
        for what in list(missing)[:5]:
            print("  not: %s" % (what,))
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
