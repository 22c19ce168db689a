"""Figure rows: one flat record a figure, the same for the API, the files and the command."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from survey.domain.coverage import Coverage
from survey.domain.figures import Figure

COLUMNS = (
    "round",
    "unit",
    "by",
    "domain",
    "domain_name",
    "level",
    "code",
    "name",
    "factor",
    "measure",
    "figure_kind",
    "label",
    "value",
    "value_exact",
    "n",
    "standard_error",
    "lower",
    "upper",
    "confidence_level",
    "degrees_of_freedom",
    "design_effect",
    "method_version",
    "suppressed",
    "reason",
    "open_hours",
    "covered_hours",
    "missing_hours",
    "unknown_hours",
    "coverage",
    "days_without_data",
    "is_demonstration",
)
_BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read Vietnamese letters as another encoding
_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, str | float | int | bool | None]


def row_of(
    figure: Figure,
    *,
    round_code: str,
    unit_code: str | None,
    is_demonstration: bool,
    text_in: Callable[[Mapping[str, str]], str],
    label: str,
    coverage: Coverage | None = None,
) -> Row:
    """The figure as a record with `COLUMNS`.

    `label` says in words what it is, `unit_code` names the unit that undivided figures speak of. Shares are
    numbers from 0 to 1; `value_exact` is the same as a fraction where the figure is exact. What is withheld
    or does not exist is None. `coverage` is that of the opening hours, for figures of counters alone.
    """
    is_unit = figure.domain.by == "organisation"
    return {
        "round": round_code,
        "unit": figure.domain.code if is_unit else unit_code,
        "by": figure.domain.by or None,
        "domain": figure.domain.code or None,
        "domain_name": text_in(figure.domain.names),
        "level": figure.topic.level.value,
        "code": figure.topic.code,
        "name": text_in(figure.topic.names),
        "factor": figure.topic.factor,
        "measure": figure.measure.value,
        "figure_kind": figure.kind.value,
        "label": label,
        **_numbers(figure),
        "method_version": figure.method,
        "suppressed": figure.is_withheld,
        "reason": None if figure.reason.value == "enough_answers" else figure.reason.value,
        **_coverage(coverage),
        "is_demonstration": is_demonstration,
    }


def _coverage(found: Coverage | None) -> Row:
    """What is known of the opening hours behind a figure; without a device nothing is covered or missing."""
    is_known = found is not None and found.is_known
    return {
        "open_hours": found.open_seconds / 3600 if found is not None and found.open_seconds else None,
        "covered_hours": found.covered_seconds / 3600 if found is not None and is_known else None,
        "missing_hours": found.missing_seconds / 3600 if found is not None and is_known else None,
        "unknown_hours": found.unknown_seconds / 3600 if found is not None and found.open_seconds else None,
        "coverage": None if found is None else found.share,
        "days_without_data": len(found.dark_days) if found is not None and is_known else None,
    }


def _numbers(figure: Figure) -> Row:
    exact = figure.value if isinstance(figure.value, Fraction) else None
    return {
        "value": None if figure.value is None else float(figure.value),
        "value_exact": None if exact is None else f"{exact.numerator}/{exact.denominator}",
        "n": figure.respondent_count,
        "standard_error": figure.standard_error,
        "lower": figure.lower,
        "upper": figure.upper,
        "confidence_level": figure.confidence_level,
        "degrees_of_freedom": figure.degrees_of_freedom,
        "design_effect": figure.design_effect,
    }


def csv_table(rows: Sequence[Row]) -> str:
    """CSV after RFC 4180 with a byte order mark; no text is read as a formula by a spreadsheet."""
    buffer = io.StringIO()
    buffer.write(_BYTE_ORDER_MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[column]) for column in COLUMNS] for row in rows)
    return buffer.getvalue()


def _cell(value: str | float | bool | None) -> str:
    """A value as a cell: nothing is empty, truth values are true and false, texts cannot be formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_STARTS_OF_FORMULAS) else value
    return repr(value)
