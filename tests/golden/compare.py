"""Compare the library with a directory of reference results.

Usage: python tests/golden/compare.py DIRECTORY [--json] [--list] [--only TEXT]. Exit code 1 when anything
differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, from anywhere

from tests.golden.comparison.cases import read_cases
from tests.golden.comparison.outcome import Outcome, Verdict, compare


def main() -> int:
    """Compare, print, and tell by the exit code whether anything differs."""
    parser = argparse.ArgumentParser(description="Compare the library with a directory of reference results.")
    parser.add_argument("directory", type=Path, help="a directory of *.json entries and their data files")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("--only", default="", help="only entries whose id contains this text")
    parser.add_argument("--list", action="store_true", help="name every entry that does not agree, and why")
    options = parser.parse_args()
    if not options.directory.is_dir():
        parser.error(f"there is no directory {options.directory}")
    cases = [case for case in read_cases(options.directory) if options.only in case.id]
    if not cases:
        parser.error(f"no entries in {options.directory}")
    outcomes = [compare(case) for case in cases]
    if options.json:
        sys.stdout.write(json.dumps(_summary(outcomes), indent=2) + "\n")
    else:
        _print_table(outcomes)
        _print_reasons(outcomes, every=options.list)
    return 1 if any(outcome.verdict is Verdict.DIFFER for outcome in outcomes) else 0


def _counts(outcomes: list[Outcome]) -> dict[str, int]:
    counted = {"entries": len(outcomes)}
    for verdict in Verdict:
        counted[str(verdict)] = sum(outcome.verdict is verdict for outcome in outcomes)
    return counted


def _by_estimator(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    grouped: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.case.estimator].append(outcome)
    return dict(sorted(grouped.items()))


def _worst(outcomes: list[Outcome]) -> float:
    compared = (Verdict.AGREE, Verdict.REFUSED_WITH_REASON)
    return max((outcome.worst for outcome in outcomes if outcome.verdict in compared), default=0.0)


def _summary(outcomes: list[Outcome]) -> dict[str, object]:
    by_estimator = {
        name: {**_counts(group), "worst_relative_difference": _worst(group)}
        for name, group in _by_estimator(outcomes).items()
    }
    return {**_counts(outcomes), "by_estimator": by_estimator}


def _print_table(outcomes: list[Outcome]) -> None:
    heads = ("estimator", "entries", "agree", "differ", "unsupported", "refused", "worst relative difference")
    line = "{:<26}{:>8}{:>8}{:>8}{:>13}{:>9}{:>27}\n"
    sys.stdout.write(line.format(*heads))
    for name, group in [*_by_estimator(outcomes).items(), ("all", outcomes)]:
        sys.stdout.write(line.format(name, *_counts(group).values(), f"{_worst(group):.2g}"))


def _print_reasons(outcomes: list[Outcome], *, every: bool) -> None:
    """Every entry that differs; of the unsupported and refused, each reason once with how many."""
    reasons: dict[tuple[Verdict, str, str], int] = defaultdict(int)
    for outcome in outcomes:
        if outcome.verdict is Verdict.DIFFER or (every and outcome.verdict is not Verdict.AGREE):
            sys.stdout.write(f"{outcome.verdict}: {outcome.case.id}: {outcome.reason}\n")
        elif outcome.verdict in (Verdict.UNSUPPORTED, Verdict.REFUSED_WITH_REASON):
            reasons[outcome.verdict, outcome.case.estimator, outcome.reason] += 1
    for (verdict, estimator, reason), times in reasons.items():
        sys.stdout.write(f"{verdict}: {times} × {estimator}: {reason}\n")


if __name__ == "__main__":
    raise SystemExit(main())
