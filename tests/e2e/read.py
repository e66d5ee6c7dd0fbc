#!/usr/bin/env python3
"""read.py ONLOOKER SOURCE: the command line from outside: exit codes, bad files, outputs that fail, privacy, standard input."""
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from cases import Skip, run_all  # noqa: E402  pylint: disable=wrong-import-position
from wire import connection  # noqa: E402  pylint: disable=wrong-import-position


class World:
    """The program, the samples, and a folder for what a case makes."""

    def __init__(self, onlooker, source):
        self.onlooker = str(pathlib.Path(onlooker).resolve())
        self.source = pathlib.Path(source).resolve()
        self.police = str(self.source / "samples/police/police.pcapng")
        self.sequential = str(self.source / "samples/sequential/sequential.pcap.gz")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="onlooker-e2e-"))

    def run(self, *args, status=0, **kwargs):
        """returns: standard output, standard error; fails if the exit code is another."""
        done = subprocess.run([self.onlooker, *args], capture_output=True, timeout=300, check=False, **kwargs)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert done.returncode == status, "exit code %d, not %d\n%s" % (done.returncode, status, err[-2000:])
        return out, err

    def records(self, *args, status=0, **kwargs):
        out, _ = self.run("read", "-o", "jsonl:-", *args, status=status, **kwargs)
        return [json.loads(line) for line in out.splitlines()]


def of_type(records, kind):
    return [r for r in records if r["type"] == kind]


def test_help_names_every_command(w):
    out, err = w.run("--help")
    assert all("onlooker %s" % c in out for c in ("read", "watch", "lists", "check")) and err == ""


def test_version_says_features(w):
    out, _ = w.run("--version")
    assert re.match(r"onlooker \d+\.\d+\.\d+\n", out) and "features:" in out and "libpcap" in out


def test_usage_is_exit_code_2_and_one_line(w):
    for args in ([], ["nonsense"], ["read"], ["read", w.police, "--no-such-option"], ["watch"]):
        out, err = w.run(*args, status=2)
        assert out == "" and err.count("\n") == 1 and err.startswith("onlooker: "), err


def test_a_missing_file_is_exit_code_1(w):
    out, err = w.run("read", "-o", "jsonl:-", str(w.folder / "not-there.pcap"), status=1)
    assert out == "" and err.count("\n") == 1 and "not-there.pcap" in err, err


def test_a_foreign_file_is_told_and_the_others_go_on(w):
    foreign = w.folder / "notes.txt"
    foreign.write_text("these are no packets\n" * 100)
    out, err = w.run("read", "-o", "jsonl:-", str(foreign), w.sequential, status=1)
    records = [json.loads(line) for line in out.splitlines()]
    assert err.count("\n") == 1 and "notes.txt" in err, err
    alone = w.records(w.sequential)
    assert len(of_type(records, "visit")) == len(of_type(alone, "visit")) > 0
    assert records[-1]["complete"] is False and any("notes.txt" in n for n in records[-1]["notes"])


def test_what_is_too_short_for_a_capture_is_told(w):
    head = w.folder / "head.pcap"
    head.write_bytes(struct.pack("<IHHiI", 0xa1b2c3d4, 2, 4, 0, 0))
    _, err = w.run("read", "-o", "jsonl:-", str(head), status=1)
    assert err.count("\n") == 1 and "too short for a capture: 16 bytes" in err, err


