#!/usr/bin/env python3
"""lengths.py SOURCE: a function over 80 lines fails, one over 60 is listed, and so is a file over 400.

tests/bench is left out: its generator is a program of its own. Lines are counted from that of the function's name to its closing brace. Tables and declarations are no functions.
"""
import pathlib
import re
import sys

FUNCTION_MAX, FUNCTION_HABIT, FILE_HABIT = 80, 60, 400
NAME = re.compile(r"(\w+)\([^;]*$")


def functions(lines):
    """Each function's name, first line (from 1) and length: in this house it opens with '{' alone in column 0."""
    for i, line in enumerate(lines):
        if line != "{":
            continue
        head = i - 1
        while head > 0 and lines[head][:1] in "\t ":
            head -= 1
        end = next((k for k in range(i, len(lines)) if lines[k] == "}"), i)
        name = NAME.search(lines[head])
        if name:
            yield name.group(1), head + 1, end - head + 1


def main():
    top = pathlib.Path(sys.argv[1])
    passed = failed = 0
    for path in sorted(p for folder in ("src", "plugins", "tests") for p in (top / folder).rglob("*.[ch]")
                       if "bench" not in p.parts):
        lines = path.read_text(encoding="utf-8").splitlines()
        where = path.relative_to(top)
        if len(lines) > FILE_HABIT:
            print("%s: %d lines" % (where, len(lines)))
        worst = 0
        for name, line, length in functions(lines):
            worst = max(worst, length)
            if length > FUNCTION_HABIT:
                print("%s:%d: %s has %d lines%s" % (where, line, name, length, ": too many" if length > FUNCTION_MAX else ""))
        failed += worst > FUNCTION_MAX
        passed += worst <= FUNCTION_MAX
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
