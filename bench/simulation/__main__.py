"""Run the simulations and put their tables into the methodology; exit code 1 when a promise is not kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bench.simulation import coverage, ranks, streams, tables

SEED = 20261124
COVERAGE_RUNS, PUBLIC_RUNS, RANK_RUNS, STREAM_RUNS = 10_000, 200, 1000, 400
DOCUMENT = Path("docs/methodology.md")
BEGIN, END = "<!-- simulation: begin -->", "<!-- simulation: end -->"
AGREEMENT = 1e-9  # of limits in one piece of arithmetic and in another

Ranks = Mapping[ranks.Scenario, Mapping[str, ranks.Performance]]
Streams = Mapping[streams.Scenario, tuple[streams.World, Mapping[str, streams.Performance]]]


def main() -> int:
    """Simulate, write, and tell by the exit code whether the promises are kept."""
    start = time.monotonic()
    cells = simulate_coverage()
    apart = compare_with_share()
    parts = [
        interval_report(cells, apart=apart),
        rank_report(simulate_ranks()),
        stream_report(simulate_streams()),
    ]
    head = f"Made by `make simulate` with seed {SEED}; what is written between the markers is lost."
    write("\n\n".join([head, *("\n".join(part) for part in parts)]), document=DOCUMENT)
    broken = [cell.setting for cell in cells if tables.breaks_the_promise(cell)]
    for setting in broken:
        say(f"covered too rarely and not flagged: {setting}")
    if apart > AGREEMENT:
        say(f"share() differs from the vectorized limits by {apart:.2g}")
    say(f"Written to {DOCUMENT} after {time.monotonic() - start:.0f} s.")
    return 1 if broken or apart > AGREEMENT else 0


def simulate_coverage() -> list[coverage.Cell]:
    """Every setting of the intervals."""
    settings = list(coverage.settings())
    cells = []
    for place, setting in enumerate(settings):
        random = np.random.default_rng([SEED, 1, place])
        cells.append(coverage.simulate(setting, runs=COVERAGE_RUNS, random=random))
        if (place + 1) % 45 == 0:
            say(f"intervals: {place + 1} of {len(settings)} settings")
    return cells


def compare_with_share() -> float:
    """The largest difference between the vectorized limits and those of the public function."""
    chosen = {(0.1, 50), (0.7, 100), (0.98, 300)}
    settings = [each for each in coverage.settings() if (each.share, each.size) in chosen]
    apart = 0.0
    for place, setting in enumerate(settings):
        random = np.random.default_rng([SEED, 2, place])
        apart = max(apart, coverage.largest_difference_from_share(setting, runs=PUBLIC_RUNS, random=random))
    say(f"share() agrees to {apart:.1g} in {len(settings)} settings of {PUBLIC_RUNS} domains")
    return apart


def simulate_ranks() -> Ranks:
    """Every scenario of units to rank."""
    results = {}
    for place, scenario in enumerate(ranks.Scenario):
        random = np.random.default_rng([SEED, 4, place])
        results[scenario] = ranks.simulate(scenario, runs=RANK_RUNS, random=random)
        say(f"ranks: {scenario}")
    return results


def simulate_streams() -> Streams:
    """Every scenario of a self-selected stream."""
    results = {}
    for place, scenario in enumerate(streams.Scenario):
        random = np.random.default_rng([SEED, 3, place])
        results[scenario] = streams.simulate(scenario, runs=STREAM_RUNS, random=random)
        say(f"stream: {scenario}")
    return results


def interval_report(cells: list[coverage.Cell], *, apart: float) -> Iterator[str]:
    """What came of the intervals."""
    yield "### Intervals for shares"
    yield ""
    yield (
        f"{COVERAGE_RUNS:,} samples a setting (error of a coverage: 0.2 points). deff 1: people drawn one by "
        "one; else PSUs of 5 (n up to 100), 10 (n = 300) or 20 people (n = 1000), whose answers are "
        "beta-binomial with the intraclass correlation (deff - 1) / (people of a PSU - 1). Equal weights, "
        f"with replacement. Bold: below {coverage.WANTED:.0%}. Shares of exactly 0 and 1 have the one-sided "
        "interval on n. `analysis.estimation.share` gives the same limits on "
        f"{PUBLIC_RUNS} samples of twelve settings (largest difference {apart:.0e})."
    )
    yield ""
    yield from tables.coverage_summary(cells)
    yield ""
    yield from tables.coverage_tables(cells)


def rank_report(results: Ranks) -> Iterator[str]:
    """What came of the sets of ranks."""
    yield "### Ranks"
    yield ""
    yield (
        f"{RANK_RUNS:,} times {ranks.UNITS} units with a standard error of {100 * ranks.ERROR:g} points, and "
        "sets of ranks at 95 %. Joint sets hold all true ranks at once in 95 % or more; sets made for one "
        "unit at a time do not, and must not be read together. Equal units share rank 1. Held: in %."
    )
    yield ""
    yield from tables.rank_table(results)


def stream_report(results: Streams) -> Iterator[str]:
    """What came of the streams."""
    people = streams.STRATA * streams.PSUS * streams.PEOPLE
    drawn = streams.STRATA * streams.DRAWN_PSUS * streams.DRAWN_PEOPLE
    yield "### A self-selected stream beside a sample"
    yield ""
    yield (
        f"{STREAM_RUNS} times from one population of {people:,} a scenario: a two-stage sample of {drawn} "
        "people, and a stream of about one in seven, who come each by their own chance. Both models, of "
        "participation and of the answer, are linear in sex and age; where one is wrong, the truth has a "
        "strong crossing of the two. Points of percentage; coverage of 95 % intervals in %. Where both are "
        "wrong, the stream alone can be nearer by accident: two biases cancel there. Where people come for "
        "what they have to say, no adjustment by covariates helps, and only the sample tells."
    )
    yield ""
    yield from tables.stream_table(results)


def write(text: str, *, document: Path) -> None:
    """Replace what stands between the markers of the document."""
    before, found, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise SystemExit(f"{document} has no {BEGIN} … {END}.")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def say(text: str) -> None:
    """Tell how far the work has come."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
