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
_KINDS: Mapping[str, type] = {"design": dict, "args": dict, "steps": list, "domain": list, "tolerance": dict}


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
    if missing := [name for name in _NEEDED if entry.get(name) is None]:
        yield f"the entry has no {', '.join(missing)}"
    for name, kind in _KINDS.items():
        value = entry.get(name)
        if value and not isinstance(value, kind):
            yield f"the entry's {name} is {value!r}, not {'an object' if kind is dict else 'a list'}"


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
