"""Reading a criteria set from a table of text, such as a spreadsheet saved as CSV.

The table begins with rows whose first cell starts with `#`: a key and its value. Then come the column
names, then one row per area, criterion and sub-criterion; blank rows may stand anywhere.

    #code,BL-HUYEN-2020-DEMO
    #total_points,100
    code,level,name_vi,name_en,max_points,kind,formula,parameters,questions,not_applicable,evidence,note
    1,area,Công tác chỉ đạo…,Steering…,12,,,,,,,
    1.1,criterion,Kế hoạch…,Plan…,3,,,,,,,
    1.1.2,sub_criterion,Mức độ hoàn thành…,Completion…,2,SELF,RATIO_FLOOR,"{""floor"": 0.8}",,never,,

Keys: `code`, `version`, `year`, `unit_kind`, `name_vi`, `name_en` (required); `official` (yes or no, default
no), `legal_basis`, `note_vi`, `note_en`, `total_points` (default 100), `bonus_cap`, `penalty_cap`.
Columns: `parameters` is JSON (`analysis.index.parameters`); `questions` are codes separated by `;`;
`not_applicable` is `allowed` or `never` (default). Numbers carry a decimal point. A criterion belongs to
the area whose code its own continues, a sub-criterion to such a criterion; BONUS and PENALTY rows are
sub-criteria without a parent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from analysis.errors import IndexDefinitionError, Problem
from analysis.index.checks import check_criteria_set
from analysis.index.definition import (
    EXTRA_KINDS,
    Area,
    CriteriaSet,
    Criterion,
    LeafKind,
    NotApplicable,
    SubCriterion,
)
from analysis.index.formulas import External, Formula, Name
from analysis.index.parameters import ParameterError, formula_from_parameters

COLUMNS = (
    "code",
    "level",
    "name_vi",
    "name_en",
    "max_points",
    "kind",
    "formula",
    "parameters",
    "questions",
    "not_applicable",
    "evidence",
    "note",
)
HEADER_KEYS = (
    "code",
    "version",
    "year",
    "unit_kind",
    "name_vi",
    "name_en",
    "official",
    "legal_basis",
    "note_vi",
    "note_en",
    "total_points",
    "bonus_cap",
    "penalty_cap",
)
LEVELS = ("area", "criterion", "sub_criterion")
_HEADER = 0
_LEAF_COLUMNS = COLUMNS[COLUMNS.index("kind") :]


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def place(self, column: str) -> str:
        return f"header, {column}" if self.number == _HEADER else f"row {self.number}, column {column}"


@dataclass
class _Reader:
    """Collects problems while the table is read, so that all are reported together."""

    problems: list[Problem] = field(default_factory=list)

    def report(self, row: _Row, column: str, code: str, message: str) -> None:
        self.problems.append(Problem(code, row.place(column), message, {"value": row.text(column)}))

    def name(self, row: _Row) -> Name:
        for column in ("name_vi", "name_en"):
            if not row.text(column):
                self.report(row, column, "missing-text", "the name is missing.")
        return Name(vi=row.text("name_vi"), en=row.text("name_en"))

    def points(self, row: _Row, column: str = "max_points", *, default: Decimal | None = None) -> Decimal:
        text = row.text(column)
        if not text and default is not None:
            return default
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
        self.report(row, column, "not-a-number", f"{text!r} is not a number with a decimal point.")
        return Decimal(0)

    def whole(self, row: _Row, column: str) -> int:
        text = row.text(column)
        if text.isdecimal():
            return int(text)
        self.report(row, column, "not-a-number", f"{text!r} is not a whole number.")
        return 0

    def one_of(self, row: _Row, column: str, allowed: Sequence[str], *, default: str = "") -> str:
        text = row.text(column) or default
        if text not in allowed:
            self.report(row, column, "unknown-word", f"{text!r} is not one of {', '.join(allowed)}.")
        return text


def criteria_set_from_table(rows: Iterable[Sequence[str]]) -> CriteriaSet:
    """The set in a table whose rows are lists of cells, as `csv.reader` gives them.

    Raises `IndexDefinitionError` naming every problem with its row (the first row of the table is 1).
    """
    header: dict[str, str] = {}
    columns: list[str] | None = None
    body: list[_Row] = []
    reader = _Reader()
    for number, cells in enumerate(rows, start=1):
        texts = [cell.strip().removeprefix("\ufeff") for cell in cells]
        if not any(texts):
            continue
        if texts[0].startswith("#"):
            header[texts[0].lstrip("# ")] = texts[1] if len(texts) > 1 else ""
        elif columns is None:
            columns = texts
            _check_columns(columns, number, reader)
        else:
            if any(texts[len(columns) :]):
                reader.report(_Row(number, {}), "beyond the last", "spare-cell", "there is a cell too many.")
            body.append(_Row(number, dict(zip(columns, texts, strict=False))))
    return _build(header, body, reader)


def criteria_set_from_rows(header: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> CriteriaSet:
    """The set from its header and its rows by column name, e.g. out of a database; rows count from 1.

    Raises `IndexDefinitionError` naming every problem.
    """
    return _build(header, [_Row(number, row) for number, row in enumerate(rows, start=1)], _Reader())


def _check_columns(columns: Sequence[str], number: int, reader: _Reader) -> None:
    for column in COLUMNS:
        if columns.count(column) != 1:
            reader.report(_Row(number, {}), column, "column-missing", "the column must stand here once.")
    for column in columns:
        if column not in COLUMNS:
            reader.report(_Row(number, {}), column, "unknown-column", "there is no such column.")


def _build(header: Mapping[str, str], rows: Sequence[_Row], reader: _Reader) -> CriteriaSet:
    by_level: dict[str, list[_Row]] = {level: [] for level in LEVELS}
    for row in rows:
        level = reader.one_of(row, "level", LEVELS)
        if not row.text("code"):
            reader.report(row, "code", "missing-text", "the code is missing.")
        if level in by_level:
            by_level[level].append(row)
    leaves = [(row, _leaf(row, reader)) for row in by_level["sub_criterion"]]
    inside = [(row, leaf) for row, leaf in leaves if leaf.kind not in EXTRA_KINDS]
    criteria = [(row, _criterion(row, inside, reader)) for row in by_level["criterion"]]
    areas = [_area(row, criteria, reader) for row in by_level["area"]]
    _report_orphans([row for row, _ in inside], by_level["criterion"], reader)
    _report_orphans(by_level["criterion"], by_level["area"], reader)
    shell = _shell(header, reader)
    built = replace(
        shell,
        areas=tuple(areas),
        bonuses=tuple(leaf for _, leaf in leaves if leaf.kind is LeafKind.BONUS),
        penalties=tuple(leaf for _, leaf in leaves if leaf.kind is LeafKind.PENALTY),
    )
    # A table that could not be read has sums that mean nothing; say first what could not be read.
    problems = reader.problems or _located(check_criteria_set(built), rows)
    if problems:
        raise IndexDefinitionError(f"The criteria set {shell.code} cannot be used.", problems=problems)
    return built


def _located(problems: Sequence[Problem], rows: Sequence[_Row]) -> list[Problem]:
    row_of = {row.text("code"): row.number for row in rows}
    return [
        replace(problem, place=f"row {row_of[problem.place]}, {problem.place}")
        if problem.place in row_of
        else problem
        for problem in problems
    ]


def _report_orphans(children: Sequence[_Row], parents: Sequence[_Row], reader: _Reader) -> None:
    codes = {row.text("code") for row in parents}
    for row in children:
        parent = row.text("code").rpartition(".")[0]
        if parent not in codes:
            reader.report(
                row, "code", "no-parent", f"{row.text('code')} stands under no row {parent or 'above it'}."
            )


def _area(row: _Row, criteria: Sequence[tuple[_Row, Criterion]], reader: _Reader) -> Area:
    _report_leaf_cells(row, reader)
    code = row.text("code")
    return Area(
        code=code,
        name=reader.name(row),
        max_points=reader.points(row),
        criteria=tuple(child for _, child in criteria if child.code.rpartition(".")[0] == code),
    )


def _criterion(row: _Row, leaves: Sequence[tuple[_Row, SubCriterion]], reader: _Reader) -> Criterion:
    _report_leaf_cells(row, reader)
    code = row.text("code")
    return Criterion(
        code=code,
        name=reader.name(row),
        max_points=reader.points(row),
        sub_criteria=tuple(leaf for _, leaf in leaves if leaf.code.rpartition(".")[0] == code),
    )


def _report_leaf_cells(row: _Row, reader: _Reader) -> None:
    for column in _LEAF_COLUMNS:
        if row.text(column):
            reader.report(row, column, "spare-cell", "only sub-criteria have an entry here.")


def _leaf(row: _Row, reader: _Reader) -> SubCriterion:
    kind = reader.one_of(row, "kind", list(LeafKind))
    not_applicable = reader.one_of(row, "not_applicable", list(NotApplicable), default=NotApplicable.NEVER)
    return SubCriterion(
        code=row.text("code"),
        name=reader.name(row),
        max_points=reader.points(row),
        kind=LeafKind(kind) if kind in list(LeafKind) else LeafKind.SELF,
        formula=_formula(row, reader),
        questions=tuple(part.strip() for part in row.text("questions").split(";") if part.strip()),
        not_applicable=NotApplicable(not_applicable)
        if not_applicable in list(NotApplicable)
        else NotApplicable.NEVER,
        evidence=row.text("evidence"),
        note=row.text("note"),
    )


def _formula(row: _Row, reader: _Reader) -> Formula:
    try:
        # Numbers become decimals here, before any binary float can exist.
        parameters = json.loads(row.text("parameters") or "{}", parse_float=Decimal)
        if not isinstance(parameters, dict):
            reader.report(row, "parameters", "bad-parameter", "parameters must stand in braces { }.")
            return External()
        return formula_from_parameters(row.text("formula"), parameters)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg} at character {error.pos + 1}."
        reader.report(row, "parameters", "bad-parameter", message)
    except ParameterError as error:
        column = "formula" if error.code == "unknown-formula" else "parameters"
        reader.report(row, column, error.code, error.message)
    return External()


def _shell(header: Mapping[str, str], reader: _Reader) -> CriteriaSet:
    """The set without its tree; header problems are located by their key."""
    row = _Row(_HEADER, header)
    for key in header:
        if key not in HEADER_KEYS:
            reader.report(row, key, "unknown-key", "there is no such key.")
    for key in ("code", "unit_kind"):
        if not row.text(key):
            reader.report(row, key, "missing-text", "the value is missing.")
    official = reader.one_of(row, "official", ("yes", "no"), default="no")
    return CriteriaSet(
        code=row.text("code"),
        version=reader.whole(row, "version"),
        year=reader.whole(row, "year"),
        unit_kind=row.text("unit_kind"),
        name=reader.name(row),
        is_official=official == "yes",
        legal_basis=row.text("legal_basis"),
        note=Name(vi=row.text("note_vi"), en=row.text("note_en")),
        total_points=reader.points(row, "total_points", default=Decimal(100)),
        bonus_cap=reader.points(row, "bonus_cap") if row.text("bonus_cap") else None,
        penalty_cap=reader.points(row, "penalty_cap") if row.text("penalty_cap") else None,
        areas=(),
    )
