#!/usr/bin/env python3
"""loss.py ONLOOKER CAPTURE...: requests that are still read when a capture lost packets, handshakes and all.

Each capture (pcapng with its secrets) is read whole, then with packets taken out at random, several times. Exit code 1 if less is read
than the bars say of the requests of any version of HTTP, in the mean over captures and seeds.
"""
import collections
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

BARS = {10: 0.98, 50: 0.93}  # of a thousand packets lost: share of the requests
SEEDS = 4
VERSIONS = ("http1", "http2", "http3")
FEW = 100  # requests of a version, of which a share says little
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
    return collections.Counter({version: told.get(version, 0) for version in VERSIONS})


def main():
    onlooker, captures = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    for per_mille, bar in BARS.items():
        found, expected = collections.Counter(), collections.Counter()
        for path in captures:
            with open(path, "rb") as f:
                data = f.read()
            whole = requests(onlooker, data)
            for seed in range(SEEDS):
                expected += whole
                found += requests(onlooker, without(data, per_mille, seed))
        for version in VERSIONS:
            share = found[version] / expected[version] if expected[version] else 0.0
            is_few = expected[version] < FEW * SEEDS
            print("%d of 1000 packets lost, %s: %d of %d requests, %.4f (%s)"
                  % (per_mille, version, found[version], expected[version], share, "too few" if is_few else "bar %.2f" % bar))
            failed += not is_few and share < bar
            passed += not is_few and share >= bar
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
