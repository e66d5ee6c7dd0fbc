#!/usr/bin/env python3
"""docs.py ONLOOKER SOURCE [--update]: the documents say what the program says.

README.md holds the text of --help between the lines "```help" and "```", and the first N lines of a report between
"```report N ARGUMENTS" and "```"; doc/onlooker.1 is what doc/make-man makes of --help. --update writes them anew.
The Grafana dashboard asks for metrics that there are.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys

HELP = re.compile(r"(?<=^```help\n).*?(?=^```$)", re.S | re.M)
REPORT = re.compile(r"^```report (\d+) ([^\n]*)\n(.*?)^```$", re.S | re.M)
WIDTH = 104


class Documents:
    def __init__(self, onlooker, source):
        self.onlooker, self.source = str(pathlib.Path(onlooker).resolve()), pathlib.Path(source).resolve()

    def said(self, *args):
        return subprocess.run([self.onlooker, *args], cwd=self.source, capture_output=True, check=True, encoding="utf-8").stdout

    def report(self, match):
        lines = self.said("read", "--quiet", "--text.width=%d" % WIDTH, *shlex.split(match.group(2))).splitlines()
        shown = lines[:int(match.group(1))] + ["…"]
        return "```report %s %s\n%s\n```" % (match.group(1), match.group(2), "\n".join(shown))

    def wanted(self):
        text = self.said("--help")
        readme = (self.source / "README.md").read_text(encoding="utf-8")
        readme = HELP.sub(lambda match: text, readme)
        manual = subprocess.run([self.source / "doc/make-man", "-"], input=text, capture_output=True, check=True, encoding="utf-8").stdout
        return {"README.md": REPORT.sub(self.report, readme), "doc/onlooker.1": manual}


def unknown_metrics(source):
    """What the dashboard asks for and the program does not serve."""
    code = (source / "src/run/metrics_http.c").read_text(encoding="utf-8")
    known = set(re.findall(r'"(onlooker_\w+)"', code))
    known |= {"onlooker_third_party_%s_total" % what for what in re.findall(r'companies\(&t, m, "(\w+)"', code)}
    panels = json.loads((source / "samples/service/dashboard.json").read_text(encoding="utf-8"))["panels"]
    asked = {name for p in panels for t in p["targets"] for name in re.findall(r"onlooker_\w+", t["expr"])}
    return sorted(asked - known) if asked else ["nothing at all"]


def main():
    documents = Documents(sys.argv[1], sys.argv[2])
    passed = failed = 0
    for name, want in documents.wanted().items():
        path = documents.source / name
        if "--update" in sys.argv:
            path.write_text(want, encoding="utf-8")
        same = path.read_text(encoding="utf-8") == want
        passed += same
        failed += not same
        if not same:
            print("%s is not what the program says: tests/lint/docs.py build/onlooker . --update" % name)
    readme = (documents.source / "README.md").read_text(encoding="utf-8")
    if not HELP.search(readme) or not REPORT.search(readme):
        print("README.md has no block of --help, or no report")
        failed += 1
    unknown = unknown_metrics(documents.source)
    passed += not unknown
    failed += bool(unknown)
    if unknown:
        print("samples/service/dashboard.json asks for what there is not: %s" % ", ".join(unknown))
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
