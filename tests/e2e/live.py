#!/usr/bin/env python3
"""live.py ONLOOKER: live capture on a veth pair in a network namespace of its own, and all that may go wrong meanwhile.

Needs root and namespaces; skipped otherwise. Nothing outside the namespace is touched.
"""
import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "schema")]
import promtext  # noqa: E402  pylint: disable=wrong-import-position
from cases import Skip, run_all  # noqa: E402  pylint: disable=wrong-import-position
from wire import Sender, connection  # noqa: E402  pylint: disable=wrong-import-position

SKIPPED = 77
INSIDE = "ONLOOKER_E2E_NAMESPACE"
# Tables so small that flows are told at once, and not when their visit is over.
EAGER = ["--records", "flow", "--max-client-flows", "256", "--max-clients", "4"]


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True)


def until(what, condition, seconds=15):
    """Waits until the condition holds; returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited %d s in vain: %s" % (seconds, what))


def lines_of(path):
    """Every line of the file as a record: none may be half."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n"), "the last line is not whole"
    return [json.loads(line) for line in text.splitlines()]


def check_schema(records):
    """What only live runs write has to be in the schema too."""
    try:
        import validate  # pylint: disable=import-outside-toplevel
        schemas = validate.validators(pathlib.Path(__file__).resolve().parents[2])
    except (ImportError, SystemExit):
        return
    for r in records:
        schemas[r["type"]].validate(r)


def of_type(records, kind):
    return [r for r in records if r["type"] == kind]


class Watch:
    """A running `onlooker watch`."""

    def __init__(self, world, *args, stdout=subprocess.DEVNULL, before=()):
        self.log = world.folder / ("log%d" % next(world.numbers))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*before, world.onlooker, "watch", *args], stdout=stdout, stderr=log)
        until("it watches", lambda: "watching" in self.said() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()

    def said(self):
        return self.log.read_text(encoding="utf-8")

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, status=0):
        self.send(number)
        code = self.process.wait(20)
        assert code == status, "exit code %d, not %d\n%s" % (code, status, self.said())

    def status(self):
        """Lines of /proc/PID/status as a dict."""
        text = pathlib.Path("/proc/%d/status" % self.process.pid).read_text(encoding="utf-8")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


