"""Sampling frames and the samples drawn from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.enums import Disposition, OutcomeReason, SampleFileKind
from survey.models.base import Base, BigId, closed_set
from survey.models.organisation import Organisation


class SamplingFrame(Base):
    """The list a round was sampled from, as imported; `file_hash` is the SHA-256 of the file."""

    __tablename__ = "sampling_frame"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"), unique=True)
    file_name: Mapped[str] = mapped_column(String(255))
    file_hash: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]


class FrameUnit(Base):
    """One primary sampling unit of the frame: its stratum and its number of elements."""

    __tablename__ = "frame_unit"
    __table_args__ = (
        UniqueConstraint("frame_id", "psu"),
        CheckConstraint("population_count > 0", name="population"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("sampling_frame.id"))
    stratum: Mapped[str] = mapped_column(String(60))
    psu: Mapped[str] = mapped_column(String(60))
    population_count: Mapped[int]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    organisation: Mapped[Organisation | None] = relationship()


class SampleUnit(Base):
    """One drawn element. Who it is lives elsewhere; here stand its place in the design and its chance.

    `psu_population` counts the PSUs of the stratum, `element_population` the elements of the PSU; both empty
    when only `inclusion_probability` is known (then the design counts as drawn with replacement).
    """

    __tablename__ = "sample_unit"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1", name="inclusion_probability"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    code: Mapped[str] = mapped_column(String(60))
    stratum: Mapped[str] = mapped_column(String(60))
    psu: Mapped[str] = mapped_column(String(60))
    psu_population: Mapped[int | None]
    element_population: Mapped[int | None]
    inclusion_probability: Mapped[float]
    nonresponse_class: Mapped[str | None] = mapped_column(String(60))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    disposition: Mapped[Disposition] = mapped_column(closed_set(Disposition), default=Disposition.PENDING)

    organisation: Mapped[Organisation | None] = relationship()


class SampleUnitOutcome(Base):
    """What an enumerator met at a sampled unit that gave no interview.

    Insert-only: the newest row is the unit's disposition; an interview stands in its response.
    """

    __tablename__ = "sample_unit_outcome"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sample_unit_id: Mapped[int] = mapped_column(ForeignKey("sample_unit.id"), index=True)
    reason: Mapped[OutcomeReason] = mapped_column(closed_set(OutcomeReason))
    disposition: Mapped[Disposition] = mapped_column(closed_set(Disposition))
    note: Mapped[str] = mapped_column(String(300))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime]


class SampleFile(Base):
    """The file that the sample or the population totals of a round came from; `file_hash` is its SHA-256."""

    __tablename__ = "sample_file"
    __table_args__ = (UniqueConstraint("round_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    kind: Mapped[SampleFileKind] = mapped_column(closed_set(SampleFileKind))
    file_name: Mapped[str] = mapped_column(String(255))
    file_hash: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]


class PopulationTotal(Base):
    """A known count of the population in one cell of the post-stratification of a round.

    `cell` joins the answer codes of the round's `weighting_class_items` with `|`, in their order.
    """

    __tablename__ = "population_total"
    __table_args__ = (UniqueConstraint("round_id", "cell"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id"))
    cell: Mapped[str] = mapped_column(String(120))
    total: Mapped[int]
