"""An invented adult population of the communes, and a stratified two-stage sample drawn from it."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

SEXES = ("male", "female")
AGE_BANDS = ("age_18_25", "age_25_34", "age_35_49", "age_50_60", "age_over_60")
SEX_SHARES = (0.497, 0.503)
AGE_SHARES = (0.135, 0.225, 0.31, 0.18, 0.15)
PSUS_PER_STRATUM = 4
ISSUED_PER_PSU = 64


@dataclass(frozen=True)
class Commune:
    """A primary sampling unit: a commune, the district it lies in (its stratum), and its adults."""

    code: str
    district: str
    is_urban: bool
    adults: int


@dataclass(frozen=True)
class Person:
    """A drawn person: who they are in the terms of the questionnaire, and what came of the visit."""

    code: str
    commune: Commune
    sex: str
    age_band: str
    disposition: str


def communes(
    generator: np.random.Generator, *, districts: Mapping[str, str], urban: Sequence[str]
) -> list[Commune]:
    """A commune per code in `districts` (commune to district code), with an invented number of adults."""
    made = []
    for code, district in districts.items():
        is_urban = code in urban
        adults = int(generator.normal(10_500 if is_urban else 8_200, 1_900))
        made.append(Commune(code=code, district=district, is_urban=is_urban, adults=max(adults, 3_000)))
    return made


def draw(generator: np.random.Generator, frame: Sequence[Commune]) -> list[Person]:
    """Stratum by stratum: communes by simple random sampling, then people within them; some do not answer."""
    strata: dict[str, list[Commune]] = defaultdict(list)
    for commune in frame:
        strata[commune.district].append(commune)
    people = []
    for district in sorted(strata):
        places = generator.choice(len(strata[district]), size=PSUS_PER_STRATUM, replace=False)
        for place in sorted(places):
            people += _people(generator, strata[district][place])
    return people


def _people(generator: np.random.Generator, commune: Commune) -> list[Person]:
    sexes = generator.choice(len(SEXES), size=ISSUED_PER_PSU, p=SEX_SHARES)
    ages = generator.choice(len(AGE_BANDS), size=ISSUED_PER_PSU, p=AGE_SHARES)
    return [
        Person(
            code=f"{commune.code}-{number + 1:03d}",
            commune=commune,
            sex=SEXES[sexes[number]],
            age_band=AGE_BANDS[ages[number]],
            disposition=_disposition(generator, commune, sex=SEXES[sexes[number]], age=int(ages[number])),
        )
        for number in range(ISSUED_PER_PSU)
    ]


def _disposition(generator: np.random.Generator, commune: Commune, *, sex: str, age: int) -> str:
    # Young men and townspeople are met less often; that is what the weights have to make good.
    chance = 0.84 - (0.06 if commune.is_urban else 0) - (0.05 if sex == "male" else 0) + (age - 2) * 0.025
    if generator.random() < chance:
        return "complete"
    return str(generator.choice(["not_contacted", "refused", "other_non_interview"], p=[0.55, 0.35, 0.1]))


def frame_file(frame: Sequence[Commune]) -> bytes:
    """The frame as the file that `flask sample import-frame` takes."""
    rows = [(c.district, c.code, c.adults, c.code) for c in frame]
    return _table(("stratum", "psu", "population_count", "organisation_code"), rows)


def sample_file(people: Sequence[Person]) -> bytes:
    """The sample as the file that `flask sample import` takes; a response shows what was completed."""
    rows = [
        (
            person.code,
            person.commune.district,
            person.commune.code,
            person.commune.code,
            person.commune.district,
            "pending" if person.disposition == "complete" else person.disposition,
        )
        for person in people
    ]
    header = ("code", "stratum", "psu", "organisation_code", "nonresponse_class", "disposition")
    return _table(header, rows)


def totals_file(frame: Sequence[Commune]) -> bytes:
    """Adults by sex and age band as the file that `flask sample import-totals` takes."""
    adults = sum(commune.adults for commune in frame)
    rows = [
        (sex, age_band, round(adults * sex_share * age_share))
        for sex, sex_share in zip(SEXES, SEX_SHARES, strict=True)
        for age_band, age_share in zip(AGE_BANDS, AGE_SHARES, strict=True)
    ]
    return _table(("sex", "age_band", "total"), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
