"""Loading criteria sets from files: checked as a whole, stored once, never changed."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from analysis.errors import IndexDefinitionError
from analysis.errors import Problem as AnalysisProblem
from analysis.index.definition import Area, Criterion, SubCriterion
from analysis.index.definition import CriteriaSet as Definition
from analysis.index.formulas import Name, formula_code
from analysis.index.reading import criteria_set_from_table
from survey.domain.wording import english
from survey.errors import ImportRefusedError, Problem
from survey.models import CriteriaNode, CriteriaSet
from survey.queries import criteria as criteria_queries
from survey.services.csv_rows import ProblemLog
from survey.services.csv_tables import CsvFile, read_lines

Rows = Sequence[tuple[int, list[str]]]  # the line a row begins on, and its cells

# How analysis.index.reading says where: "row 7, column kind", "row 7, 1.1.2" or "header, year".
_ROW = re.compile(r"row (?P<row>\d+), (?:column (?P<column>.+)|(?P<code>.+))")
_HEADER = re.compile(r"header, (?P<key>.+)")


@dataclass(frozen=True)
class CriteriaFile:
    """A set read from a file and found whole; `content` is its table as plain CSV."""

    file_name: str
    definition: Definition
    content: str

    @property
    def content_hash(self) -> str:
        """The same for the same cells, however the spreadsheet separated or quoted them."""
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class StoredCriteriaSet:
    """The set in the database; `is_new` is false when it was there already."""

    criteria_set: CriteriaSet
    is_new: bool


def read_criteria_file(content: bytes, *, file_name: str) -> CriteriaFile:
    """Read and check a criteria set.

    Raises ImportRefusedError with everything that is wrong: encoding, columns, cells, and sums, codes and
    formulas that do not hold together, each with its line.
    """
    log = ProblemLog(file_name, english)
    rows = read_lines(CsvFile(file_name, content), log=log)
    log.refuse()
    try:
        definition = criteria_set_from_table(cells for _, cells in rows)
    except IndexDefinitionError as error:
        problems = [_located(problem, rows, file_name) for problem in error.problems]
        raise ImportRefusedError(problems) from error
    return CriteriaFile(file_name=file_name, definition=definition, content=_plain_csv(rows))


def store_criteria_set(session: Session, file: CriteriaFile, *, now: datetime) -> StoredCriteriaSet:
    """Store the set. The same content again changes nothing.

    Raises ImportRefusedError when this code and version is there with other content: a set that was used is
    never edited, a changed one needs the next version.
    """
    definition = file.definition
    stored = criteria_queries.find_criteria_set(session, definition.code, version=definition.version)
    if stored is not None:
        if stored.file_hash == file.content_hash:
            return StoredCriteriaSet(criteria_set=stored, is_new=False)
        message = (
            f"{definition.code} version {definition.version} was loaded before with other content and is"
            f" never edited. Give the changed set version {definition.version + 1}."
        )
        raise ImportRefusedError([Problem(message, file.file_name, column="version")])
    criteria_set = CriteriaSet(
        code=definition.code,
        version=definition.version,
        names=_names(definition.name),
        index_year=definition.year,
        is_official=definition.is_official,
        legal_basis=definition.legal_basis,
        source_notes=_names(definition.note),
        total_points=definition.total_points,
        content=file.content,
        file_hash=file.content_hash,
        loaded_at=now,
        nodes=_nodes(definition),
    )
    session.add(criteria_set)
    session.flush()
    return StoredCriteriaSet(criteria_set=criteria_set, is_new=True)


def _nodes(definition: Definition) -> list[CriteriaNode]:
    """Every area, criterion and sub-criterion, each parent before its children, extras last."""
    nodes: list[CriteriaNode] = []
    for area in definition.areas:
        nodes.append(_node(area, "area"))
        for criterion in area.criteria:
            nodes.append(_node(criterion, "criterion"))
            nodes += [_leaf_node(leaf) for leaf in criterion.sub_criteria]
    nodes += [_leaf_node(leaf) for leaf in (*definition.bonuses, *definition.penalties)]
    for position, node in enumerate(nodes):
        node.position = position
    return nodes


def _node(part: Area | Criterion | SubCriterion, level: str) -> CriteriaNode:
    return CriteriaNode(code=part.code, level=level, names=_names(part.name), max_points=part.max_points)


def _leaf_node(leaf: SubCriterion) -> CriteriaNode:
    node = _node(leaf, "sub_criterion")
    node.kind, node.formula = leaf.kind.value, formula_code(leaf.formula)
    return node


def _names(name: Name) -> dict[str, str]:
    return {"vi": name.vi, "en": name.en}


def _plain_csv(rows: Rows) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(cells for _, cells in rows)
    return text.getvalue()


def _located(problem: AnalysisProblem, rows: Rows, file_name: str) -> Problem:
    """The problem with the line of the file instead of the row of the table."""
    if match := _HEADER.fullmatch(problem.place):
        key = match["key"]
        return Problem(_sentence(problem.message), file_name, _header_lines(rows).get(key), f"#{key}")
    if match := _ROW.fullmatch(problem.place):
        line = rows[int(match["row"]) - 1][0]
        message = problem.message if match["code"] is None else f"{match['code']}: {problem.message}"
        return Problem(_sentence(message), file_name, line, match["column"])
    return Problem(f"{problem.place}: {problem.message}", file_name)


def _header_lines(rows: Rows) -> Mapping[str, int]:
    return {cells[0].strip().lstrip("# "): line for line, cells in rows if cells[0].strip().startswith("#")}


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
