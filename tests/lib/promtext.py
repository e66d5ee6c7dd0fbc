"""Reads the text format of Prometheus, version 0.0.4, and refuses what a server would, or what would read ill."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(r"(%s)(?:\{(.*)\})? (\S+)" % NAME)
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')


def labels_of(text):
    """The inside of the braces as a sorted tuple of pairs."""
    found, at = [], 0
    while at < len(text):
        m = LABEL.match(text, at)
        assert m, "no label: %r" % text[at:]
        found.append((m[1], re.sub(r"\\(.)", lambda e: "\n" if e[1] == "n" else e[1], m[2])))
        at = m.end()
        assert at == len(text) or text[at] == ",", text
        at += 1
    assert len({name for name, _ in found}) == len(found), "a label twice: %s" % text
    return tuple(sorted(found))


def parse(text):
    """returns: {name: {"type": …, "help": …, "samples": {labels: value}}}"""
    assert text.endswith("\n"), "the last line is not whole"
    metrics, current = {}, None
    for line in text[:-1].split("\n"):
        about = re.fullmatch(r"# (HELP|TYPE) (%s) (.*)" % NAME, line)
        if about:
            what, name, words = about.groups()
            if name != current:
                assert name not in metrics, "%s comes twice" % name
                current, metrics[name] = name, {"samples": {}}
            assert what.lower() not in metrics[name] and not metrics[name]["samples"], line
            assert what == "HELP" or words in ("counter", "gauge"), line
            metrics[name][what.lower()] = words
            continue
        m = SAMPLE.fullmatch(line)
        assert m, "no sample: %r" % line
        name, labels, value = m[1], labels_of(m[2] or ""), float(m[3])
        assert name == current, "%s has no TYPE just before its samples" % name
        assert labels not in metrics[name]["samples"], "a sample twice: %s" % line
        assert value >= 0
        metrics[name]["samples"][labels] = value
    for name, metric in metrics.items():
        assert "help" in metric and "type" in metric, name
        assert (metric["type"] == "counter") == name.endswith("_total"), "%s is a %s" % (name, metric["type"])
    return metrics
