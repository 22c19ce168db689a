"""The shipped schemes of the on-site evaluation and of its 2022 proxy, read once and checked by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from analysis.on_site.definition import Band, OnSiteScheme, Rule, SchemeIndex
from survey.errors import HaiLongError

FOLDER = Path(__file__).resolve().parent.parent / "data" / "on_site"
HASHES_FILE = FOLDER / "hashes.json"
SCHEME = "tt-01-2018-v1"
PROXY = "qd-766-2022-v1"

Names = Mapping[str, str]


class ChangedDefinitionError(HaiLongError):
    """A shipped definition is not the one that its hash was taken of."""


@dataclass(frozen=True)
class Provenance:
    """Where a definition comes from; what is not verified is said wherever a result is shown."""

    code: str
    version: int
    names: Names
    legal_basis: str
    source: Names
    is_verified: bool
    content_hash: str


@dataclass(frozen=True)
class IndexText:
    """The words of an index: its title, and what earns how many points."""

    names: Names
    levels: Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class SchemeDefinition:
    """The 2018 scheme with its words."""

    provenance: Provenance
    scheme: OnSiteScheme
    texts: Mapping[int, IndexText]
    class_names: Mapping[str, Names]
    officer_class_names: Mapping[str, Names]
    readings: Sequence[Names]


@dataclass(frozen=True)
class ProxyIndicator:
    """One indicator of the proxy; `rule` names how its rate is made."""

    code: str
    max_points: int
    rule: str
    names: Names


@dataclass(frozen=True)
class ProxyDefinition:
    """The satisfaction group of the 2022 set."""

    provenance: Provenance
    indicators: tuple[ProxyIndicator, ...]
    full_from: Decimal
    decimals: int


@cache
def scheme_definition() -> SchemeDefinition:
    """The scheme in force here. Raises ChangedDefinitionError."""
    document, provenance = _read(SCHEME)
    indices = [
        SchemeIndex(entry["number"], Rule(entry["rule"]) if "rule" in entry else None)
        for entry in document["indices"]
    ]
    scheme = OnSiteScheme(
        code=document["code"],
        version=document["version"],
        indices=tuple(indices),
        standard_points=document["standard_points"],
        officer_indices=tuple(document["officer_indices"]),
        classes=_bands(document["classes"]),
        officer_classes=_bands(document["officer_classes"]),
        decimals=document["decimals"],
        late_without_complaint=document["late_without_complaint"],
    )
    return SchemeDefinition(
        provenance=provenance,
        scheme=scheme,
        texts={entry["number"]: IndexText(entry["names"], entry["levels"]) for entry in document["indices"]},
        class_names={entry["code"]: entry["names"] for entry in document["classes"]},
        officer_class_names={entry["code"]: entry["names"] for entry in document["officer_classes"]},
        readings=document["readings"],
    )


@cache
def proxy_definition() -> ProxyDefinition:
    """The proxy in force here. Raises ChangedDefinitionError."""
    document, provenance = _read(PROXY)
    return ProxyDefinition(
        provenance=provenance,
        indicators=tuple(ProxyIndicator(**entry) for entry in document["indicators"]),
        full_from=Decimal(document["full_from"]),
        decimals=document["decimals"],
    )


def file_hash(name: str) -> str:
    """SHA-256 (hexadecimal) of a shipped file."""
    return hashlib.sha256((FOLDER / f"{name}.yaml").read_bytes()).hexdigest()


def _read(name: str) -> tuple[dict[str, Any], Provenance]:
    digest = file_hash(name)
    known = json.loads(HASHES_FILE.read_text(encoding="utf-8"))
    if known.get(name) != digest:
        raise ChangedDefinitionError(
            f"{name}.yaml was changed. Results were computed by it, so it stays as it was; give the changed "
            "definition a new version number."
        )
    document: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    provenance = Provenance(
        code=document["code"],
        version=document["version"],
        names=document["names"],
        legal_basis=document["legal_basis"],
        source=document["source"],
        is_verified=document["verified"],
        content_hash=digest,
    )
    return document, provenance


def _bands(entries: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    return tuple(Band(entry["code"], Decimal(entry["at_least"])) for entry in entries)
