#!/usr/bin/env python3
"""docs.py ONLOOKER SOURCE [--update]: README.md and the manual page say what the program's table of options says.

README.md holds the text of --help between the lines "```help" and "```"; doc/onlooker.1 is what doc/make-man makes of it.
"""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(?<=^```help\n).*?(?=^```$)", re.S | re.M)


def main():
    onlooker, source = sys.argv[1], pathlib.Path(sys.argv[2])
    text = subprocess.run([onlooker, "--help"], capture_output=True, check=True, encoding="utf-8").stdout
    manual = subprocess.run([source / "doc/make-man", "-"], input=text, capture_output=True, check=True, encoding="utf-8").stdout
    readme = (source / "README.md").read_text(encoding="utf-8")
    wanted = {source / "README.md": BLOCK.sub(lambda m: text, readme), source / "doc/onlooker.1": manual}
    passed = failed = 0
    if not BLOCK.search(readme):
        print("README.md has no block of --help")
        failed += 1
    for path, want in wanted.items():
        if "--update" in sys.argv:
            path.write_text(want, encoding="utf-8")
        same = path.read_text(encoding="utf-8") == want
        passed += same
        failed += not same
        if not same:
            print("%s is not what --help says: tests/lint/docs.py build/onlooker . --update" % path.name)
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