class World:
    """The program, a folder that the unprivileged user may write to, and as many pairs of interfaces as wanted."""

    def __init__(self, onlooker):
        self.onlooker = str(pathlib.Path(onlooker).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="onlooker-live-"))
        self.folder.chmod(0o777)
        self.numbers = itertools.count()

    @contextlib.contextmanager
    def pair(self):
        """Gives the name of an interface to watch and a sender at its other end."""
        n = next(self.numbers)
        near, far = "near%d" % n, "far%d" % n
        self.make_pair(near, far)
        sender = Sender(far)
        try:
            yield near, sender
        finally:
            sender.close()
            subprocess.run(["ip", "link", "del", far], check=False, capture_output=True)

    @staticmethod
    def make_pair(near, far):
        ip("link", "add", near, "type", "veth", "peer", "name", far)
        for name in (near, far):
            pathlib.Path("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % name).write_text("1", encoding="utf-8")
            ip("link", "set", name, "up")

    def target(self):
        return self.folder / ("out%d.jsonl" % next(self.numbers))


def get(path, url="/metrics", method="GET"):
    """What the metrics socket answers, head and all."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(path))
        s.sendall(("%s %s HTTP/1.0\r\n\r\n" % (method, url)).encode())
        return b"".join(iter(lambda: s.recv(65536), b"")).decode()


def traffic(n, first=0):
    """n whole connections of different clients, each to a name of its own."""
    frames = []
    for i in range(first, first + n):
        frames += connection("192.168.7.%d" % (i % 200 + 2), 1024 + i % 60000, "203.0.113.%d" % (i % 250 + 1), "h%d.example.com" % i)
    return frames


def test_every_packet_is_seen_and_the_end_is_told(w):
    target = w.target()
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, "--records", "flow")
        sent = sender.send(traffic(500))
        time.sleep(0.5)
        watch.stop(signal.SIGINT)
    records = lines_of(target)
    assert records[0]["type"] == "run" and records[0]["inputs"] == [{"name": near, "format": "live"}]
    assert [r["type"] for r in records[-2:]] == ["coverage", "summary"]
    assert records[-1]["packets"] == sent and records[-1]["complete"] is True, records[-1]
    flows = of_type(records, "flow")
    assert {f["host"] for f in flows} == {"h%d.example.com" % i for i in range(500)}
    check_schema(records)
    assert all(f["packets_up"] == 5 and f["packets_down"] == 3 and f["frames"]["hello"] > 0 for f in flows)


def test_several_interfaces_shards_and_a_filter(w):
    target = w.target()
    with w.pair() as (one, to_one), w.pair() as (two, to_two):
        watch = Watch(w, one, two, "-o", "jsonl:%s" % target, "--records", "flow", "--shards", "2", "--filter", "net 192.168.7.0/25")
        to_one.send(traffic(200))
        to_two.send(traffic(200, 200))
        time.sleep(0.5)
        watch.stop()
    records = lines_of(target)
    wanted = {"h%d.example.com" % i for i in range(400) if i % 200 + 2 < 128}
    assert {f["host"] for f in of_type(records, "flow")} == wanted
    assert [i["packets"] for i in records[-1]["inputs"]] == [126 * 8, 126 * 8]


def test_privileges_are_given_up(w):
    with w.pair() as (near, _):
        watch = Watch(w, near, "-o", "jsonl:%s" % w.target(), "--shards", "2")
        status = watch.status()
        threads = list(pathlib.Path("/proc/%d/task" % watch.process.pid).iterdir())
        filters = [(t / "status").read_text(encoding="utf-8").split("Seccomp:\t")[1][0] for t in threads]
        files = os.listdir("/proc/%d/fd" % watch.process.pid)
        watch.stop()
    assert "0" not in status["Uid"].split() and "0" not in status["Gid"].split() and status["Groups"].strip() != "0"
    assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0 and status["NoNewPrivs"] == "1"
    assert len(threads) >= 3 and len(files) < 40
    if "system calls filtered" in watch.said():
        assert filters == ["2"] * len(threads), filters


def test_a_capability_is_enough_and_is_given_up_too(w):
    target = w.target()
    drop = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]
    if not shutil.which("setpriv") or subprocess.run([*drop, w.onlooker, "--version"], check=False, capture_output=True).returncode != 0:
        raise Skip("no setpriv, or the program is where others cannot run it")
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, before=drop)
        status = watch.status()
        sent = sender.send(traffic(20))
        time.sleep(0.5)
        watch.stop()
    assert status["Uid"].split()[0] == "12345" and int(status["CapEff"], 16) == int(status["CapAmb"], 16) == 0
    assert lines_of(target)[-1]["packets"] == sent


def test_forbidden_things_fail(w):
    done = subprocess.run([w.onlooker, "check", "sandbox"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "POSSIBLE" not in done.stdout, done.stdout
    assert done.stdout.count("refused") + done.stdout.count("for want of") >= 14, done.stdout


def test_the_program_itself_is_confined(w):
    """What the running process may do, asked of the kernel: its files and its sockets."""
    with w.pair() as (near, _):
        watch = Watch(w, near, "-o", "jsonl:%s" % w.target())
        kinds = [os.readlink("/proc/%d/fd/%s" % (watch.process.pid, fd)) for fd in os.listdir("/proc/%d/fd" % watch.process.pid)]
        watch.stop()
    assert sum(k.startswith("socket:") for k in kinds) <= 2, kinds


def test_a_plugin_gone_wrong_gets_nowhere(w):
    """Attempts by code in the running program: see tests/plugins/nosy.c."""
    nosy = pathlib.Path(w.onlooker).parent / "tests/plugins/nosy.so"
    landlock = "Landlock)   yes" in subprocess.run([w.onlooker, "check", "sandbox"], capture_output=True, text=True, check=True).stdout
    with w.pair() as (near, sender):
        for options, want in (["--no-sandbox"], {"read", "connect"}), ([], set() if landlock else {"read"}):
            out = w.folder / ("said%d" % len(options))
            with open(out, "wb") as f:
                watch = Watch(w, near, "--plugin", str(nosy), "-o", "nosy:-", *options, stdout=f)
            sender.send(traffic(3))
            time.sleep(0.5)
            watch.send(signal.SIGTERM)
            assert watch.process.wait(20) == 0
            said = out.read_text(encoding="ascii").split()
            assert set(said) - {"run", "not", "write", "delete"} == want, said
            assert ("not" in said) == (not options), "it is another program by now, or not"


def test_killed_it_leaves_whole_lines(w):
    target = w.target()
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER)
        sender.send(traffic(3000))
        until("flows are written", lambda: target.read_bytes().count(b"\n") > 1000, 30)
        sender.send(traffic(10, 3000))
        watch.send(signal.SIGKILL)
        watch.process.wait(10)
        before = lines_of(target)
        assert len(of_type(before, "flow")) > 1000
        # Started again, it goes on in the same file; half a line, which a power cut may leave, is taken away.
        with open(target, "ab") as f:
            f.write(b'{"type":"flow","id":1')
        watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER)
        watch.stop()
    after = lines_of(target)
    assert after[:len(before)] == before and after[len(before)]["type"] == "run" and after[-1]["type"] == "summary"


def test_a_file_that_was_moved_is_begun_anew(w):
    target = w.target()
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER)
        sender.send(traffic(500))
        moved = target.with_suffix(".moved")
        target.rename(moved)
        watch.send(signal.SIGHUP)
        until("a new file", target.exists)
        sender.send(traffic(500, 500))
        time.sleep(0.5)
        watch.stop()
    old, new = lines_of(moved), lines_of(target)
    assert old[0] == new[0] and new[-1]["type"] == "summary"
    hosts = [f["host"] for f in of_type(old + new, "flow")]
    assert len(hosts) == len(set(hosts)) == 1000, "no flow is lost or told twice"


def test_lists_are_read_again(w):
    """Other lists mean another run in the same file; broken ones are not taken."""
    target, own = w.target(), w.folder / "own.tsv"

    def write_list(company):
        own.write_text("# suffix\tcompany\tproduct\tcategory\n%sexample.com\t%s\tThing\tanalytics\n" % (
            "" if company else "no tabs here ", company or ""), encoding="utf-8")
        own.chmod(0o644)
        return company
    write_list("First")
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER, "--companies", str(own), "--shards", "2")
        sender.send(traffic(20))
        time.sleep(0.5)
        watch.send(signal.SIGHUP)
        until("the file is opened again", lambda: "opened again" in watch.said())
        write_list("Second")
        watch.send(signal.SIGHUP)
        until("a new run", lambda: "a new run begins" in watch.said())
        write_list(None)
        watch.send(signal.SIGHUP)
        until("it refuses", lambda: "kept as they were" in watch.said())
        sender.send(traffic(30, 20))
        time.sleep(0.5)
        watch.stop()
    records = lines_of(target)
    kinds = [r["type"] for r in records if r["type"] in ("run", "coverage", "summary")]
    assert kinds == ["run", "coverage", "summary"] * 2
    middle = next(i for i, r in enumerate(records) if r["type"] == "summary") + 1
    for part, company, flows in ((records[:middle], "First", 20), (records[middle:], "Second", 30)):
        assert [f["company"] for f in of_type(part, "flow")] == [company] * flows
        assert part[-1]["packets"] == part[-1]["inputs"][0]["packets"] == 8 * flows


def test_what_is_out_of_reach_by_now_does_not_end_it(w):
    """Its own user may not read what root could: then new lists are not taken."""
    target, own, me = w.target(), w.folder / "lists.tsv", w.folder / "me.txt"
    me.write_text("email: me@example.org\n", encoding="utf-8")
    me.chmod(0o600)
    own.write_text("# suffix\tcompany\tproduct\tcategory\nexample.com\tFirst\tThing\tanalytics\n", encoding="utf-8")
    own.chmod(0o644)
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, "--companies", str(own), "--my-data", str(me))
        own.write_text("# suffix\tcompany\tproduct\tcategory\nexample.com\tSecond\tThing\tanalytics\n", encoding="utf-8")
        watch.send(signal.SIGHUP)
        until("it refuses", lambda: "kept as they were" in watch.said())
        sent = sender.send(traffic(5))
        time.sleep(0.5)
        watch.stop()
    assert "Permission denied" in watch.said() and lines_of(target)[-1]["packets"] == sent


def test_files_rotate_and_are_whole(w):
    target = w.target()
    old = pathlib.Path("%s.20200101T000000Z" % target)
    old.write_text("old\n", encoding="utf-8")
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER, "--rotate", "100K", "--retention", "30")
        for i in range(4):
            sender.send(traffic(500, 500 * i))
            time.sleep(1)
        watch.stop()
    parts = sorted(target.parent.glob(target.name + ".2*")) + [target]
    assert len(parts) >= 3 and old not in parts, parts
    hosts = []
    for part in parts:
        records = lines_of(part)
        assert records[0]["type"] == "run" and part.stat().st_mode & 0o77 == 0
        hosts += [f["host"] for f in of_type(records, "flow")]
    assert len(hosts) == len(set(hosts)) == 2000
    assert all(f["up"] > 0 for part in parts for f in of_type(lines_of(part), "flow")), "also of those told before they end"
    sealed = {o["name"]: o for o in lines_of(target)[-1]["outputs"]}
    for part in parts[:-1]:
        want = {"name": part.name, "bytes": part.stat().st_size, "sha256": hashlib.sha256(part.read_bytes()).hexdigest()}
        assert sealed.pop(part.name) == want and want["sha256"] in watch.said()
    assert not sealed
    check_schema(lines_of(target))


def test_counters_are_printed_when_asked_for(w):
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % w.target())
        sent = sender.send(traffic(20))
        time.sleep(0.5)
        watch.send(signal.SIGUSR1)
        until("counters", lambda: "packets %d\n" % sent in watch.said())
        watch.stop()


def test_a_full_disk_is_survived_and_counted(w):
    disk = w.folder / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=777", "tmpfs", str(disk)], check=False, capture_output=True)
    if done.returncode != 0:
        raise Skip("no tmpfs can be mounted")
    try:
        target, filler = disk / "out.jsonl", disk / "filler"
        with w.pair() as (near, sender):
            watch = Watch(w, near, "-o", "jsonl:%s" % target, *EAGER)
            filler.write_bytes(b"x" * (400 << 10))
            sender.send(traffic(1500))
            until("it says so", lambda: "No space left" in watch.said())
            filler.unlink()
            until("it is written again", lambda: "opened again" in watch.said())
            sender.send(traffic(300, 1500))
            time.sleep(0.5)
            watch.stop(status=3)
        records = lines_of(target)
    finally:
        subprocess.run(["umount", str(disk)], check=False)
    last = records[-1]
    assert last["type"] == "summary" and last["complete"] is False and last["dropped"]["not-written"] > 0
    hosts = {f["host"] for f in of_type(records, "flow")}
    assert {"h%d.example.com" % i for i in range(1500, 1800)} <= hosts, "what came after is there"
    assert len(hosts) + last["dropped"]["not-written"] >= 1800, "what is missing is counted"


def test_a_reader_that_goes_away_is_survived(w):
    reading, writing = os.pipe()
    target = w.target()
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:-", "-o", "jsonl:%s" % target, *EAGER, stdout=writing)
        os.close(writing)
        os.close(reading)
        sender.send(traffic(500))
        until("it says so", lambda: "Broken pipe" in watch.said())
        watch.stop(status=3)
    records = lines_of(target)
    assert len({f["host"] for f in of_type(records, "flow")}) == 500, "the other output has it all"


def test_an_interface_may_go_and_come_back(w):
    target = w.target()
    with w.pair() as (near, sender):
        far = near.replace("near", "far")
        watch = Watch(w, near, "-o", "jsonl:%s" % target, "--records", "flow")
        sender.send(traffic(10))
        time.sleep(0.3)
        ip("link", "set", near, "down")
        until("it is down", lambda: "%s is down" % near in watch.said())
        ip("link", "set", near, "up")
        until("it is up again", lambda: watch.said().count("up again") == 1)
        sender.send(traffic(10, 10))
        time.sleep(0.3)
        ip("link", "del", far)
        until("it is gone", lambda: "%s is gone" % near in watch.said())
        w.make_pair(near, far)
        until("it is there again", lambda: watch.said().count("up again") == 2)
        again = Sender(far)
        again.send(traffic(10, 20))
        again.close()
        time.sleep(0.3)
        watch.stop()
    records = lines_of(target)
    assert {f["host"] for f in of_type(records, "flow")} == {"h%d.example.com" % i for i in range(30)}
    assert records[-1]["interfaces"]["downs"] == 2
    check_schema(records)


def test_metrics_are_served_on_a_socket_for_its_owner(w):
    path = w.folder / "metrics"
    with w.pair() as (near, sender):
        try:
            watch = Watch(w, near, "-o", "jsonl:%s" % w.target(), "--metrics", "unix:%s" % path)
        except AssertionError as why:
            if "libmicrohttpd" in str(why):
                raise Skip("built without libmicrohttpd") from why
            raise
        assert path.stat().st_mode & 0o77 == 0
        sent = sender.send(traffic(20))

        until("the packets are counted", lambda: "onlooker_packets_total %d\n" % sent in get(path))
        assert get(path, "/").startswith("HTTP/1.1 404") and get(path, method="POST").startswith("HTTP/1.1 405")
        watch.stop()
    assert not path.exists()


def test_metrics_are_well_formed_and_the_dashboard_asks_for_what_there_is(w):
    if "+metrics" not in subprocess.run([w.onlooker, "--version"], capture_output=True, text=True, check=True).stdout:
        raise Skip("built without libmicrohttpd")
    path = w.folder / "metrics"
    odd = w.folder / "odd.tsv"
    odd.write_text('# suffix\tcompany\tproduct\tcategory\nexample.com\tA "quoted" \\ name\tThing\tanalytics\n', encoding="utf-8")
    odd.chmod(0o644)
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % w.target(), "--metrics", "unix:%s" % path, "--shards", "2", "--companies", str(odd))
        sender.send(traffic(300))
        until("a page", lambda: "onlooker_packets_total 2400\n" in get(path))
        text = get(path).split("\r\n\r\n", 1)[1]
        watch.stop()
    page = promtext.parse(text)
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    what = {name: {dict(labels).get("what") for labels in m["samples"]} for name, m in page.items()}
    assert {"by-kernel", "by-interface", "by-queue", "not-written"} <= what["onlooker_dropped_total"], "also those of 0"
    assert {"flows", "clients", "names", "dns", "questions"} <= what["onlooker_evicted_total"]
    assert {"tls", "quic", "dns", "http", "ip"} <= what["onlooker_malformed_total"]
    assert page["onlooker_queue_batches"]["samples"][(("what", "room"),)] > 0
    assert page["onlooker_memory_bytes"]["samples"][(("what", "resident"),)] > 1 << 20
    dashboard = json.loads((pathlib.Path(__file__).resolve().parents[2] / "samples/service/dashboard.json").read_text(encoding="utf-8"))
    asked = {n for p in dashboard["panels"] for t in p["targets"] for n in re.findall(r"onlooker_\w+", t["expr"])}
    assert len(asked) >= 8 and asked <= page.keys(), asked - page.keys()


def test_the_unit_allows_what_the_program_needs(w):
    """System calls and families of sockets of a whole run, against the filters of the systemd unit."""
    if not shutil.which("strace") or not shutil.which("systemd-analyze"):
        raise Skip("no strace, or no systemd-analyze")
    unit = (TESTS.parent / "samples/service/onlooker.service").read_text(encoding="utf-8")

    def members(word):
        if not word.startswith("@"):
            return {word}
        said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", word], capture_output=True, text=True, check=True).stdout
        words = [line.strip() for line in said.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
        return set().union(*[members(x) for x in words])
    allowed = members("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        for word in line.lstrip("~").split():
            allowed = allowed - members(word) if line.startswith("~") else allowed | members(word)
    families = set(re.search(r"^RestrictAddressFamilies=(.*)$", unit, re.M)[1].split())
    calls, target = w.folder / "calls", w.target()
    user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"]
    with w.pair() as (near, sender):
        watch = Watch(w, near, "-o", "jsonl:%s" % target, "--rotate", "100K", "--retention", "30", "--shards", "2", *EAGER,
                      "--metrics", "unix:%s" % (w.folder / "traced"), before=["strace", "-f", "-qq", "-o", str(calls), *user])
        sender.send(traffic(700))
        time.sleep(2.5)
        get(w.folder / "traced")
        watch.send(signal.SIGHUP)
        sender.send(traffic(10, 700))
        time.sleep(1.5)
        children = pathlib.Path("/proc/%d/task/%d/children" % (watch.process.pid, watch.process.pid))
        os.kill(int(children.read_text(encoding="ascii").split()[0]), signal.SIGINT)
        assert watch.process.wait(20) == 0, watch.said()
    text = calls.read_text(encoding="utf-8", errors="replace")
    text = text[text.index('execve("%s"' % w.onlooker):] # and not what setpriv did
    used = set(re.findall(r"^\d+ +(\w+)\(", text, re.M)) - {"execve"}
    assert {"capset", "seccomp", "openat", "bind", "renameat2"} <= used <= allowed, used - allowed
    assert set(re.findall(r"\bsocket\((AF_\w+)", text)) <= families


CONFINE = r"""
set -e
state=$1 run=$2; shift 2
mount --make-rprivate /
mount --bind "$state" "$state"
mount --bind "$run" "$run"
for at in / /tmp /var /etc /run; do
	! mountpoint -q $at || mount -o remount,bind,ro $at
done
mount -t proc -o hidepid=invisible,subset=pid proc /proc
umask 0077
ulimit -c 0
exec setpriv --reuid 61234 --regid 61234 --clear-groups --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw \
	--no-new-privs "$@"
"""


def test_it_runs_as_the_unit_confines_it(w):
    """With the example's options, as systemd would start it: an own user, one capability, a system that cannot be written."""
    service = TESTS.parent / "samples/service"
    text = (service / "options").read_text(encoding="utf-8")
    state, runtime, key = w.folder / "state", w.folder / "run", w.folder / "key"
    for folder in (state, runtime):
        folder.mkdir(mode=0o700)
        os.chown(folder, 61234, 61234)
    key.write_bytes(b"k" * 32)
    os.chown(key, 61234, 61234)
    options = re.search(r"^OPTIONS=(.*)$", text, re.M)[1].replace("/run/credentials/onlooker.service/key", str(key)).replace(
        "/run/onlooker", str(runtime))
    options = re.sub(r"--site \S+", "", options).split() # or nothing of what is sent here would be kept
    if "+metrics" not in subprocess.run([w.onlooker, "--version"], capture_output=True, text=True, check=True).stdout:
        raise Skip("built without libmicrohttpd")
    target, old = state / "records.jsonl", state / "records.jsonl.20200101T000000Z"
    old.write_text("old\n", encoding="utf-8")
    os.chown(old, 61234, 61234)
    before = ["unshare", "--mount", "sh", "-c", CONFINE, "confine", str(state), str(runtime)]
    probe = subprocess.run([*before, "sh", "-c", "! touch /etc/x /tmp/x %s/x 2>/dev/null && touch %s/x && rm %s/x && exec %s --version" % (
        w.folder, state, state, w.onlooker)], check=False, capture_output=True, text=True)
    if probe.returncode != 0:
        raise Skip("cannot be confined here: %s" % probe.stderr.strip())
    with w.pair() as (near, sender):
        watch = Watch(w, near, "--journal", *options, "--rotate", "20K", "-o", "jsonl:%s" % target, *EAGER, before=before)
        status = watch.status()
        sent = 0
        for i in range(3):
            sent += sender.send(traffic(300, 300 * i))
            time.sleep(1.2)
        until("the metrics", lambda: "onlooker_packets_total %d\n" % sent in get(runtime / "metrics"))
        watch.send(signal.SIGHUP)
        until("the files are opened again", lambda: "opened again" in watch.said())
        watch.send(signal.SIGUSR1)
        until("counters", lambda: "packets %d\n" % sent in watch.said())
        watch.stop(signal.SIGTERM)
    assert status["Uid"].split() == ["61234"] * 4 and status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == int(status["CapAmb"], 16) == int(status["CapPrm"], 16) == 0
    parts = sorted(state.glob("records.jsonl.2*")) + [target]
    assert len(parts) >= 3 and old not in parts, (parts, watch.said())
    for part in parts:
        records = lines_of(part)
        assert records[0]["type"] == "run" and part.stat().st_mode & 0o77 == 0 and part.stat().st_uid == 61234
        assert not any(r["client"].startswith("192.168.7.") for r in of_type(records, "flow")), "pseudonyms"
    assert lines_of(target)[-1]["packets"] == sent, lines_of(target)[-1]
    assert all(line[0] == "<" for line in watch.said().splitlines()), "every line has its priority"


def test_the_unit_is_well_formed_and_exposes_little(w):
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze")
    unit = w.folder / "onlooker.service"
    unit.write_text((TESTS.parent / "samples/service/onlooker.service").read_text(encoding="utf-8").replace("/usr/bin/onlooker", w.onlooker),
                    encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and done.stderr.strip() == "", done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-300:]


def test_a_terminal_shows_the_live_view(w):
    version = subprocess.run([w.onlooker, "--version"], capture_output=True, text=True, check=True).stdout
    if "+tui" not in version:
        raise Skip("built without ncurses")
    with w.pair() as (near, sender):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(w.onlooker, [w.onlooker, "watch", near], {**os.environ, "TERM": "xterm"})
        shown = ""

        def shows(words):
            nonlocal shown
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 65536).decode("utf-8", "replace")
            return words in shown
        until("the view", lambda: shows("q quit"))
        sender.send(traffic(50))
        until("rates", lambda: shows(" packets/s"))
        time.sleep(1.2)
        shown = ""
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
        until("it fits a smaller terminal", lambda: shows("q quit"))
        until("and goes on", lambda: shows(" packets/s"))
        rows = [int(row) for row in re.findall(r"\033\[(\d+);\d+H|\033\[(\d+)d", shown) for row in row if row]
        assert rows and max(rows) <= 12, rows
        os.write(terminal, b"q")
        until("the terminal is given back", lambda: shows("\033[?1049l"))
        assert os.waitpid(child, 0)[1] == 0
        os.close(terminal)
    assert "watching" not in shown, "no line of the log goes across it"


def test_what_cannot_be_captured_is_one_line_and_exit_code_1(w):
    for args in (["no-such-interface"], ["lo", "--filter", "no filter at all"], ["lo", "--rotate", "often"]):
        done = subprocess.run([w.onlooker, "watch", *args, "-o", "jsonl:%s" % w.target()], capture_output=True, text=True,
                              check=False, timeout=20)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, (args, done)


def main():
    if INSIDE not in os.environ:
        inside = ["unshare", "--net", "--mount", sys.executable, *sys.argv]
        if os.geteuid() != 0 or subprocess.run([*inside[:3], "ip", "link"], check=False, capture_output=True).returncode != 0:
            print("0 passed, 0 failed, 1 skipped: needs root and network namespaces")
            return SKIPPED
        return subprocess.run(inside, env={**os.environ, INSIDE: "1"}, check=False).returncode
    world = World(sys.argv[1])
    try:
        ip("link", "set", "lo", "up")
        return run_all(globals(), world)
    finally:
        shutil.rmtree(world.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
