#!/usr/bin/env python3
"""mutate.py DUMP REPLAY DATA_DIR SAMPLE_FOLDER...: breaks each term of the score, one at a time; a figure must fall.

Figures are means over the samples. Too few sites of these have content servers of like name for the term "alike" to show: unit
tests of track/visits hold it. Exit code 1 if a term can be taken out without any figure falling: it should go then.
"""
import glob
import os
import subprocess
import sys
import tempfile

from score import COLUMNS, of_onlooker, show
from truth import Said, Truth

TERMS = ("partition", "profile", "lag", "dns", "ja4", "near", "join", "heard", "size")
FALLS = 0.0005


def main(dump, replay, data, folders):
    with tempfile.TemporaryDirectory() as folder:
        cases = []
        for sample in folders:
            truth = Truth(glob.glob(f"{sample}/*.truth.json.gz")[0])
            events = os.path.join(folder, os.path.basename(sample))
            home = [w for a in truth.clients for w in ("--home", a)]
            with open(events, "wb") as out:
                subprocess.run([dump, *home, data, sorted(glob.glob(f"{sample}/*.pcap*"))[0]], stdout=out, check=True)
            cases.append((truth, events))

        def figures(*options):
            rows = []
            for truth, events in cases:
                done = subprocess.run([replay, *options, data, events], capture_output=True, check=True)
                rows.append(of_onlooker(truth, Said(done.stdout.decode().splitlines())))
            return [sum(column) / len(rows) for column in zip(*rows)]

        print(f"{'':28}{''.join(f'{c:>9} ' for c in COLUMNS)}")
        whole = figures()
        show("all terms", "", whole)
        useless = []
        for term in TERMS:
            row = figures("--without", term)
            show("without", term, row)
            worse = [a - b for a, b in zip(whole[:5], row[:5])] + [row[5] - whole[5]]
            if max(worse) < FALLS:
                useless.append(term)
    for term in useless:
        print(f"no figure falls without {term}")
    print(f"{len(TERMS) - len(useless)} passed, {len(useless)} failed")
    return 1 if useless else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
