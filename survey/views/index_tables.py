"""The results of an index round as plain values, for the CSV file of the page and for the API."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

from analysis.display import half_up
from survey.models import IndexRound
from survey.services.index_inputs import AppraisedBasis, MissingReason, SatisfactionBasis, SurveyBasis
from survey.services.index_scores import IndexResults, LeafResult, SheetResult

# Spreadsheets set to Vietnamese open CSV in UTF-8 rightly only with the mark in front.
BYTE_ORDER_MARK = "\ufeff"
STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
LEAF_DECIMALS = 10
COUNT_IS_WITHHELD = frozenset({MissingReason.TOO_FEW_ANSWERS.value, MissingReason.COMPLEMENTARY.value})


def unit_row(sheet: SheetResult, *, decimals: int) -> dict[str, object]:
    """One unit: numbers rounded half-up as the table prints them, as text with a decimal point."""

    def printed(value: Decimal | None) -> str | None:
        return None if value is None else format(half_up(value, decimals=decimals), "f")

    score, change, interval = sheet.score, sheet.change, sheet.index_interval
    return {
        "unit_code": sheet.unit_code,
        "unit_name": sheet.unit_names.get("vi", ""),
        "group": sheet.group,
        "status": score.status.value,
        "is_ranked": sheet.is_ranked,
        "rank": sheet.rank,
        "is_tied": sheet.is_tied,
        "appraised_points": printed(score.appraised_points),
        "leaders_points": printed(sheet.leaders_points),
        "satisfaction_points": printed(sheet.satisfaction_points),
        "bonus_points": printed(score.bonus_points),
        "penalty_points": printed(score.penalty_points),
        "total_points": printed(score.total_points),
        "applicable_points": printed(score.applicable_points),
        "index": printed(score.index),
        "index_low": None if interval is None else printed(interval.low),
        "index_high": None if interval is None else printed(interval.high),
        "class": None if sheet.unit_class is None else sheet.unit_class.code,
        "index_change": None if change is None else printed(change.index_change),
        "rank_change": None if change is None else change.rank_change,
        "missing": " ".join(score.missing),
        "not_applicable": " ".join(score.not_applicable),
    }


def leaf_row(leaf: LeafResult) -> dict[str, object]:
    """One leaf with its points, unrounded up to ten decimals, and what they were made from."""
    interval, entry = leaf.score.interval, leaf.entry
    basis = None if entry is None else entry.basis
    reason = None if entry is None or entry.missing_reason is None else entry.missing_reason.value
    row: dict[str, object] = {
        "code": leaf.leaf.code,
        "kind": leaf.leaf.kind.value,
        "state": leaf.score.state.value,
        "max_points": exact(leaf.leaf.max_points),
        "points": exact(leaf.score.points),
        "points_low": None if interval is None else exact(interval.low),
        "points_high": None if interval is None else exact(interval.high),
        "missing_reason": reason,
        "figure": None,
        "answer_count": None,
        "note": None,
    }
    match basis:
        case SatisfactionBasis():
            row |= {"figure": basis.figure.value, "answer_count": basis.respondent_count}
        case SurveyBasis():
            row |= {"answer_count": min(question.answered_count for question in basis.questions)}
        case AppraisedBasis():
            row |= {"note": basis.note}
    return row if reason not in COUNT_IS_WITHHELD else row | {"answer_count": None}


def exact(value: Decimal | None) -> str | None:
    """The digits without trailing zeros."""
    if value is None:
        return None
    text = format(half_up(value, decimals=LEAF_DECIMALS), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_header(index_round: IndexRound, results: IndexResults) -> dict[str, object]:
    """What the figures are: the round, its set, its sources and the time they were computed."""
    criteria_set, figure = index_round.criteria_set, index_round.satisfaction_figure
    satisfaction, leaders = index_round.satisfaction_round, index_round.leaders_round
    return {
        "round": index_round.code,
        "names": index_round.names,
        "year": index_round.index_year,
        "criteria_set": criteria_set.code,
        "criteria_set_version": criteria_set.version,
        "criteria_set_is_official": criteria_set.is_official,
        "criteria_set_notes": criteria_set.source_notes,
        "satisfaction_round": None if satisfaction is None else satisfaction.code,
        "satisfaction_figure": None if figure is None else figure.value,
        "leaders_round": None if leaders is None else leaders.code,
        "previous_round": results.previous_round_code,
        "decimals": results.decimals,
        "is_demonstration": index_round.is_demonstration,
        "is_whole": results.is_whole,
        "computed_at": results.computed_at.isoformat(),
    }


def units_csv(index_round: IndexRound, results: IndexResults) -> str:
    """One row a unit, in the order of the table; every row says which round and set it is of."""
    rows = [
        {**_row_header(index_round), **unit_row(sheet, decimals=results.decimals)} for sheet in results.sheets
    ]
    return _csv(rows)


def leaves_csv(index_round: IndexRound, results: IndexResults) -> str:
    """One row a unit and leaf."""
    rows = [
        {**_row_header(index_round), "unit_code": sheet.unit_code, **leaf_row(leaf)}
        for sheet in results.sheets
        for leaf in sheet.leaves
    ]
    return _csv(rows)


def _row_header(index_round: IndexRound) -> dict[str, object]:
    return {
        "round": index_round.code,
        "year": index_round.index_year,
        "criteria_set": f"{index_round.criteria_set.code}/{index_round.criteria_set.version}",
        "is_demonstration": index_round.is_demonstration,
    }


def _csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """Truth values as true and false, and no text that a spreadsheet would run as a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(STARTS_OF_FORMULAS) and not NUMBER.fullmatch(value):
        return f"'{value}"
    return value
