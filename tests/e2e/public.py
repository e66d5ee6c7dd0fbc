#!/usr/bin/env python3
"""public.py ONLOOKER SOURCE: captures that others made and published, beside the source tree in ../shared/captures/public.

They are no part of the project; without them every case is skipped. A sample of them is read: those with a second
program's account of their flows, one or two of each link type and tunnel, and a few of the rest.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from cases import Skip, run_all  # noqa: E402  pylint: disable=wrong-import-position

SECONDS_MAX = 20  # for one capture
SIZE_MAX = 1 << 20  # bytes of a capture taken for its kind
OF_A_KIND = 2  # captures of each link type and each tunnel
EVERY = 40  # of the rest, every so manieth
NAMED_MIN = 0.995  # of the names that the other program saw, ours are the same


def kinds(row):
    """What a capture is in the sample for."""
    words = [row["linktype_libpcap"], row["format"], "refused" if row["libpcap_open"] != "ok" else ""]
    return [w for w in words + row["encapsulations"].split("|") if w]


class World:
    """The program, and the sample in a folder."""

    def __init__(self, onlooker, source):
        self.onlooker = str(pathlib.Path(onlooker).resolve())
        self.public = pathlib.Path(source).resolve().parent / "shared/captures/public"
        self.folder = None
        self.rows, self.truth, self.read = {}, {}, {}

    def unpack(self):
        """Once. Raises Skip if there is nothing to unpack."""
        if self.folder:
            return
        archive = self.public / "captures.tar.xz"
        if not archive.exists():
            raise Skip("no %s" % archive)
        with open(self.public / "inventory.tsv", encoding="utf-8") as f:
            rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
        for path in sorted((self.public / "truth").glob("*.flows.tsv")):
            lines = path.read_text(encoding="utf-8").splitlines()
            header = lines[2].split("\t")
            self.truth[lines[0].split(": ", 1)[1]] = [dict(zip(header, x.split("\t"))) for x in lines[3:]]
        seen = {}
        for i, row in enumerate(rows):
            is_rare = int(row["size"]) <= SIZE_MAX and any(seen.get(k, 0) < OF_A_KIND for k in kinds(row))
            if row["path"] in self.truth or is_rare or (i % EVERY == 0 and int(row["size"]) <= SIZE_MAX):
                self.rows[row["path"]] = row
                for k in kinds(row):
                    seen[k] = seen.get(k, 0) + 1
        self.folder = tempfile.TemporaryDirectory(prefix="onlooker-public-")
        with tarfile.open(archive, "r|xz") as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                if name in self.rows and member.isfile():
                    to = pathlib.Path(self.folder.name, name)
                    to.parent.mkdir(parents=True, exist_ok=True)
                    to.write_bytes(tar.extractfile(member).read())

    def run(self, name):
        """Reads a capture. returns: exit code, records, standard error."""
        if name not in self.read:
            done = subprocess.run(
                [self.onlooker, "read", "--quiet", "-o", "jsonl:-", "--records", "flow", os.path.join(self.folder.name, name)],
                capture_output=True, timeout=SECONDS_MAX, check=False)
            records = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
            self.read[name] = done.returncode, records, done.stderr.decode("utf-8", "replace")
        return self.read[name]


def packets(records):
    return sum(i.get("packets", 0) for r in records if r["type"] == "run" for i in r["inputs"])


def flows(records):
    """By what the other program calls them."""
    by = {}
    for r in records:
        if r["type"] == "flow":
            key = (r["proto"], r["client"], str(r["client_port"]), r["server"], str(r["server_port"]))
            by.setdefault(key, []).append(r)
    return by


def test_every_capture_is_read(w):
    """Exit code 1 is for what is no capture, 3 for one that is cut; nothing else may happen."""
    w.unpack()
    assert len(w.rows) > 100
    for name in w.rows:
        code, records, err = w.run(name)
        assert code in (0, 1, 3), "%s: exit code %d\n%s" % (name, code, err[-2000:])
        assert (code == 0) == (err == ""), "%s: exit code %d, but: %s" % (name, code, err)
        assert code == 1 or [r["type"] for r in records][0] == "run", name


def test_packets_are_those_of_libpcap(w):
    w.unpack()
    wrong = [(name, packets(w.run(name)[1]), row["libpcap_packets"]) for name, row in w.rows.items()
             if row["libpcap_open"] == "ok" and packets(w.run(name)[1]) != int(row["libpcap_packets"])]
    assert not wrong, wrong


def test_what_libpcap_refuses_is_read_as_far_as_it_goes(w):
    w.unpack()
    refused = [name for name, row in w.rows.items() if row["libpcap_open"] != "ok"]
    assert refused
    silent = [name for name in refused if packets(w.run(name)[1]) == 0 and not w.run(name)[2]]
    assert not silent, silent


def test_names_are_those_of_the_other_program(w):
    w.unpack()
    same, other = 0, []
    for name, rows in w.truth.items():
        ours = flows(w.run(name)[1])
        for row in rows:
            host = row["host"].lower().rstrip(".")
            is_name = row["host_source"] in ("tls_sni", "quic_sni", "http_host") and host[-1:].isalpha()
            if not is_name or host.startswith("["):
                continue
            ends = row["client"], row["cport"], row["server"], row["sport"]
            found = ours.get((row["proto"], *ends)) or ours.get((row["proto"], *ends[2:], *ends[:2])) or []
            if host in [f.get("host") for f in found]:
                same += 1
            else:
                other.append((name, *ends, host, [f.get("host") for f in found]))
    print("%d names the same, %d not" % (same, len(other)))
    assert same + len(other) > 900
    assert same >= NAMED_MIN * (same + len(other)), other


def test_quic_hellos_out_of_order_are_all_named(w):
    w.unpack()
    name = next(n for n in w.truth if "quic_frags_ch_out_of_order" in n)
    named = [r for r in w.run(name)[1] if r["type"] == "flow" and r.get("named_by") == "quic"]
    assert len(named) == 113, len(named)


def test_visits_with_proof_are_found(w):
    """A person's account of who visited what, where a request or a log beside the capture proves it."""
    w.unpack()
    names = {path.name.partition(".")[0]: path.read_text(encoding="utf-8").split("\n")[0].split(": ", 1)[1]
             for path in (w.public / "truth").glob("*.flows.tsv")}
    with open(w.public / "truth/visits.tsv", encoding="utf-8") as f:
        proven = [r for r in csv.DictReader(f, delimiter="\t") if r["confidence"] == "certain"]
    assert len(proven) >= 5
    for row in proven:
        sites = [r["site"] for r in w.run(names[row["capture_id"]])[1] if r["type"] == "visit"]
        assert len(sites) == 1 and row["site_visited"].endswith(sites[0]), (row, sites)


def main():
    w = World(sys.argv[1], sys.argv[2])
    try:
        return run_all(globals(), w)
    finally:
        if w.folder:
            w.folder.cleanup()


if __name__ == "__main__":
    sys.exit(main())
