"""Mappings of keyed-in paper: which column of somebody's file answers which item of a questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from forms.questionnaire import ItemKind, Questionnaire
from survey.domain.enums import Selection
from survey.errors import ImportRefusedError, Problem
from survey.services.csv_tables import CsvFile

SelectionValue = TypeVar("SelectionValue", bound=StrEnum)


@dataclass(frozen=True)
class MappedColumn:
    """One column of the file and the item it answers; `labels` turns the file's labels into choice codes."""

    column: str
    item_code: str
    labels: Mapping[str, str] | None


@dataclass(frozen=True)
class MappedRound:
    """The round the forms belong to; it is opened when it is not there."""

    code: str
    names: Mapping[str, str]
    selection: Selection
    opens_on: date
    closes_on: date | None
    organiser_code: str | None
    survey_code: str
    survey_names: Mapping[str, str]


@dataclass(frozen=True)
class PaperMapping:
    """How a file of keyed-in forms is read. Only rows whose `row_column` is `row_value` count, if given."""

    name: str
    questionnaire_code: str
    questionnaire_version: int
    round: MappedRound
    language: str
    row_column: str | None
    row_value: str
    id_column: str
    columns: tuple[MappedColumn, ...]

    @property
    def file_columns(self) -> tuple[str, ...]:
        """Every column the file must have, each once."""
        selecting = () if self.row_column is None else (self.row_column,)
        return tuple(dict.fromkeys((self.id_column, *selecting, *(c.column for c in self.columns))))


def read_mapping(file: CsvFile) -> PaperMapping:
    """The mapping in a YAML file. Raises ImportRefusedError with every key missing, wrong or unknown."""
    try:
        document = yaml.safe_load(file.content.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ImportRefusedError(
            [Problem(f"The file is not YAML in UTF-8: {error}", file=file.name)]
        ) from error
    root = _Node(document, path="", file=file.name, problems=[])
    questionnaire = root.child("questionnaire")
    rows = root.child("rows", is_optional=True)
    mapping = PaperMapping(
        name=file.name,
        questionnaire_code=questionnaire.text("code"),
        questionnaire_version=questionnaire.number("version"),
        round=_mapped_round(root),
        language=root.text("language"),
        row_column=rows.text("column") if rows.is_given else None,
        row_value=rows.text("value") if rows.is_given else "",
        id_column=root.text("id_column"),
        columns=tuple(_mapped_column(node) for node in root.children("items")),
    )
    root.refuse_unread()
    if root.problems:
        raise ImportRefusedError(root.problems)
    return mapping


def check_mapping(mapping: PaperMapping, questionnaire: Questionnaire) -> None:
    """Refuse a mapping that names items, choices or a language the questionnaire does not have."""
    messages = []
    if mapping.language not in questionnaire.languages:
        messages.append((f"The questionnaire has no language {mapping.language}.", "language"))
    for column in mapping.columns:
        item = questionnaire.items_by_code.get(column.item_code)
        if item is None:
            messages.append((f"The questionnaire has no item {column.item_code}.", column.column))
        elif item.kind is ItemKind.UNIT_GRID:
            messages.append(
                (f"Item {item.code} is a grid of units; one column cannot hold it.", column.column)
            )
        else:
            known = {str(code) for code in item.codes}
            unknown = sorted(set((column.labels or {}).values()) - known)
            messages += [(f"Item {item.code} has no choice {code}.", column.column) for code in unknown]
    for name in ("column", "item_code"):
        values = [getattr(column, name) for column in mapping.columns]
        repeated = sorted({value for value in values if values.count(value) > 1})
        messages += [(f"{value} is mapped twice.", "items") for value in repeated]
    if messages:
        raise ImportRefusedError([Problem(text, file=mapping.name, column=where) for text, where in messages])


def _mapped_round(root: _Node) -> MappedRound:
    round_, survey = root.child("round"), root.child("survey")
    return MappedRound(
        code=round_.text("code"),
        names=round_.texts("names"),
        selection=round_.member("selection", Selection),
        opens_on=round_.day("opens_on"),
        closes_on=round_.day("closes_on") if round_.has("closes_on") else None,
        organiser_code=round_.text("organiser") if round_.has("organiser") else None,
        survey_code=survey.text("code"),
        survey_names=survey.texts("names"),
    )


def _mapped_column(node: _Node) -> MappedColumn:
    return MappedColumn(
        column=node.text("column"),
        item_code=node.text("item"),
        labels=node.texts("labels") if node.has("labels") else None,
    )


@dataclass
class _Node:
    """One mapping of the YAML document; every read that fails notes a problem and gives an empty value."""

    value: Any  # whatever YAML holds
    path: str
    file: str
    problems: list[Problem]
    is_given: bool = True
    read: set[str] = field(default_factory=set)
    below: list[_Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.value, dict):
            self.note("", "This must be a group of keys and values.")
            self.value = {}

    def note(self, key: str, message: str) -> None:
        """A problem at a key."""
        place = ".".join(part for part in (self.path, key) if part)
        self.problems.append(Problem(message, file=self.file, column=place or None))

    def has(self, key: str) -> bool:
        """Whether the key is there and not empty."""
        self.read.add(key)
        return self.value.get(key) is not None

    def take(self, key: str, kind: type[Any], *, what: str) -> Any:
        """The value of a key, of this kind; None after a problem."""
        if not self.has(key):
            self.note(key, f"This key is missing; it holds {what}.")
            return None
        value = self.value[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            self.note(key, f"This must be {what}.")
            return None
        return value

    def text(self, key: str) -> str:
        """A text."""
        return str(self.take(key, str, what="a text in quotation marks") or "")

    def number(self, key: str) -> int:
        """A whole number."""
        return int(self.take(key, int, what="a whole number") or 0)

    def day(self, key: str) -> date:
        """A day."""
        value = self.take(key, date, what="a day, as 2011-12-31")
        return value if isinstance(value, date) else date.min

    def member(self, key: str, members: type[SelectionValue]) -> SelectionValue:
        """A value of a closed set."""
        value = self.text(key)
        if value not in {member.value for member in members}:
            self.note(key, f"This must be one of {', '.join(member.value for member in members)}.")
            return next(iter(members))
        return members(value)

    def texts(self, key: str) -> dict[str, str]:
        """Texts by text."""
        value = self.take(key, dict, what="a group of texts") or {}
        if not all(isinstance(part, str) for pair in value.items() for part in pair):
            self.note(key, "Both sides must be texts; put them in quotation marks.")
            return {}
        return dict(value)

    def child(self, key: str, *, is_optional: bool = False) -> _Node:
        """The group under a key."""
        if is_optional and not self.has(key):
            node = _Node({}, path=key, file=self.file, problems=self.problems, is_given=False)
        else:
            value = self.take(key, dict, what="a group of keys and values")
            node = _Node(value or {}, path=key, file=self.file, problems=self.problems)
        self.below.append(node)
        return node

    def children(self, key: str) -> list[_Node]:
        """The groups in the list under a key."""
        entries = self.take(key, list, what="a list with at least one entry") or []
        nodes = [
            _Node(entry, path=f"{key}[{place}]", file=self.file, problems=self.problems)
            for place, entry in enumerate(entries)
        ]
        self.below += nodes
        return nodes

    def refuse_unread(self) -> None:
        """Note keys that mean nothing here: most often a slip of spelling."""
        for key in self.value:
            if key not in self.read:
                self.note(str(key), "This key is not known here.")
        for node in self.below:
            node.refuse_unread()
