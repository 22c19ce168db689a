"""The on-site reports as files: every row says by which scheme it was made, and that it is not verified."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from analysis.display import half_up
from survey.domain.quarters import PROVINCE_TIME, Quarter
from survey.services.on_site import DossierLine, OfficerResult, UnitResult
from survey.services.on_site_definitions import SchemeDefinition

# Spreadsheets read Vietnamese letters in UTF-8 rightly only with the mark in front.
BYTE_ORDER_MARK = "\ufeff"
STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, object]


def units_csv(quarter: Quarter, definition: SchemeDefinition, results: Sequence[UnitResult]) -> str:
    """Mẫu 03: one row a unit. Numbers carry a decimal point and are rounded as they are printed."""
    return _table([{**_made_by(quarter, definition), **_unit(definition, result)} for result in results])


def officers_csv(quarter: Quarter, definition: SchemeDefinition, results: Sequence[OfficerResult]) -> str:
    """One row an officer."""
    decimals = definition.scheme.decimals
    return _table(
        [
            {
                **_made_by(quarter, definition),
                "officer_code": result.officer_code,
                "dossier_count": result.dossier_count,
                **{
                    f"index_{number}": _printed(result.means[number].mean, decimals)
                    for number in definition.scheme.officer_indices
                },
                "score": _printed(result.score, decimals),
                "class": result.class_code,
            }
            for result in results
        ]
    )


def dossiers_csv(
    quarter: Quarter, definition: SchemeDefinition, lines: Sequence[DossierLine], *, officers: str
) -> str:
    """Mẫu 01: one row a dossier; `officers` is "named", or "left out" for readers who may not see them."""
    named = officers == "named"
    return _table(
        [
            {
                **_made_by(quarter, definition),
                "code": line.code,
                "version": line.version,
                "procedure_code": line.procedure_code,
                **({"officer_code": line.officer_code} if named else {}),
                "received_at": _moment(line.received_at),
                "due_on": line.due_on,
                "returned_at": _moment(line.returned_at),
                **{f"index_{number}": points for number, points in line.points.items()},
            }
            for line in lines
        ]
    )


def _unit(definition: SchemeDefinition, result: UnitResult) -> Row:
    decimals = definition.scheme.decimals
    shares = result.ratings.shares or {}
    return {
        "unit_code": result.unit.code,
        "unit_name": result.unit.names.get("vi", ""),
        "dossier_count": result.dossier_count,
        **{
            f"index_{index.number}": _index(result, index.number, decimals)
            for index in definition.scheme.indices
        },
        "total": _printed(result.total, decimals),
        "class": result.class_code,
        "rank": result.rank,
        "missing_indices": " ".join(map(str, result.missing_indices)),
        "rated_count": result.ratings.rated_count,
        **{f"{level.value}_percent": _printed(share * 100, decimals) for level, share in shares.items()},
    }


def _index(result: UnitResult, number: int, decimals: int) -> object:
    if number in result.period_points:
        return result.period_points[number].counted
    return _printed(result.means[number].mean, decimals)


def _made_by(quarter: Quarter, definition: SchemeDefinition) -> Row:
    source = definition.provenance
    return {
        "quarter": str(quarter),
        "scheme": source.code,
        "scheme_version": source.version,
        "scheme_is_verified": "true" if source.is_verified else "false",
    }


def _printed(value: Fraction | None, decimals: int) -> str | None:
    return None if value is None else format(half_up(value, decimals=decimals), "f")


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(PROVINCE_TIME).isoformat(timespec="minutes")


def _table(rows: Sequence[Row]) -> str:
    """CSV after RFC 4180; no text is read as a formula. Columns in the order in which rows bring them."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    header = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(STARTS_OF_FORMULAS) else text
