"""The simulations as Markdown: what failed first, then everything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.estimation import IntervalMethod
from bench.simulation import ranks
from bench.simulation.coverage import (
    DESIGN_EFFECTS,
    LEAST_EFFECTIVE,
    METHODS,
    SHARES,
    SIZES,
    WANTED,
    Cell,
    Setting,
)
from bench.simulation.streams import Performance, Scenario, World

PROMISED = (IntervalMethod.LOGIT, IntervalMethod.BETA, IntervalMethod.BETA_CAPPED, IntervalMethod.WILSON)
MOSTLY = 0.5  # a setting counts as flagged when the rules warn in more than half of its samples
NAMES: Mapping[IntervalMethod, str] = {
    IntervalMethod.LOGIT: "logit",
    IntervalMethod.BETA: "Korn–Graubard",
    IntervalMethod.BETA_CAPPED: "Korn–Graubard, n_e ≤ n",
    IntervalMethod.WILSON: "Wilson",
    IntervalMethod.ARCSINE: "arcsine",
    IntervalMethod.LIKELIHOOD: "likelihood",
    IntervalMethod.MEAN: "mean ± t × SE",
}


def falls_short(cell: Cell) -> bool:
    """Whether a promised interval covers too rarely where the effective sample is large enough."""
    enough = cell.setting.effective_sample_size >= LEAST_EFFECTIVE
    return enough and min(cell.coverage[method] for method in PROMISED) < WANTED


def breaks_the_promise(cell: Cell) -> bool:
    """Whether it does, and the publication rules do not warn of it."""
    return falls_short(cell) and cell.warned <= MOSTLY


def coverage_summary(cells: Sequence[Cell]) -> Iterator[str]:
    """How many settings keep the promise, and every one that covers less than it."""
    asked = [cell for cell in cells if cell.setting.effective_sample_size >= LEAST_EFFECTIVE]
    short = [cell for cell in asked if falls_short(cell)]
    broken = [cell for cell in short if breaks_the_promise(cell)]
    yield (
        f"Of {len(asked)} settings with an effective sample of {LEAST_EFFECTIVE:g} or more, the logit, "
        f"Korn–Graubard and Wilson intervals all cover {WANTED:.0%} or more in {len(asked) - len(short)}. "
        f"In the other {len(short)} the rarer answer has few effective respondents; the rules of publication "
        f"flag or suppress more than half of the samples in {len(short) - len(broken)} of these."
    )
    yield ""
    if not short:
        return
    heads = [
        "deff",
        "n",
        "n_e",
        "p",
        *(NAMES[method] for method in PROMISED),
        "flagged or suppressed",
        "missed unflagged",
    ]
    yield from table(
        heads,
        (
            [
                f"{cell.setting.design_effect:g}",
                f"{cell.setting.size}",
                f"{cell.setting.effective_sample_size:.0f}",
                f"{cell.setting.share:g}",
                *(_percent(cell.coverage[method]) for method in PROMISED),
                f"{cell.warned:.0%}",
                f"{max(cell.missed_unwarned[method] for method in PROMISED):.1%}",
            ]
            for cell in short
        ),
    )


def coverage_tables(cells: Sequence[Cell]) -> Iterator[str]:
    """One table an interval, and one of how often the publication rules warn."""
    for method in METHODS:
        yield f"**{NAMES[method]}**: coverage in %"
        yield ""
        yield from _grid({cell.setting: _percent(cell.coverage[method]) for cell in cells})
        yield ""
    yield "**Publication rules**: samples flagged or suppressed, in %"
    yield ""
    yield from _grid({cell.setting: f"{100 * cell.warned:.0f}" for cell in cells})


def _grid(shown: Mapping[Setting, str]) -> Iterator[str]:
    rows = []
    for effect in DESIGN_EFFECTS:
        for size in SIZES:
            first = Setting(SHARES[0], size, effect)
            told = [shown[Setting(value, size, effect)] for value in SHARES]
            rows.append([f"{effect:g}", f"{size}", f"{first.psu_count}", f"{size / effect:.0f}", *told])
    return table(["deff", "n", "PSUs", "n_e", *(f"p = {value:g}" for value in SHARES)], rows)


def stream_table(results: Mapping[Scenario, tuple[World, Mapping[str, Performance]]]) -> Iterator[str]:
    """Bias, error and coverage of every estimator in every scenario."""
    heads = ["the truth", "estimator", "bias", "SD", "mean SE", "root MSE", "coverage", "no estimate"]
    rows = []
    for scenario, (_, performances) in results.items():
        for name, each in performances.items():
            rows.append(
                [
                    scenario,
                    name.replace("_", " "),
                    f"{100 * each.bias:+.1f}",
                    f"{100 * each.standard_deviation:.2f}",
                    f"{100 * each.mean_standard_error:.2f}",
                    f"{100 * each.root_mean_squared_error:.2f}",
                    f"{100 * each.coverage:.1f}",
                    f"{each.refused}",
                ]
            )
    return table(heads, rows)


def rank_table(results: Mapping[ranks.Scenario, Mapping[str, ranks.Performance]]) -> Iterator[str]:
    """Coverage and width of sets of ranks, by scenario and method."""
    heads = ["the truth", "method", "all ranks held", "one unit's rank held", "ranks in a set"]
    rows = [
        [
            scenario,
            name,
            f"{100 * each.together:.1f}",
            f"{100 * each.single:.1f}",
            f"{each.width:.1f}",
        ]
        for scenario, performances in results.items()
        for name, each in performances.items()
    ]
    return table(heads, rows)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _percent(value: float) -> str:
    text = f"{math.floor(1000 * value) / 10:.1f}"  # never rounded up to what is wanted
    return text if value >= WANTED else f"**{text}**"
