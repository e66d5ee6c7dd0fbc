#!/usr/bin/env python3
"""compare.py COUNT SOURCE BUILD: the reader on public captures, against what libpcap and Wireshark make of them.

The captures lie beside the project and are no part of it; without them the test is skipped. COUNT prints, for each file
named on its standard input, format, packets and fault. Where libpcap opens a file ours must give the same number of packets;
where it refuses, the number that Wireshark gives.
"""
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

SKIPPED = 77
# Formats that we say we do not read, and files without content.
FOREIGN = ("snoop", "other:")


def captures(source, build):
    """The inventory's rows and the folder of the captures, unpacked once into the build folder."""
    public = source.parent / "shared" / "captures" / "public"
    if not (public / "inventory.tsv").is_file():
        print("0 passed, 0 failed, 1 skipped: no public captures beside the project")
        sys.exit(SKIPPED)
    with open(public / "inventory.tsv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    folder = build / "public-captures"
    if not folder.is_dir():
        unpacked = tempfile.mkdtemp(dir=build)
        with tarfile.open(public / "captures.tar.xz") as archive:
            archive.extractall(unpacked)
        try:
            os.rename(unpacked, folder)  # whole or not at all: tests run side by side
        except OSError:
            shutil.rmtree(unpacked)  # another one was first
    return rows, folder / "public"


def main():
    count, source, build = (pathlib.Path(a).absolute() for a in sys.argv[1:4])
    rows, folder = captures(source, build)
    paths = "".join("%s\n" % (folder / row["path"]) for row in rows)
    done = subprocess.run([count], input=paths, capture_output=True, text=True, check=True)
    ours = {}
    for line in done.stdout.splitlines():
        path, form, packets, fault = line.split("\t")
        ours[path] = (form, int(packets), fault)
    passed = failed = 0
    for row in rows:
        form, packets, fault = ours[str(folder / row["path"])]
        opened = row["libpcap_open"] == "ok"
        want = int((row["libpcap_packets"] if opened else row["packets"]) or 0)
        if row["format"] in FOREIGN:
            good = not form and bool(fault)
        else:
            good = packets == want and not (opened and fault)
        passed += good
        failed += not good
        if not good:
            print("%s: %d packets, %s counts %d %s" % (row["path"], packets, "libpcap" if opened else "Wireshark", want, fault))
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
