"""Test cases as functions: every test_* of a module is one; it fails by an exception, and is skipped by raising Skip."""
import sys
import traceback


class Skip(Exception):
    """The machine lacks what the case needs; its words say what."""


def run_all(module, *args):
    """Calls each test_* of the module (a dict) with args, says what failed and the counts. returns: the exit code."""
    passed = failed = skipped = 0
    for name, case in [(n, f) for n, f in module.items() if n.startswith("test_")]:
        try:
            case(*args)
            passed += 1
        except Skip as why:
            skipped += 1
            print("skipped %s: %s" % (name, why))
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("failed %s" % name)
            traceback.print_exc(file=sys.stdout)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed or not passed + skipped else 0
