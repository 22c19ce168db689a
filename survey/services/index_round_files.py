"""Reading the file that describes an index round: YAML, every problem with its line and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import yaml

from survey.errors import ImportRefusedError, Problem
from survey.services.index_rounds import AssessedUnit, IndexRoundPlan, UnitClass, UnitGroup

ROUND_KEYS = (
    "code",
    "names",
    "year",
    "criteria_set",
    "organiser",
    "decimals",
    "bonus_cap",
    "penalty_cap",
    "tie_breakers",
    "satisfaction",
    "leaders_round",
    "previous_round",
    "demonstration",
    "groups",
    "units",
)
DEFAULT_DECIMALS = 2
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class RoundFile:
    """A plan read from a file; `problems` are shapes that could not be read, `lines` finds the rest."""

    name: str
    plan: IndexRoundPlan
    problems: tuple[Problem, ...]
    lines: Mapping[str, int]

    def located(self, problems: Sequence[Problem]) -> list[Problem]:
        """All problems in the order of the file: those of its shape, and these, each with its line.

        What could not be read has been said already; that its place is then empty is not said again.
        """
        unreadable = {problem.column for problem in self.problems}
        rest = [
            Problem(problem.message, self.name, self.line_of(problem.column or ""), problem.column)
            for problem in problems
            if not any(problem.column == place or _within(problem.column, place) for place in unreadable)
        ]
        return sorted([*self.problems, *rest], key=lambda problem: problem.line or 0)

    def line_of(self, place: str) -> int | None:
        """The line of a place such as `units[3].group`, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place)


