"""Two ends of a wire, "near" and "far", in a network namespace of the benchmark's own."""
import os
import pathlib
import shutil
import subprocess
import sys

INSIDE = "ONLOOKER_BENCH_NAMESPACE"
SKIPPED = 77


def is_inside():
    return INSIDE in os.environ


def run_inside():
    """Runs this program again in a namespace. returns: its exit code."""
    if os.geteuid() != 0 or not shutil.which("tcpreplay"):
        print("skipped: needs root and tcpreplay")
        return SKIPPED
    return subprocess.run(["unshare", "--net", sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"}, check=False).returncode


def make_pair():
    """A new pair: nothing that was captured or counted before is there any more."""
    subprocess.run(["ip", "link", "del", "far"], check=False, capture_output=True)
    subprocess.run(["ip", "link", "add", "near", "type", "veth", "peer", "name", "far"], check=True)
    for end in ("near", "far"):
        pathlib.Path("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % end).write_text("1", encoding="utf-8")
        subprocess.run(["ip", "link", "set", end, "up"], check=True)
