"""Design-based scores: what the sample says about the population, and how far it can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DomainIsPsuError
from analysis.estimation import (
    Estimate,
    Estimates,
    EstimationSettings,
    IntervalMethod,
    OnePsuDomains,
    Status,
    mean,
    share,
    total,
)
from analysis.estimation.intervals import clopper_pearson, share_interval
from analysis.sample import Sample
from survey.domain.enums import FigureKind
from survey.domain.figures import Figure, FigureLevel, Measure, Topic
from survey.services.composites import Composite, GroupAnswers, composite
from survey.services.score_data import ScoreData, has_threshold
from survey.services.score_domains import Division
from survey.services.weighted_sample import DOMAIN, PSU, WeightedSample

LINEARIZATION = "linearization/1"
WITHIN_PSU = "linearization-within-psu/1"
SETTINGS = EstimationSettings()
# For sums whose domains were looked at before: what lies in one PSU is then taken from the design within it.
_AS_FOUND = replace(SETTINGS, one_psu_domains=OnePsuDomains.ESTIMATE)

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class OverallEstimates:
    """The overall figure of each domain of a division with the covariances between them, for comparisons."""

    values: FloatArray
    covariance: FloatArray
    degrees_of_freedom: int


@dataclass(frozen=True, eq=False)
class DesignScores:
    """Design-based figures of one division; `overall` is None without an overall figure."""

    figures: list[Figure]
    overall: OverallEstimates | None


def design_figures(
    data: ScoreData, weighted: WeightedSample, division: Division, *, members: BoolArray
) -> DesignScores:
    """Shares and means of every topic in every domain, among the responses that are `members`.

    A domain that lies in one PSU shows no variance between PSUs: its standard error comes from the
    respondents within the PSU, and its method says so. Shares have logit intervals, one-sided at 0 and 1.
    """
    asked = _Asked(data, weighted, division, members)
    scored = [topic for topic in data.item_topics if has_threshold(data.scale_items[data.places[topic.code]])]
    shares = asked.answer(
        scored, data.satisfied, lambda sample, of: share(sample, of, categories=[1.0], by=DOMAIN)
    )
    means = asked.answer(
        list(data.item_topics), data.valid_levels, lambda sample, of: mean(sample, of, by=DOMAIN)
    )
    figures: list[Figure] = []
    overall = None
    if data.groups and shares is not None:
        figures, overall = _group_figures(asked, shares)
    for estimates, topics, measure in (
        (shares, scored, Measure.SATISFIED_SHARE),
        (means, list(data.item_topics), Measure.MEAN_LEVEL),
    ):
        if estimates is not None:
            figures += _item_figures(asked, estimates, topics, measure)
    return DesignScores(figures, overall)


@dataclass(frozen=True, eq=False)
class _Estimated:
    """Estimates of several items in all domains: from the whole design, and from within the PSU where a
    domain (`in_one_psu`, one a domain) needs it."""

    between: Estimates | None
    within: Estimates | None
    in_one_psu: BoolArray

    def get(self, item: int, domain: int) -> Estimate:
        """The estimate of an item in a domain, by their places."""
        chosen = self.within if self.in_one_psu[domain] else self.between
        if chosen is None:
            raise LookupError(f"Domain {domain} was not estimated.")
        return chosen[item * len(self.in_one_psu) + domain]


@dataclass(frozen=True, eq=False)
class _Asked:
    """One request: the data, their sample, the division and who counts."""

    data: ScoreData
    weighted: WeightedSample
    division: Division
    members: BoolArray

    @property
    def domain_count(self) -> int:
        return len(self.division.domains)

    @property
    def domain(self) -> NDArray[np.int64]:
        """The domain of each response, -1 for those in none or not a member."""
        return np.where(self.members, self.division.code, -1)

    def sample(self, columns: Mapping[str, FloatArray]) -> Sample:
        made = self.weighted.with_columns(columns, domain=self.division.code, domain_count=self.domain_count)
        return made.where(self.weighted.rows_of(self.members))

    def answer(
        self, topics: list[Topic], values: FloatArray, estimate: Callable[[Sample, list[str]], Estimates]
    ) -> _Estimated | None:
        """Estimates of these items; None when there is none."""
        if not topics:
            return None
        columns = {f"item {topic.code}": values[:, self.data.places[topic.code]] for topic in topics}
        sample, names = self.sample(columns), list(columns)
        try:
            between: Estimates | None = estimate(sample, names)
        except DomainIsPsuError:
            between = None
        in_one_psu = np.full(self.domain_count, between is None)
        for place, estimated in enumerate(between or ()):
            in_one_psu[place % self.domain_count] |= estimated.status is Status.ONE_PSU
        within = estimate(sample.within(PSU), names) if in_one_psu.any() else None
        return _Estimated(between, within, in_one_psu)

    def method(self, domain: int, estimated: _Estimated) -> str:
        """The steps behind the estimates of a domain."""
        variance = WITHIN_PSU if estimated.in_one_psu[domain] else LINEARIZATION
        return f"{variance} + {self.weighted.weighting}"


def _item_figures(
    asked: _Asked, estimated: _Estimated, topics: list[Topic], measure: Measure
) -> list[Figure]:
    figures = []
    for place, topic in enumerate(topics):
        for code, domain in enumerate(asked.division.domains):
            estimate = estimated.get(place, code)
            figures.append(
                Figure(
                    kind=FigureKind.DESIGN_BASED,
                    measure=measure,
                    topic=topic,
                    domain=domain,
                    value=estimate.value,
                    respondent_count=estimate.respondent_count,
                    method=asked.method(code, estimated),
                    standard_error=estimate.standard_error,
                    lower=estimate.lower,
                    upper=estimate.upper,
                    degrees_of_freedom=estimate.degrees_of_freedom,
                    design_effect=estimate.design_effect,
                    confidence_level=estimate.confidence_level,
                )
            )
    return figures


def _group_figures(asked: _Asked, shares: _Estimated) -> tuple[list[Figure], OverallEstimates | None]:
    data, count = asked.data, asked.domain_count
    weight = asked.weighted.sample.weights[: asked.weighted.response_count]
    made: list[Composite] = []
    for group in data.groups:
        satisfied = data.satisfied[:, [data.places[item] for item in group.items]]
        answers = GroupAnswers(satisfied, weight, asked.domain, count)
        made.append(composite(group, answers, rule=data.round.aggregation_rule))
    columns = {f"group {place}": one.z for place, one in enumerate(made)}
    sample, names = asked.sample(columns), list(columns)
    between = total(sample, names, by=DOMAIN, settings=_AS_FOUND)
    within = (
        total(sample.within(PSU), names, by=DOMAIN, settings=_AS_FOUND) if shares.in_one_psu.any() else None
    )
    errors = between.standard_errors.reshape(len(made), count)
    if within is not None:
        errors = np.where(shares.in_one_psu, within.standard_errors.reshape(len(made), count), errors)
    df = np.array([shares.get(0, domain).degrees_of_freedom for domain in range(count)])
    figures = [
        figure
        for place, group in enumerate(data.groups)
        for figure in _figures_of_group(
            asked, group.topic, made[place], _Uncertainty(errors[place], df, shares)
        )
    ]
    is_overall = [group.topic.level is FigureLevel.OVERALL for group in data.groups]
    if not any(is_overall):
        return figures, None
    place = is_overall.index(True)
    own = slice(place * count, (place + 1) * count)
    covariance = between.covariance()[own, own]
    if within is not None:
        apart = shares.in_one_psu
        covariance = np.where(apart[:, None] | apart[None, :], 0.0, covariance)
        covariance += np.where(apart[:, None] & apart[None, :], within.covariance()[own, own], 0.0)
    return figures, OverallEstimates(made[place].values, covariance, sample.degrees_of_freedom)


@dataclass(frozen=True, eq=False)
class _Uncertainty:
    """Standard errors and degrees of freedom, one a domain, and where they came from."""

    errors: FloatArray
    degrees_of_freedom: NDArray[np.int64]
    shares: _Estimated


def _figures_of_group(asked: _Asked, topic: Topic, made: Composite, known: _Uncertainty) -> list[Figure]:
    lower, upper = _intervals(made, known)
    has_error = np.isfinite(known.errors) & (made.respondents > 1)
    effect = known.errors**2 / np.where(made.simple_variance > 0, made.simple_variance, np.nan)
    rule = asked.data.round.aggregation_rule
    return [
        Figure(
            kind=FigureKind.DESIGN_BASED,
            measure=Measure.SATISFIED_SHARE,
            topic=topic,
            domain=domain,
            value=_known(made.values[code], made.respondents[code] > 1),
            respondent_count=int(made.respondents[code]),
            method=f"{rule} + {asked.method(code, known.shares)}",
            standard_error=_known(known.errors[code], has_error[code]),
            lower=_known(lower[code], has_error[code]),
            upper=_known(upper[code], has_error[code]),
            degrees_of_freedom=int(known.degrees_of_freedom[code]),
            design_effect=_known(effect[code], has_error[code]),
            confidence_level=SETTINGS.confidence_level,
        )
        for code, domain in enumerate(asked.division.domains)
    ]


def _intervals(made: Composite, known: _Uncertainty) -> tuple[FloatArray, FloatArray]:
    """Logit intervals as for shares; Clopper–Pearson on Kish's effective size at exactly 0 and 1."""
    level = SETTINGS.confidence_level
    at_end = (made.values == 0) | (made.values == 1)
    lower, upper = clopper_pearson(np.nan_to_num(made.values), effective=made.effective, level=level)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = share_interval(
            IntervalMethod.LOGIT,
            np.where(at_end, 0.5, made.values),
            variance=known.errors**2,
            df=known.degrees_of_freedom.astype(np.float64),
            row_count=made.respondents.astype(np.float64),
            level=level,
        )
    return np.where(at_end, lower, low), np.where(at_end, upper, high)


def _known(value: float, is_known: bool | np.bool_) -> float | None:
    return float(value) if is_known and np.isfinite(value) else None