def test_a_cut_file_is_exit_code_3_and_keeps_what_came(w):
    whole = gzip.open(w.sequential).read()
    cut = w.folder / "cut.pcap"
    cut.write_bytes(whole[:len(whole) * 2 // 3 + 5])
    records = w.records(str(cut), status=3)
    assert records[0]["inputs"][0]["truncated"] is True
    assert records[-1]["complete"] is False and records[-1]["packets"] > 1000
    assert of_type(records, "visit")


def test_a_cut_gzip_is_exit_code_3(w):
    cut = w.folder / "cut.pcap.gz"
    whole = pathlib.Path(w.sequential).read_bytes()
    cut.write_bytes(whole[:len(whole) // 2])
    records = w.records(str(cut), status=3)
    assert records[-1]["packets"] > 100 and records[-1]["complete"] is False


def test_standard_input_gives_what_the_file_gives(w):
    whole = gzip.open(w.sequential).read()
    plain = w.folder / "plain.pcap"
    plain.write_bytes(whole)
    by_file, by_pipe = w.records("--records", "flow", str(plain)), w.records("--records", "flow", "-", input=whole)
    assert by_file[1:-1] == by_pipe[1:-1] and len(by_file) > 10
    assert by_pipe[0]["inputs"][0]["name"] == "-" and "sha256" not in by_pipe[0]["inputs"][0]
    assert by_pipe[-1]["inputs"][0]["sha256"] == by_file[0]["inputs"][0]["sha256"]


def wait_until_it_reads(child):
    """Until it would take an interrupt for the end of its input, and a second for it to get somewhere."""
    deadline = time.monotonic() + 60
    taken = 0
    while not taken >> (signal.SIGINT - 1) & 1:
        assert child.poll() is None and time.monotonic() < deadline, "it takes no signal"
        time.sleep(0.05)
        with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
            taken = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt"))
    time.sleep(1)


def test_an_interrupt_ends_it_with_what_was_read(w):
    whole = gzip.open(w.sequential).read()
    child = subprocess.Popen([w.onlooker, "read", "-o", "jsonl:-", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(whole[:len(whole) // 2])
    child.stdin.flush()
    wait_until_it_reads(child)
    child.send_signal(signal.SIGINT)
    time.sleep(0.2)
    out, _ = child.communicate(whole[len(whole) // 2:], timeout=60)
    records = [json.loads(line) for line in out.splitlines()]
    assert child.returncode == 3 and records[-1]["complete"] is False and 0 < records[-1]["packets"] < 9000, records[-1]
    assert any("stopped by a signal" in n for n in records[-1]["notes"])


def interrupt_while_hashing(w, *operands, **kwargs):
    """returns: the records of a run whose last operand has little to read and much to hash, and which is interrupted then."""
    child = subprocess.Popen([w.onlooker, "read", "--records", "flow", "-o", "jsonl:-", *operands], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, **kwargs)
    wait_until_it_reads(child)
    assert child.poll() is None, "the hash is there already"
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = child.communicate(timeout=60)
    assert child.returncode == 3 and time.monotonic() - begun < 5, (child.returncode, err)
    return [json.loads(line) for line in out.splitlines()]


def test_an_interrupt_ends_the_wait_for_a_hash(w):
    """A hundred packets, a record without an end, and then a hole as large as a disk."""
    large = w.folder / "large.pcap"
    whole = gzip.open(w.sequential).read()
    end = 24
    for _ in range(100):
        end += 16 + struct.unpack_from("<I", whole, end + 8)[0]
    large.write_bytes(whole[:end] + struct.pack("<4I", 1, 0, 0xffffffff, 0xffffffff))
    try:
        os.truncate(large, 60 << 30)
    except OSError as why:
        raise Skip("no files with holes here") from why
    try:
        records = interrupt_while_hashing(w, str(large))
        assert records[-1]["packets"] == 100 and len(of_type(records, "flow")) > 0, "what was read is told"
        assert any("SHA-256" in n for n in records[-1]["notes"])
        assert "sha256" not in records[0]["inputs"][0] and "sha256" not in records[-1]["inputs"][0]
        # Beside standard input, hashes are waited for before anything is read.
        with open(w.police, "rb") as police:
            records = interrupt_while_hashing(w, "-", str(large), stdin=police)
        assert [r["type"] for r in records] == ["run", "coverage", "summary"] and records[-1]["packets"] == 0, records[-1]
    finally:
        large.unlink()


def test_no_hashes_means_none(w):
    with_hash, without = w.records(w.sequential), w.records("--no-hashes", w.sequential)
    assert "sha256" in with_hash[0]["inputs"][0]
    assert not any("sha256" in i for i in without[0]["inputs"] + without[-1].get("inputs", []))
    assert with_hash[1:-1] == without[1:-1]


def test_a_folder_is_its_files(w):
    folder = w.folder / "captures"
    (folder / "deep" / "deeper").mkdir(parents=True)
    os.symlink(folder, folder / "deep" / "loop")
    shutil.copy(w.sequential, folder / "deep" / "deeper" / "a.pcap.gz")
    records = w.records(str(folder))
    assert [i["name"] for i in records[0]["inputs"]] == ["a.pcap.gz"]
    assert of_type(records, "visit") == of_type(w.records(w.sequential), "visit")


def test_halves_of_a_capture_are_the_whole(w):
    """Several files are merged by time, also where they overlap."""
    whole = gzip.open(w.sequential).read()
    order = "<" if whole[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    halves, at, n = [whole[:24], whole[:24]], 24, 0
    while at < len(whole):
        size = struct.unpack(order + "I", whole[at + 8:at + 12])[0]
        halves[n // 1000 % 2] += whole[at:at + 16 + size]
        at += 16 + size
        n += 1
    for name, half in zip("ab", halves):
        (w.folder / (name + ".pcap")).write_bytes(half)

    def essence(records):
        return [(v["id"], v["site"], v["start"], v["first_party"], [(p.get("company"), p["up"]) for p in v["third_parties"]])
                for v in of_type(records, "visit")]
    merged = w.records(str(w.folder / "a.pcap"), str(w.folder / "b.pcap"))
    assert essence(merged) == essence(w.records(w.sequential))


def test_a_clock_that_steps_loses_nothing(w):
    """Back by two hours, forward by years: every flow is there, and it is said."""
    path, n = w.folder / "steps.pcap", 60
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(n):
            at = 1700000000 + i + (0, -7200, 3 * 365 * 86400)[i * 3 // n]
            for k, frame in enumerate(connection("10.0.0.%d" % (i % 5 + 2), 2000 + i, "203.0.113.%d" % (i % 9 + 1), "h%d.example.com" % i)):
                f.write(struct.pack("<IIII", at, k * 1000, len(frame), len(frame)) + frame)
    records = w.records("--records", "flow", str(path))
    assert sorted(r["host"] for r in of_type(records, "flow")) == sorted("h%d.example.com" % i for i in range(n))
    assert records[-1]["streams"]["time-steps"] == 1 and records[-1]["packets"] == 8 * n
    assert records[-1]["notes"] == ["steps.pcap: time steps back 1 times",
                                    "steps.pcap: time leaps ahead by more than a year 1 times"]
    assert records == w.records("--records", "flow", "--shards", "3", str(path))


def test_a_filter_leaves_packets_out(w):
    everything, some = w.records(w.sequential), w.records("--filter", "tcp port 443", w.sequential)
    assert 0 < some[-1]["packets"] < everything[-1]["packets"]
    assert some[-1]["packets"] + some[-1]["reading"]["filtered"] == everything[-1]["packets"]
    _, err = w.run("read", "--filter", "this is no filter", w.sequential, status=1)
    assert err.count("\n") == 1


def test_a_filter_without_meaning_on_a_link_type_is_told(w):
    summary = w.records("--filter", "tcp", w.source / "tests/golden/linktype/in.pcap")[-1]
    assert "the filter has no meaning on link type 147: 6 packets were left out" in summary["notes"], summary


def test_a_full_disk_is_exit_code_3_and_other_outputs_go_on(w):
    target = w.folder / "good.jsonl"
    _, err = w.run("read", "-o", "jsonl:/dev/full", "-o", "jsonl:%s" % target, w.sequential, status=3)
    assert "No space left" in err, err
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert of_type(records, "visit") == of_type(w.records(w.sequential), "visit")


def test_an_output_that_cannot_be_opened_is_exit_code_1(w):
    for output in ("jsonl:%s" % (w.folder / "no/such/folder/x"), "nonsense:-"):
        out, err = w.run("read", "-o", output, w.sequential, status=1)
        assert out == "" and err.count("\n") == 1, err


def test_an_option_that_no_plugin_knows_is_exit_code_1(w):
    for option in ("--text.bogus=1", "--nosuch.option=1", "--text.width=wide"):
        done = w.run("read", option, w.police, status=1)
        assert option[2:12] in done[1], done[1]


def test_files_are_made_for_their_owner_alone(w):
    for sink in ("jsonl", "text"):
        target = w.folder / ("private." + sink)
        w.run("read", "-o", "%s:%s" % (sink, target), w.sequential)
        assert stat.S_IMODE(os.stat(target).st_mode) == 0o600


def test_no_path_of_this_machine_is_written(w):
    for sink in ("jsonl", "text"):
        out, _ = w.run("read", "-o", sink + ":-", "--records", "flow", w.police)
        assert str(w.source) not in out and "/samples/" not in out


def test_outputs_are_equal_for_every_number_of_shards(w):
    one = w.run("read", "-o", "jsonl:-", "--records", "flow", w.police)[0]
    for shards in ("2", "5", "16"):
        assert w.run("read", "-o", "jsonl:-", "--records", "flow", "--shards", shards, w.police)[0] == one


def test_a_key_log_of_others_shows_no_number_of_shards(w):
    """Trials of its entries follow from the packets alone, whichever flows meet in a shard."""
    keys, trace = w.folder / "others.keys", w.folder / "others.pcap"
    labels = ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")
    keys.write_text("".join("%s %064x %064x\n" % (label, i, i) for i in range(300) for label in labels), encoding="ascii")
    tracegen = pathlib.Path(w.onlooker).parent / "tests/bench/tracegen"
    subprocess.run([str(tracegen), "-P", "web", "-c", "1000", "-s", "42", "-p", "20000", "-f", "pcap", "-o", str(trace)],
                   check=True, capture_output=True)
    whole = trace.read_bytes()
    half = w.folder / "half.pcap"  # most of its connections began before it
    at = 24
    while at < len(whole) // 2:
        at += 16 + struct.unpack_from("<I", whole, at + 8)[0]
    half.write_bytes(whole[:24] + whole[at:])
    for path in (trace, half):
        one = w.run("read", "-o", "jsonl:-", "--records", "flow", "--keylog", str(keys), str(path))[0]
        assert json.loads(one.splitlines()[-1])["decrypt"]["tls-flows"] > 0
        for shards in ("2", "3", "3", "7"):
            assert w.run("read", "-o", "jsonl:-", "--records", "flow", "--keylog", str(keys), "--shards", shards, str(path))[0] == one


def test_secrets_behind_their_packets_are_used(w):
    """A secrets block at the end of a file is as good as one at its beginning, whatever is read ahead and by how many."""
    whole = (w.source / "samples/h3/h3.pcapng").read_bytes()
    secrets, others, at = [], [], 0
    while at < len(whole):
        kind, size = struct.unpack_from("<II", whole, at)
        (secrets if kind == 10 else others).append(whole[at:at + size])
        at += size
    path = w.folder / "secrets-last.pcapng"
    path.write_bytes(b"".join(others + secrets))
    want = of_type(w.records(str(w.source / "samples/h3/h3.pcapng")), "summary")[0]
    assert secrets and want["requests"]["http3"] > 0
    for options in ([], ["--no-hashes"], ["--no-hashes", "--shards", "3"]):
        have = of_type(w.records(*options, str(path)), "summary")[0]
        assert have["requests"] == want["requests"] and have["decrypt"] == want["decrypt"], options
    # a pipe cannot be read twice: there a block is of use to the packets behind it alone, however many shards there are
    half = len(others) // 2
    data = b"".join(others[:half] + secrets + others[half:])
    outputs = [w.run("read", "-o", "jsonl:-", "--records", "flow", "--shards", n, "-", input=data)[0] for n in ("1", "3", "3", "4")]
    read = json.loads(outputs[0].splitlines()[-1])["requests"]
    assert 0 < sum(read.values()) < sum(want["requests"].values()) and all(o == outputs[0] for o in outputs)


def test_scope_keeps_visits_of_a_site_and_counts_the_rest(w):
    every = of_type(w.records(w.sequential), "visit")
    site = every[0]["site"]
    records = w.records("--site", site, w.sequential)
    assert of_type(records, "visit") == [v for v in every if v["site"] == site]
    assert of_type(records, "coverage")[0]["out_of_scope_visits"] == sum(v["site"] != site for v in every)


def test_scope_takes_a_site_as_people_write_it(w):
    every = of_type(w.records(w.police), "visit")
    for written, suffix in (("met.police.uk", "met.police.uk"), ("WWW.Met.Police.UK", "met.police.uk"), ("police.uk", "police.uk")):
        kept = of_type(w.records("--site", written, w.police), "visit")
        assert kept and kept == [v for v in every if v["site"].endswith(suffix)], written
    assert "xn--bcher-kva.example" in w.run("lists", "lookup", "B\u00fccher.example")[0]
    assert "no host name" in w.run("read", "--site", "https://met.police.uk/", w.police, status=1)[1]


def test_scope_by_sector(w):
    every = of_type(w.records(w.police), "visit")
    kept = of_type(w.records("--sector", "police", w.police), "visit")
    assert kept and kept == [v for v in every if v.get("sector") == "police"]
    assert of_type(w.records("--sector", "nothing-of-the-kind", w.police), "visit") == []


def test_masks_and_pseudonyms_hide_clients(w):
    clients = {r["client"] for r in w.records("--records", "flow", w.sequential) if "client" in r}
    key = w.folder / "key"
    key.write_bytes(b"k" * 32)
    for option in (["--mask", "/16,/48"], ["--pseudonymise", str(key)]):
        out, _ = w.run("read", "-o", "jsonl:-", "--records", "flow", *option, w.sequential)
        assert "community_id" not in out
        hidden = {json.loads(line)["client"] for line in out.splitlines() if '"client"' in line}
        assert hidden and not hidden & clients
    assert w.records("--pseudonymise", str(key), w.sequential) == w.records("--pseudonymise", str(key), w.sequential)


def test_secrets_are_said_at_the_top_and_at_the_end(w):
    out, _ = w.run("read", w.police)
    assert "Session secrets are in use" in out.split("\n\n")[0]
    records = w.records(w.police)
    assert records[0]["secrets"] is True and any("secrets" in n for n in records[-1]["notes"])
    assert "secrets" not in w.records(w.sequential)[0]


def test_account_ids_are_withheld_unless_asked_for(w):
    def items(*options):
        return [i for v in of_type(w.records(*options, w.police), "visit") for d in v.get("disclosures", []) for i in d["items"]]
    hidden = [i for i in items() if "digest" in i]
    assert hidden and not any("value" in i for i in hidden)
    assert not any("digest" in i for i in items("--reveal"))


def test_text_fits_its_width(w):
    for width in (60, 80, 120):
        out, _ = w.run("read", "--text.width=%d" % width, w.police)
        assert max(len(line) for line in out.splitlines()) <= width
        assert "\033" not in out and "Coverage" in out
    out, _ = w.run("read", "--text.colour=1", w.police)
    assert "\033[1m" in out


def test_nothing_is_said_on_standard_error_when_all_is_well(w):
    for option in ([], ["--quiet"]):
        assert w.run("read", "-o", "jsonl:%s" % (w.folder / "x.jsonl"), *option, w.sequential) == ("", "")


def test_own_lists_come_over_the_shipped_ones(w):
    parties = [p for v in of_type(w.records(w.sequential), "visit") for p in v["third_parties"] if p.get("domain")]
    host = parties[0]["hosts"][0]
    own = w.folder / "own.tsv"
    own.write_text("# suffix\tcompany\tproduct\tcategory\n%s\tA Company of Our Own\tA Product\tanalytics\n" % host)
    records = w.records("--companies", str(own), w.sequential)
    found = [p for v in of_type(records, "visit") for p in v["third_parties"] if host in p.get("hosts", [])]
    assert found and all(p["company"] == "A Company of Our Own" for p in found)
    assert records[0]["options"]["companies"] == ["own.tsv"]


def test_the_sandbox_holds(w):
    out, _ = w.run("check", "sandbox")
    assert "run a program" in out and "POSSIBLE" not in out, out


def test_what_reads_is_confined(w):
    """What the kernel says of a running `read`, before the first byte of its input and behind it, and of its threads."""
    child = subprocess.Popen([w.onlooker, "read", "-o", "jsonl:-", "--shards", "2", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)

    def states():
        tasks = pathlib.Path("/proc/%d/task" % child.pid).iterdir()
        return [dict(line.split(":\t", 1) for line in (t / "status").read_text(encoding="utf-8").splitlines() if ":\t" in line)
                for t in tasks]
    filters = "2" if "+seccomp" in w.run("--version")[0] else "0"

    def are_confined(n):
        """All n of them; a busy machine is given the time it needs."""
        for _ in range(300):
            seen = states()
            if len(seen) == n and all(s["NoNewPrivs"] == "1" and s["Seccomp"] == filters and
                                      int(s["CapEff"], 16) == int(s["CapPrm"], 16) == 0 for s in seen):
                return True
            time.sleep(0.1)
        return False
    assert are_confined(1), states()
    child.stdin.write(gzip.open(w.sequential).read()[:1 << 20])
    child.stdin.flush()
    assert are_confined(4), states()
    child.communicate(timeout=60)


def test_a_plugin_gone_wrong_gets_nowhere(w):
    """The same attempts by code in the running program, in the sandbox and without it."""
    nosy = pathlib.Path(w.onlooker).parent / "tests/plugins/nosy.so"
    args = ["read", "--plugin", str(nosy), "-o", "nosy:%s" % (w.folder / "made"), w.sequential]
    assert w.run("--no-sandbox", *args)[0].split() == ["read", "write", "delete", "connect", "run"]
    out = w.run(*args)[0].split()
    files = {"read", "write", "delete"}
    landlock = "Landlock)   yes" in w.run("check", "sandbox")[0]
    assert [word for word in out if word not in files] == ["run", "not"] and not (landlock and set(out) & files), out


def test_a_filter_may_name_ports_and_a_confined_one_still_knows_them(w):
    by_name = w.records("--filter", "tcp port https", w.sequential)
    by_number = w.records("--filter", "tcp port 443", w.sequential)
    assert by_name[-1]["packets"] == by_number[-1]["packets"] > 0


def main():
    world = World(sys.argv[1], sys.argv[2])
    try:
        return run_all(globals(), world)
    finally:
        shutil.rmtree(world.folder)


if __name__ == "__main__":
    sys.exit(main())
