"""Entries as they stand in files, made whole: what is left out is as usual, what is broken says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

UNKNOWN = "unknown"
_LEFT_OUT: Mapping[str, Any] = {"args": {}, "steps": None, "domain": None, "design": {}, "warnings": None}
_DESIGN: Mapping[str, Any] = {
    **dict.fromkeys(("ids", "strata", "fpc", "weights", "probs", "extra")),
    "fpc_kind": "population_size",
    "nest": False,
    "lonely_psu": "fail",
    "adjust_domain_lonely": False,
}
_TOLERANCE: Mapping[str, Any] = {"rel": 0.0, "abs": 1e-9}  # where an entry tells none
_NEEDED = ("estimator", "expected", "data")
_OBJECT, _LIST, _EITHER = (dict,), (list,), (dict, list)
_WORDS = {_OBJECT: "an object", _LIST: "a list", _EITHER: "an object or a list of objects"}
_KINDS = {
    **dict.fromkeys(("design", "args", "tolerance"), _OBJECT),
    **dict.fromkeys(("steps", "domain"), _LIST),
    "expected": _EITHER,
}
_PARTS: Mapping[str, tuple[str, ...]] = {"steps": ("op", "name"), "domain": ("col",)}  # one of them


def read_entries(file: Path) -> list[Entry]:
    """The entries of a file; none where it is not about entries, one that says why it cannot be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as problem:  # not UTF-8, or not JSON
        return [_broken({"id": file.name}, f"the file is not JSON in UTF-8: {problem}")]
    entries = content.get("entries", []) if isinstance(content, dict) else []
    if not isinstance(entries, list):
        return [_broken({"id": file.name}, "the file's entries are not a list")]
    return _with_told_domains(list(_whole(entries, file.name)))


def _whole(entries: list[Any], file: str) -> Iterator[Entry]:
    for place, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            yield _broken({"id": f"{file}, entry {place}"}, "an entry is an object, this is none")
            continue
        named = {**entry, "id": str(entry.get("id") or f"{file}, entry {place}")}
        if problems := list(_problems(entry)):
            yield _broken(named, "; ".join(problems))
            continue
        given = {name: value for name, value in named.items() if value is not None}
        if steps := given.get("steps"):
            given["steps"] = [{"op": step.get("name"), **step} for step in steps]
        yield {
            **_LEFT_OUT,
            **given,
            "design": {**_DESIGN, **(entry.get("design") or {})},
            "tolerance": {**_TOLERANCE, **(entry.get("tolerance") or {})},
        }


def _with_told_domains(entries: list[Entry]) -> list[Entry]:
    """Degrees of freedom `x/degf` in a domain do not say in which: it is that of the entries `x/dom/…`."""
    domains = {
        entry["id"].partition("/dom/")[0]: entry["domain"] for entry in entries if "/dom/" in entry["id"]
    }
    return [
        {**entry, "args": {**entry["args"], "domain": domains.get(entry["id"].removesuffix("/degf"))}}
        if entry["estimator"] == "degf"
        else entry
        for entry in entries
    ]


def _problems(entry: Entry) -> Iterator[str]:
    if missing := [name for name in _NEEDED if not entry.get(name)]:
        yield f"the entry has no {', '.join(missing)}"
    for name, kinds in _KINDS.items():
        value = entry.get(name)
        if value and not isinstance(value, kinds):
            yield f"the entry's {name} is {value!r}, not {_WORDS[kinds]}"
    yield from _problems_of_parts(entry)


def _problems_of_parts(entry: Entry) -> Iterator[str]:
    for name, keys in _PARTS.items():
        parts = entry.get(name)
        for part in parts if isinstance(parts, list) else []:
            if not (isinstance(part, dict) and any(key in part for key in keys)):
                yield f"the entry's {name} has {part!r}, not an object with {' or '.join(keys)}"
    tolerance = entry.get("tolerance")
    for name, value in tolerance.items() if isinstance(tolerance, dict) else ():
        if not isinstance(value, int | float):
            yield f"the entry's tolerance {name} is {value!r}, not a number"


def _broken(entry: Entry, problem: str) -> Entry:
    known = {"id": str(entry["id"]), "estimator": str(entry.get("estimator", UNKNOWN)), "data": ""}
    return {
        **_LEFT_OUT,
        **known,
        "design": _DESIGN,
        "tolerance": _TOLERANCE,
        "expected": {},
        "problem": problem,
    }
