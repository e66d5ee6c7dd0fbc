#!/usr/bin/env python3
"""loss.py ONLOOKER CAPTURE...: requests that are still read when a capture lost packets, handshakes and all.

Each capture (pcapng with its secrets) is read whole, then with packets taken out at random, several times. Exit code 1 if less is read
than the bars say, in the mean over captures and seeds.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

BARS = {10: 0.98, 50: 0.93}  # of a thousand packets lost: share of the requests
SEEDS = 4
PACKET = 6  # the type of an enhanced packet block


def blocks(data):
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        yield kind, data[at:at + size]
        at += size


def without(data, per_mille, seed):
    drawn = random.Random(seed)
    return b"".join(block for kind, block in blocks(data) if kind != PACKET or drawn.random() * 1000 >= per_mille)


def requests(onlooker, data):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in.pcapng")
        with open(path, "wb") as f:
            f.write(data)
        done = subprocess.run([onlooker, "read", "-o", "jsonl:-", "--quiet", path], capture_output=True, timeout=300, check=True)
    told = json.loads(done.stdout.decode("utf-8").splitlines()[-1]).get("requests", {})
    return sum(told.get(version, 0) for version in ("http1", "http2", "http3"))


def main():
    onlooker, captures = sys.argv[1], sys.argv[2:]
    failed = 0
    for per_mille, bar in BARS.items():
        found = expected = 0
        for path in captures:
            with open(path, "rb") as f:
                data = f.read()
            expected += SEEDS * requests(onlooker, data)
            found += sum(requests(onlooker, without(data, per_mille, seed)) for seed in range(SEEDS))
        share = found / expected if expected else 0.0
        print("%d of 1000 packets lost: %d of %d requests, %.4f (bar %.2f)" % (per_mille, found, expected, share, bar))
        failed += share < bar
    print("%d passed, %d failed" % (len(BARS) - failed, failed))
    return 1 if failed else 0


sys.exit(main())
