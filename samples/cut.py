#!/usr/bin/env python3
"""cut.py IN.pcap[ng][.gz] IN.truth.json[.gz] SECONDS OUT: the first SECONDS of a lab recording, with its truth.

Writes OUT.pcapng (or OUT.pcap.gz) and OUT.truth.json.gz. Blocks that hold no packets (interfaces, session secrets) stay.
Visits that begin in the last two seconds are left out of the truth together with what they caused, and so are requests
and flows behind the cut.
"""
import calendar
import gzip
import json
import struct
import sys
import time


def opened(path):
    data = open(path, "rb").read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def cut_pcapng(data, seconds):
    """Little-endian, microseconds, as the lab writes them."""
    out, at, first = [], 0, None
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            high, low = struct.unpack_from("<II", data, at + 12)
            ts = (high << 32 | low) / 1e6
            first = ts if first is None else first
            if ts > first + seconds:
                at += length
                continue
        if kind != 5:  # interface statistics would speak of the whole
            out.append(data[at:at + length])
        at += length
    return b"".join(out), first


def cut_pcap(data, seconds):
    magic = struct.unpack_from("<I", data)[0]
    unit = 1e9 if magic == 0xA1B23C4D else 1e6
    out, at, first = [data[:24]], 24, None
    while at + 16 <= len(data):
        s, part, length = struct.unpack_from("<III", data, at)
        ts = s + part / unit
        first = ts if first is None else first
        if ts <= first + seconds:
            out.append(data[at:at + 16 + length])
        at += 16 + length
    return b"".join(out), first


def text_of(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(ts))) + ".%06dZ" % (ts % 1 * 1e6)


def cut_truth(truth, first, seconds):
    end = text_of(first + seconds)
    last_begin = text_of(first + seconds - 2)
    kept = [v for v in truth["visits"] if v["start"] < last_begin]
    ids = {v["id"] for v in kept}
    for v in kept:
        v["pages"] = [p for p in v.get("pages", []) if p["at"] < end]
        if v.get("end", "") > end:
            v["end"] = end
    truth["visits"] = kept
    truth["requests"] = [r for r in truth["requests"]
                         if r["at"] < end and (r.get("visit") is None or r["visit"] in ids)]
    truth["flows"] = [f for f in truth.get("flows", []) if f["start"] < end]
    for f in truth["flows"]:
        if f["end"] > end:
            for key in ("up", "down", "packets_up", "packets_down"):
                f.pop(key, None)
            f["end"] = end
    truth["capture"]["last"] = end
    return truth


def main():
    capture, truth_path, seconds, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    data = opened(capture)
    is_ng = data[:4] == b"\x0a\x0d\x0d\x0a"
    cut, first = (cut_pcapng if is_ng else cut_pcap)(data, seconds)
    if is_ng:
        open(out + ".pcapng", "wb").write(cut)
    else:
        with gzip.GzipFile(out + ".pcap.gz", "wb", 9, mtime=0) as f:
            f.write(cut)
    truth = cut_truth(json.loads(opened(truth_path)), first, seconds)
    truth["capture"].pop("file", None)
    with gzip.GzipFile(out + ".truth.json.gz", "wb", 9, mtime=0) as f:
        f.write(json.dumps(truth, sort_keys=True, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()
