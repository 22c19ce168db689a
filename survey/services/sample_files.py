"""What the sample file of a round says: the drawn units, their place in the design and their chances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from survey.domain.enums import Disposition
from survey.domain.wording import N_, english
from survey.services.csv_rows import CsvRow, ProblemLog, note_repeats
from survey.services.csv_tables import Columns, CsvFile, read_rows
from survey.services.population_files import UNKNOWN_ORGANISATION, FramePsu

COUNT_COLUMNS = ("psu_population", "element_population")
PROBABILITY_COLUMN = "inclusion_probability"
SAMPLE_COLUMNS = Columns(
    required=("code", "stratum", "psu"),
    optional=(*COUNT_COLUMNS, PROBABILITY_COLUMN, "organisation_code", "nonresponse_class", "disposition"),
)
AGREEMENT = 0.005
"""How far, relatively, a written probability may lie from the one its counts give: three digits do."""


@dataclass(frozen=True)
class DrawnUnit:
    """One row of a sample file with its place in the design.

    Both population counts are None when only the probability is known.
    """

    code: str
    stratum: str
    psu: str
    psu_population: int | None
    element_population: int | None
    inclusion_probability: float
    nonresponse_class: str | None
    organisation_id: int | None
    disposition: Disposition


Drawn: TypeAlias = tuple[CsvRow, DrawnUnit]


def read_sample(
    file: CsvFile, *, frame: Sequence[FramePsu], organisations: Mapping[str, int]
) -> list[DrawnUnit]:
    """The drawn units of a sample file, checked against the frame when there is one.

    A design is known either by counts (PSUs of the stratum, elements of the PSU; in the file, or taken from
    the frame) or by inclusion probabilities alone. Where a file has both, they must agree. With counts the
    probability is n/N · m/M: PSUs drawn of the stratum's, elements drawn of the PSU's, each by simple random
    sampling. Raises ImportRefusedError with everything that is wrong.
    """
    log = ProblemLog(file.name, english)
    rows = read_rows(file, SAMPLE_COLUMNS, log=log)
    log.refuse()
    reader = _SampleReader(frame, organisations, columns=frozenset(rows[0].cells))
    reader.check_header(log)
    drawn = [(row, reader.unit(row)) for row in rows]
    note_repeats(rows, "code", message=N_("%(value)s stands in line %(line)d already."))
    reader.check_frame(drawn)
    _check_constancy(drawn)
    reader.check_sizes(drawn)
    log.refuse()
    units = reader.with_chances(drawn)
    log.refuse()
    return units


class _SampleReader:
    """Reads units from rows, completing them from the frame, and checks them as a whole."""

    def __init__(
        self, frame: Sequence[FramePsu], organisations: Mapping[str, int], *, columns: frozenset[str]
    ) -> None:
        self.frame = {psu.psu: psu for psu in frame}
        self.frame_strata = Counter(psu.stratum for psu in frame)
        self.organisations = organisations
        self.counts_in_file = columns.issuperset(COUNT_COLUMNS)
        self.one_count_in_file = not self.counts_in_file and not columns.isdisjoint(COUNT_COLUMNS)
        self.has_probability = PROBABILITY_COLUMN in columns
        self.has_counts = self.counts_in_file or (bool(frame) and not self.has_probability)

    def check_header(self, log: ProblemLog) -> None:
        """The columns must tell the design."""
        if self.one_count_in_file:
            log.add(f"The columns {' and '.join(COUNT_COLUMNS)} belong together; give both.", line=1)
        elif not self.has_counts and not self.has_probability:
            log.add(
                f"The chance of being drawn is not given: add {PROBABILITY_COLUMN}, "
                f"or {' and '.join(COUNT_COLUMNS)}, or import the frame first.",
                line=1,
            )
        log.refuse()

    def unit(self, row: CsvRow) -> DrawnUnit:
        """One unit; its probability is 0 until it is computed from the counts."""
        psu = row.label("psu")
        in_frame = self.frame.get(psu)
        psu_population, element_population = self._populations(row, in_frame)
        own_organisation = row.entry("organisation_code", self.organisations, unknown=UNKNOWN_ORGANISATION)
        return DrawnUnit(
            code=row.label("code"),
            stratum=row.label("stratum"),
            psu=psu,
            psu_population=psu_population,
            element_population=element_population,
            inclusion_probability=(row.probability(PROBABILITY_COLUMN) or 0.0)
            if self.has_probability
            else 0.0,
            nonresponse_class=row.optional_label("nonresponse_class"),
            organisation_id=own_organisation or (in_frame.organisation_id if in_frame else None),
            disposition=row.optional_choice("disposition", Disposition) or Disposition.PENDING,
        )

    def _populations(self, row: CsvRow, in_frame: FramePsu | None) -> tuple[int | None, int | None]:
        if self.counts_in_file:
            return (
                row.whole_number("psu_population", least=1),
                row.whole_number("element_population", least=1),
            )
        if in_frame is None or not self.has_counts:
            return None, None
        return self.frame_strata[in_frame.stratum], in_frame.population_count

    def check_frame(self, drawn: Iterable[Drawn]) -> None:
        """Every unit must be where the frame has it."""
        for row, unit in drawn if self.frame else ():
            in_frame = self.frame.get(unit.psu)
            if in_frame is None:
                row.problem(f"The frame has no PSU {unit.psu}.", column="psu")
                continue
            if in_frame.stratum != unit.stratum:
                row.problem(
                    f"In the frame, PSU {unit.psu} is in stratum {in_frame.stratum}.", column="stratum"
                )
            expected = (self.frame_strata[in_frame.stratum], in_frame.population_count)
            given = (unit.psu_population, unit.element_population)
            for column, in_file, right in zip(COUNT_COLUMNS, given, expected, strict=True):
                if in_file is not None and in_file != right:
                    row.problem(f"The frame says {right}, not {in_file}.", column=column)

    def check_sizes(self, drawn: Sequence[Drawn]) -> None:
        """Not more can be drawn than there is."""
        elements = Counter(unit.psu for _, unit in drawn)
        for row, unit in _first_of_each(drawn, lambda unit: unit.psu):
            in_frame = self.frame.get(unit.psu)
            limit = unit.element_population or (in_frame.population_count if in_frame else None)
            if limit is not None and elements[unit.psu] > limit:
                message = f"{elements[unit.psu]} elements were drawn in PSU {unit.psu}, which has {limit}."
                row.problem(message, column="element_population")
        psus = _psus_by_stratum(drawn)
        for row, unit in _first_of_each(drawn, lambda unit: unit.stratum):
            limit = unit.psu_population or self.frame_strata.get(unit.stratum)
            drawn_psus = len(psus[unit.stratum])
            if limit is not None and drawn_psus > limit:
                message = f"{drawn_psus} PSUs were drawn in stratum {unit.stratum}, which has {limit}."
                row.problem(message, column="psu_population")

    def with_chances(self, drawn: Sequence[Drawn]) -> list[DrawnUnit]:
        """The units with the probabilities their counts give, where counts are known."""
        if not self.has_counts:
            return [unit for _, unit in drawn]
        chances = _chances(drawn)
        for row, unit in drawn:
            computed, written = chances[unit.psu], unit.inclusion_probability
            if self.has_probability and abs(written - computed) > AGREEMENT * computed:
                message = (
                    f"The counts give {computed:.6g}, not {written:g}; correct one or leave the column out."
                )
                row.problem(message, column=PROBABILITY_COLUMN)
        return [replace(unit, inclusion_probability=chances[unit.psu]) for _, unit in drawn]


def _check_constancy(drawn: Sequence[Drawn]) -> None:
    """A PSU has one stratum and one size, a stratum one number of PSUs."""
    facts: tuple[tuple[str, str, Callable[[DrawnUnit], str], Callable[[DrawnUnit], object]], ...] = (
        ("stratum", "PSU", lambda unit: unit.psu, lambda unit: unit.stratum),
        ("element_population", "PSU", lambda unit: unit.psu, lambda unit: unit.element_population),
        ("psu_population", "stratum", lambda unit: unit.stratum, lambda unit: unit.psu_population),
    )
    for column, group_name, group_of, fact_of in facts:
        first: dict[str, tuple[int, object]] = {}
        for row, unit in drawn:
            line, fact = first.setdefault(group_of(unit), (row.line, fact_of(unit)))
            if fact_of(unit) != fact:
                message = f"Line {line} says {fact} for {group_name} {group_of(unit)}; both cannot be."
                row.problem(message, column=column)


def _first_of_each(drawn: Iterable[Drawn], group_of: Callable[[DrawnUnit], str]) -> list[Drawn]:
    first: dict[str, Drawn] = {}
    for row, unit in drawn:
        first.setdefault(group_of(unit), (row, unit))
    return list(first.values())


def _psus_by_stratum(drawn: Iterable[Drawn]) -> dict[str, set[str]]:
    psus: dict[str, set[str]] = defaultdict(set)
    for _, unit in drawn:
        psus[unit.stratum].add(unit.psu)
    return psus


def _chances(drawn: Sequence[Drawn]) -> dict[str, float]:
    """n/N · m/M by PSU, rounded once; the counts are known and were checked."""
    elements = Counter(unit.psu for _, unit in drawn)
    psus = _psus_by_stratum(drawn)
    return {
        unit.psu: float(
            Fraction(
                len(psus[unit.stratum]) * elements[unit.psu],
                (unit.psu_population or 1) * (unit.element_population or 1),
            )
        )
        for _, unit in _first_of_each(drawn, lambda unit: unit.psu)
    }
