#!/usr/bin/env python3
"""run.py ONLOOKER SOURCE [--update] [--no-sandbox] [CASE...]: runs every case of tests/golden and compares its output to the byte.

A case is a folder:
  in.*       the capture, unless args names one of samples/
  args       options and, if any, operands: paths are seen from the source folder, and from the case's folder as ./NAME
  out.jsonl  what is written, but for the versions of the lists in the run record, which change with data/ and are emptied
  expect     optional: lines "status N" (exit code, else 0) and "malformed LAYER" (a parser may complain of that)
  README     what it is about, how the capture was made

Each case runs with one shard and with three: the outputs must be equal as they are. --update writes out.jsonl anew; look at
the difference before keeping it.
"""
import json
import pathlib
import shlex
import subprocess
import sys

TIMEOUT_S = 300


def expectations(case):
    status, malformed = 0, set()
    path = case / "expect"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        word, value = line.split()
        if word == "status":
            status = int(value)
        elif word == "malformed":
            malformed.add(value)
        else:
            raise ValueError("%s: %s?" % (path, word))
    return status, malformed


def run(onlooker, source, case, shards, options=tuple(a for a in sys.argv if a == "--no-sandbox")):
    """returns: exit code, lines, standard error"""
    args = shlex.split((case / "args").read_text(encoding="utf-8"), comments=True) if (case / "args").exists() else []
    args = [str(case / a[2:]) if a.startswith("./") else a for a in args]
    inputs = [str(p) for p in sorted(case.glob("in.*"))]
    command = [onlooker, "read", "-o", "jsonl:-", "--quiet", "--shards", str(shards), *options] + args + inputs
    done = subprocess.run(command, cwd=source, capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout.decode("utf-8").splitlines(), done.stderr.decode("utf-8", "replace")


def without_versions(lines):
    record = json.loads(lines[0]) if lines else {}
    if record.get("type") != "run":
        return lines
    record["knowledge"] = []
    return [json.dumps(record, separators=(",", ":"), ensure_ascii=False)] + lines[1:]


def difference(have, want):
    for i, (a, b) in enumerate(zip(have, want)):
        if a != b:
            at = next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            return "line %d, column %d:\n  is        …%s\n  should be …%s" % (i + 1, at + 1, a[max(0, at - 80):at + 120], b[max(0, at - 80):at + 120])
    return "%d lines, should be %d" % (len(have), len(want))


def complaints(lines, allowed):
    """What parsers complained of that the case does not expect."""
    found = [json.loads(line) for line in lines if line.startswith('{"type":"summary"')]
    return sorted(set(k for s in found for k in s.get("malformed", {})) - allowed)


def check(onlooker, source, case, update):
    """returns: what is wrong, or None"""
    want_status, allowed = expectations(case)
    status, one, words = run(onlooker, source, case, 1)
    if status != want_status:
        return "exit code %d, should be %d\n%s" % (status, want_status, words[-2000:])
    status, three, words = run(onlooker, source, case, 3)
    if status != want_status:
        return "with 3 shards: exit code %d, should be %d\n%s" % (status, want_status, words[-2000:])
    if one != three:
        return "1 and 3 shards differ: " + difference(three, one)
    bad = complaints(one, allowed)
    if bad:
        return "malformed, by its parsers: " + ", ".join(bad)
    out = case / "out.jsonl"
    lines = without_versions(one)
    if update:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return None
    want = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return None if lines == want else difference(lines, want)


def main():
    args = [a for a in sys.argv[1:] if a not in ("--update", "--no-sandbox")]
    onlooker, source = str(pathlib.Path(args[0]).resolve()), pathlib.Path(args[1]).resolve()
    passed = failed = 0
    for case in sorted(p for p in (source / "tests/golden").iterdir() if p.is_dir()):
        if args[2:] and case.name not in args[2:]:
            continue
        wrong = check(onlooker, source, case, "--update" in sys.argv)
        passed += wrong is None
        failed += wrong is not None
        if wrong:
            print("%s: %s" % (case.name, wrong))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
