#!/usr/bin/env python3
"""validate.py SOURCE [FILE...]: every line of every golden, or of the files, is what doc/schema says; 77 if python3-jsonschema
is not there. Also checks what a schema cannot say: the order of records, and that ids refer to what there is.
"""
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not there")
    sys.exit(77)


def validators(source):
    schema = json.loads((source / "doc/schema/onlooker-1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    types = [ref["$ref"].rsplit("/", 1)[1] for ref in schema["oneOf"]]
    return {t: jsonschema.Draft202012Validator({"$ref": "#/$defs/" + t, "$defs": schema["$defs"]}) for t in types}


def order(records):
    types = [r.get("type") for r in records]
    if types[:1] != ["run"] or types[-2:] != ["coverage", "summary"]:
        return "must begin with run and end with coverage and summary"
    if set(types[1:-2]) - {"visit", "flow"}:
        return "run, coverage and summary must not stand between"
    return None


def references(records):
    visits = {r["id"]: r for r in records if r["type"] == "visit" and not r.get("open")}
    flows = [r for r in records if r["type"] == "flow"]
    if len(visits) != sum(r["type"] == "visit" and not r.get("open") for r in records):
        return "two visits with one id"
    if len({f["id"] for f in flows}) != len(flows):
        return "two flows with one id"
    if records[-1]["visits"] != len(visits):
        return "the summary counts %d visits, there are %d" % (records[-1]["visits"], len(visits))
    for v in visits.values():
        if v["start"] > v["end"]:
            return "visit %d ends before it starts" % v["id"]
        for p in v["third_parties"]:
            if p["first"] > p["last"]:
                return "visit %d: a party ends before it starts" % v["id"]
    active = {f["id"]: {a.get("visit") for a in f.get("activity", [])} for f in flows}
    for v in visits.values():
        for e in (e for p in v["third_parties"] for e in p.get("evidence", []) if e["flow"] in active):
            if v["id"] not in active[e["flow"]]:
                return "visit %d has a party of flow %d, which is not told so" % (v["id"], e["flow"])
    for f in flows:
        for a in f.get("activity", []):
            if "visit" in a and a["visit"] not in visits and "out_of_scope_visits" not in records[-2]:
                return "flow %d: there is no visit %d" % (f["id"], a["visit"])
        if sum(a["up"] for a in f.get("activity", [])) > f["up"]:
            return "flow %d: its bursts are more than all of it" % f["id"]
        if not f.get("host") and not f.get("unnamed") and f.get("role"):
            return "flow %d: no name and no cause" % f["id"]
    return None


def check(path, valid):
    """returns: what is wrong, or None"""
    records = []
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        record = json.loads(line)
        records.append(record)
        validator = valid.get(record.get("type"))
        if not validator:
            return "line %d: unknown type" % n
        for error in validator.iter_errors(record):
            return "line %d: %s: %s" % (n, "/".join(str(p) for p in error.path), error.message[:300])
    return order(records) or references(records)


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    paths = [pathlib.Path(p) for p in sys.argv[2:]] or sorted(source.glob("tests/golden/*/out.jsonl"))
    valid = validators(source)
    passed = failed = 0
    for path in paths:
        wrong = check(path, valid)
        if wrong:
            print("%s: %s" % (path, wrong))
        passed += wrong is None
        failed += wrong is not None
    print("%d passed, %d failed" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