def read_round_file(content: bytes, *, file_name: str) -> RoundFile:
    """The plan in a file. Raises ImportRefusedError only when it is not a YAML mapping in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
        root = yaml.compose(text, Loader=_Loader)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader that makes decimals
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "This is not UTF-8. Save the file in UTF-8."
        raise ImportRefusedError([Problem(message, file_name, line)]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"This is not YAML: {error.problem}."
        raise ImportRefusedError([Problem(message, file_name, mark.line + 1 if mark else None)]) from error
    if not isinstance(document, dict):
        raise ImportRefusedError([Problem("The file must list the settings of a round.", file_name, 1)])
    reader = _Reader(file_name=file_name, lines=_lines(root, ()))
    return RoundFile(
        name=file_name,
        plan=_plan(document, reader),
        problems=tuple(reader.problems),
        lines=reader.lines,
    )


def _within(place: str | None, outer: str | None) -> bool:
    return bool(place and outer and (place.startswith((f"{outer}.", f"{outer}["))))


class _Loader(yaml.SafeLoader):
    """Safe; 79.5 becomes a decimal before any binary float can exist, and the code 01 stays a text."""


def _decimal_of(loader: _Loader, node: yaml.ScalarNode) -> Decimal | str:
    text = str(loader.construct_scalar(node))
    try:
        return Decimal(text.replace("_", ""))
    except InvalidOperation:
        return text


def _whole_of(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    text = str(loader.construct_scalar(node))
    return int(text) if text.isdecimal() and str(int(text)) == text else text


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal_of)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole_of)


def _place(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _lines(node: yaml.Node | None, path: Path) -> dict[str, int]:
    """Line of every value by its place; entries of lists count from 1."""
    found: dict[str, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            found[_place(inner)] = key.start_mark.line + 1
            found |= _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=1):
            inner = (*path, number)
            found[_place(inner)] = value.start_mark.line + 1
            found |= _lines(value, inner)
    return found


@dataclass
class _Reader:
    """Collects problems while values are read; what cannot be read becomes empty."""

    file_name: str
    lines: Mapping[str, int]
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: Path, message: str) -> None:
        place = _place(path)
        line = self.lines.get(place) or (self.lines.get(_place(path[:-1])) if path else None)
        self.problems.append(Problem(message, self.file_name, line or 1, place))

    def keys(self, path: Path, values: Mapping[str, object], known: Sequence[str]) -> None:
        for key in values:
            if key not in known:
                self.report((*path, str(key)), f"There is no such setting; known are {', '.join(known)}.")

    def mapping(self, path: Path, value: object) -> Mapping[str, object]:
        if isinstance(value, dict):
            return {str(key): entry for key, entry in value.items()}
        self.report(path, "Here a mapping (key: value) is needed.")
        return {}

    def entries(self, path: Path, value: object) -> Sequence[object]:
        if isinstance(value, list):
            return value
        self.report(path, "Here a list is needed.")
        return []

    def text(self, path: Path, value: object) -> str:
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
        self.report(path, "Here a text is needed." if value is not None else "This is missing.")
        return ""

    def optional_text(self, path: Path, value: object) -> str | None:
        return None if value is None else self.text(path, value)

    def names(self, path: Path, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            self.report(path, "Names are needed in both languages: {vi: …, en: …}.")
            return {}
        self.keys(path, value, ("vi", "en"))
        return {language: self.text((*path, language), value.get(language)) for language in ("vi", "en")}

    def whole(self, path: Path, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.report(path, "Here a whole number is needed.")
        return 0

    def truth(self, path: Path, value: object) -> bool:
        if isinstance(value, bool):
            return value
        self.report(path, "Here true or false is needed.")
        return False

    def number(self, path: Path, value: object) -> Decimal:
        if isinstance(value, int | Decimal | str) and not isinstance(value, bool):
            try:
                number = Decimal(str(value).replace(",", "."))
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite():
                return number
        self.report(path, "Here a number is needed.")
        return Decimal(0)

    def optional_number(self, path: Path, value: object) -> Decimal | None:
        return None if value is None else self.number(path, value)


def _plan(document: Mapping[str, object], reader: _Reader) -> IndexRoundPlan:
    reader.keys((), document, ROUND_KEYS)
    set_code, set_version = _criteria_set(document.get("criteria_set"), reader)
    satisfaction: Mapping[str, object] = {}
    if document.get("satisfaction") is not None:
        satisfaction = reader.mapping(("satisfaction",), document["satisfaction"])
        reader.keys(("satisfaction",), satisfaction, ("round", "figure"))
    breakers = document.get("tie_breakers", [])
    return IndexRoundPlan(
        code=reader.text(("code",), document.get("code")),
        names=reader.names(("names",), document.get("names")),
        index_year=reader.whole(("year",), document.get("year")),
        criteria_set_code=set_code,
        criteria_set_version=set_version,
        organiser_code=reader.text(("organiser",), document.get("organiser")),
        decimals=reader.whole(("decimals",), document.get("decimals", DEFAULT_DECIMALS)),
        bonus_cap=reader.optional_number(("bonus_cap",), document.get("bonus_cap")),
        penalty_cap=reader.optional_number(("penalty_cap",), document.get("penalty_cap")),
        tie_breakers=tuple(
            reader.text(("tie_breakers", number), entry)
            for number, entry in enumerate(reader.entries(("tie_breakers",), breakers), start=1)
        ),
        satisfaction_round_code=reader.optional_text(("satisfaction", "round"), satisfaction.get("round")),
        satisfaction_figure=reader.optional_text(("satisfaction", "figure"), satisfaction.get("figure")),
        leaders_round_code=reader.optional_text(("leaders_round",), document.get("leaders_round")),
        previous_round_code=reader.optional_text(("previous_round",), document.get("previous_round")),
        is_demonstration=reader.truth(("demonstration",), document.get("demonstration", False)),
        groups=_groups(document.get("groups"), reader),
        units=_units(document.get("units"), reader),
    )


def _criteria_set(value: object, reader: _Reader) -> tuple[str, int]:
    path: Path = ("criteria_set",)
    entry = reader.mapping(path, value)
    if not entry:
        return "", 0
    reader.keys(path, entry, ("code", "version"))
    return (
        reader.text((*path, "code"), entry.get("code")),
        reader.whole((*path, "version"), entry.get("version")),
    )


def _groups(value: object, reader: _Reader) -> tuple[UnitGroup, ...]:
    groups = []
    for code, entry in reader.mapping(("groups",), value).items():
        path: Path = ("groups", code)
        settings = reader.mapping(path, entry)
        reader.keys(path, settings, ("names", "classes"))
        classes = reader.entries((*path, "classes"), settings.get("classes"))
        groups.append(
            UnitGroup(
                code=code,
                names=reader.names((*path, "names"), settings.get("names")),
                classes=tuple(
                    _class((*path, "classes", number), band, reader)
                    for number, band in enumerate(classes, start=1)
                ),
            )
        )
    return tuple(groups)


def _class(path: Path, value: object, reader: _Reader) -> UnitClass:
    entry = reader.mapping(path, value)
    reader.keys(path, entry, ("code", "at_least", "names"))
    return UnitClass(
        code=reader.text((*path, "code"), entry.get("code")),
        at_least=reader.number((*path, "at_least"), entry.get("at_least")),
        names=reader.names((*path, "names"), entry.get("names")),
    )


def _units(value: object, reader: _Reader) -> tuple[AssessedUnit, ...]:
    units = []
    for number, value_of_unit in enumerate(reader.entries(("units",), value), start=1):
        path: Path = ("units", number)
        entry = reader.mapping(path, value_of_unit)
        reader.keys(path, entry, ("code", "group", "ranked", "not_applicable"))
        codes = reader.entries((*path, "not_applicable"), entry.get("not_applicable", []))
        units.append(
            AssessedUnit(
                code=reader.text((*path, "code"), entry.get("code")),
                group=reader.text((*path, "group"), entry.get("group")),
                is_ranked=reader.truth((*path, "ranked"), entry.get("ranked", True)),
                not_applicable=tuple(
                    reader.text((*path, "not_applicable", place), code)
                    for place, code in enumerate(codes, start=1)
                ),
            )
        )
    return tuple(units)
