"""What the frame file and the totals file of a sampled round say about the population."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forms.questionnaire import Item
from survey.domain.wording import N_, english
from survey.services.csv_rows import ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows

FRAME_COLUMNS = Columns(required=("stratum", "psu", "population_count"), optional=("organisation_code",))
TOTAL_COLUMN = "total"
CELL_SEPARATOR = "|"
UNKNOWN_ORGANISATION = N_("There is no organisation %(value)s.")


@dataclass(frozen=True)
class FramePsu:
    """One primary sampling unit of a frame."""

    stratum: str
    psu: str
    population_count: int
    organisation_id: int | None


@dataclass(frozen=True)
class CellTotal:
    """The known population of one cell; `cell` joins answer codes with `|`."""

    cell: str
    total: int


def read_frame(file: CsvFile, *, organisations: Mapping[str, int]) -> list[FramePsu]:
    """The PSUs of a frame file. Raises ImportRefusedError with everything that is wrong."""
    log = ProblemLog(file.name, english)
    rows = read_rows(file, FRAME_COLUMNS, log=log)
    psus = [
        FramePsu(
            stratum=row.label("stratum"),
            psu=row.label("psu"),
            population_count=row.whole_number("population_count", least=1) or 0,
            organisation_id=row.entry("organisation_code", organisations, unknown=UNKNOWN_ORGANISATION),
        )
        for row in rows
    ]
    note_repeats(rows, "psu", message=N_("%(value)s stands in line %(line)d already."))
    log.refuse()
    return psus


def read_totals(file: CsvFile, *, items: Sequence[Item]) -> list[CellTotal]:
    """The population by the crossed answers of `items`. Raises ImportRefusedError with every problem."""
    log = ProblemLog(file.name, english)
    codes = {item.code: {str(code): str(code) for code in item.codes} for item in items}
    rows = read_rows(file, Columns(required=(*codes, TOTAL_COLUMN)), log=log)
    totals = []
    for row in rows:
        parts = []
        for column, known in codes.items():
            row.text(column)  # notes an empty cell
            parts.append(row.entry(column, known, unknown=N_("There is no answer %(value)s.")) or "")
        totals.append(CellTotal(CELL_SEPARATOR.join(parts), row.whole_number(TOTAL_COLUMN, least=1) or 0))
    note_repeats(rows, *codes, message=N_("Line %(line)d gives a total for the same cell already."))
    log.refuse()
    return totals


def missing_cells(totals: Iterable[CellTotal], items: Sequence[Item]) -> tuple[str, ...]:
    """Cells of the crossing without a total: nobody who falls into one can be weighted."""
    known = {total.cell for total in totals}
    crossed = itertools.product(*(_weighting_codes(item) for item in items))
    return tuple(cell for cell in map(CELL_SEPARATOR.join, crossed) if cell not in known)


def _weighting_codes(item: Item) -> list[str]:
    if item.scale is not None:
        return [str(code) for code in sorted(item.scale.level_codes)]
    return [choice.code for choice in item.choices]
