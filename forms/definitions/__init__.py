"""The shipped questionnaires: YAML files <code>/v<version>.yaml beside this module, read once and checked.

A version that was used never changes: `hashes.json` holds the fingerprint of each, and a test compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from forms.checking import check_definition
from forms.documents import content_hash, read_questionnaire, read_scales
from forms.errors import DefinitionError, DefinitionNotFoundError, Problem
from forms.questionnaire import Questionnaire
from forms.scales import Scale

_FOLDER = Path(__file__).parent
_SCALES_FILE = _FOLDER / "scales.yaml"
_HASHES_FILE = _FOLDER / "hashes.json"
_FILE_NAME = re.compile(r"v([1-9][0-9]*)\.yaml")


@dataclass(frozen=True, order=True)
class DefinitionName:
    """Code and version of a shipped definition."""

    code: str
    version: int

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


def list_definitions() -> tuple[DefinitionName, ...]:
    """Every shipped definition, sorted by code and version."""
    names = []
    for path in _FOLDER.glob("*/v*.yaml"):
        match = _FILE_NAME.fullmatch(path.name)
        if match is not None:
            names.append(DefinitionName(path.parent.name, int(match[1])))
    return tuple(sorted(names))


@cache
def load_definition(code: str, version: int | None = None) -> Questionnaire:
    """A shipped definition, the newest version unless one is named; the same object on every call.

    Raises DefinitionNotFoundError, or DefinitionError with every problem of the file.
    """
    names = list_definitions()
    versions = [name.version for name in names if name.code == code]
    if not versions or (version is not None and version not in versions):
        raise DefinitionNotFoundError(code, version, [str(name) for name in names])
    if version is None:
        return load_definition(code, max(versions))
    questionnaire = read_definition(_FOLDER / code / f"v{version}.yaml")
    if (questionnaire.code, questionnaire.version) != (code, version):
        problem = Problem("code", f"The file of {code} v{version} must carry that code and version.")
        raise DefinitionError(f"{code}/v{version}.yaml", [problem])
    return questionnaire


def read_definition(path: Path) -> Questionnaire:
    """Read and check a definition file, which may use the shipped scales.

    Raises DefinitionError with every problem, each with its path inside the file.
    """
    source = f"{path.parent.name}/{path.name}"
    questionnaire = read_questionnaire(_read_yaml(path, source), source=source, scales=shipped_scales())
    problems = check_definition(questionnaire)
    if problems:
        raise DefinitionError(source, problems)
    return questionnaire


@cache
def shipped_scales() -> tuple[Scale, ...]:
    """The scales that several definitions share. Raises DefinitionError."""
    return read_scales(_read_yaml(_SCALES_FILE, _SCALES_FILE.name), source=_SCALES_FILE.name)


def check_shipped_hashes() -> list[Problem]:
    """Definitions whose content is not what `hashes.json` says; a changed wording needs a new version."""
    expected: Mapping[str, str] = json.loads(_HASHES_FILE.read_text(encoding="utf-8"))
    found = {str(name): content_hash(load_definition(name.code, name.version)) for name in list_definitions()}
    problems = []
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            problems.append(Problem(name, "This version was shipped and is gone; put it back."))
        elif name not in expected:
            problems.append(Problem(name, f"New: add its hash {found[name]} to hashes.json."))
        elif expected[name] != found[name]:
            problems.append(Problem(name, f"Changed (now {found[name]}); undo it and add a new version."))
    return problems


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _read_yaml(path: Path, source: str) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 -- a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
        detail = getattr(error, "problem", None) or str(error)
        raise DefinitionError(source, [Problem(where, f"Not readable as YAML: {detail}.")]) from error
