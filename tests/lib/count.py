#!/usr/bin/env python3
"""count.py FOLDER: adds up the test cases of meson's logs (*.json) and of *.txt in FOLDER; each *.broken is a failure.

A test program says how many cases it ran: cmocka in its closing lines, ours in a line "N passed, N failed[, N skipped]".
One that failed without saying so counts as one failure, one that was skipped whole as one skip, one that passed and
says nothing as a failure: a test that ran nothing is no test.
"""
import glob
import json
import re
import sys

OURS = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED)\s* \] (\d+) test\(s\)", re.M)


def cases(text):
    """Cases as the program says: (passed, failed, skipped), or None."""
    ours = OURS.findall(text)
    if ours:
        return tuple(sum(int(line[i] or 0) for line in ours) for i in range(3))
    cmocka = CMOCKA.findall(text)
    if cmocka:
        return tuple(sum(int(n) for what, n in cmocka if what == name) for name in ("PASSED", "FAILED", "SKIPPED"))
    return None


def main():
    folder = sys.argv[1]
    total = [0, len(glob.glob(folder + "/*.broken")), 0]
    for path in sorted(glob.glob(folder + "/*.json")):
        for line in open(path, encoding="utf-8"):
            test = json.loads(line)
            found = cases(test.get("stdout", "") + "\n" + test.get("stderr", ""))
            result = test["result"]
            if result == "SKIP":
                found = (0, 0, 1)
            elif result == "OK" and (found is None or found[0] + found[2] == 0):
                print(test["name"], "passed without a test case")
                found = (0, 1, 0)
            elif result != "OK" and (found is None or found[1] == 0):
                print(test["name"], result)
                found = (0, 1, 0)
            total = [a + b for a, b in zip(total, found)]
    for path in sorted(glob.glob(folder + "/*.txt")):
        found = cases(open(path, encoding="utf-8").read())
        total = [a + b for a, b in zip(total, found or (0, 1, 0))]
    print("%d passed, %d failed, %d skipped" % tuple(total))
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
