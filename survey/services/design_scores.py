"""Design-based scores: what the sample says about the population, and how far it can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
from survey.services.score_data import Group, ScoreData, has_threshold
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
    data: ScoreData,
    weighted: WeightedSample,
    division: Division,
    *,
    members: BoolArray,
    levels: Collection[FigureLevel] = frozenset(FigureLevel),
) -> DesignScores:
    """Shares and means of every topic of these levels in every domain, among the `members`, one a response.

    A domain that lies in one PSU shows no variance between PSUs: its standard error comes from the
    respondents within the PSU, and its method says so. Shares have logit intervals, one-sided at 0 and 1.
    """
    asked = _Asked(data, weighted, division, members)
    groups = [group for group in data.groups if group.topic.level in levels]
    figures, overall = _group_figures(asked, groups) if groups else ([], None)
    if FigureLevel.ITEM in levels:
        topics = list(data.item_topics)
        scored = [topic for topic in topics if has_threshold(data.scale_items[data.places[topic.code]])]
        figures += _item_figures(asked, scored, Measure.SATISFIED_SHARE)
        figures += _item_figures(asked, topics, Measure.MEAN_LEVEL)
    return DesignScores(figures, overall)


@dataclass(frozen=True, eq=False)
class _Estimated:
    """Estimates of several items in all domains: from the whole design, and from within the PSU where a
    domain (`in_one_psu`, one a domain) needs it."""

    between: Estimates | None
    within: Estimates | None
    in_one_psu: list[bool]

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
        self, columns: Mapping[str, FloatArray], estimate: Callable[[Sample, list[str]], Estimates]
    ) -> _Estimated:
        """Estimates of these columns in all domains."""
        sample, names = self.sample(columns), list(columns)
        try:
            between: Estimates | None = estimate(sample, names)
        except DomainIsPsuError:
            between = None
        in_one_psu = [between is None] * self.domain_count
        for place, estimated in enumerate(between or ()):
            in_one_psu[place % self.domain_count] |= estimated.status is Status.ONE_PSU
        within = estimate(sample.within(PSU), names) if any(in_one_psu) else None
        return _Estimated(between, within, in_one_psu)

    def method(self, domain: int, estimated: _Estimated) -> str:
        """The steps behind the estimates of a domain."""
        variance = WITHIN_PSU if estimated.in_one_psu[domain] else LINEARIZATION
        return f"{variance} + {self.weighted.weighting}"


def _item_figures(asked: _Asked, topics: list[Topic], measure: Measure) -> list[Figure]:
    if not topics:
        return []
    is_share = measure is Measure.SATISFIED_SHARE
    values = asked.data.satisfied if is_share else asked.data.valid_levels
    columns = {f"item {topic.code}": values[:, asked.data.places[topic.code]] for topic in topics}
    estimated = asked.answer(columns, _share_by_domain if is_share else _mean_by_domain)
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


def _share_by_domain(sample: Sample, of: list[str]) -> Estimates:
    return share(sample, of, categories=[1.0], by=DOMAIN)


def _mean_by_domain(sample: Sample, of: list[str]) -> Estimates:
    return mean(sample, of, by=DOMAIN)


def _group_figures(asked: _Asked, groups: list[Group]) -> tuple[list[Figure], OverallEstimates | None]:
    data, count = asked.data, asked.domain_count
    weight = asked.weighted.sample.weights[: asked.weighted.response_count]
    made: list[Composite] = []
    for group in groups:
        satisfied = data.satisfied[:, [data.places[item] for item in group.items]]
        answers = GroupAnswers(satisfied, weight, asked.domain, count)
        made.append(composite(group, answers, rule=data.round.aggregation_rule))
    # Who answered anything tells which domains lie in one PSU and how many degrees of freedom they have.
    anything = np.where(np.isnan(data.satisfied).all(axis=1), np.nan, 1.0)
    reach = asked.answer({"anything": anything}, _mean_by_domain)
    columns = {f"group {place}": one.z for place, one in enumerate(made)}
    sample, names = asked.sample(columns), list(columns)
    apart = np.array(reach.in_one_psu)
    samples = _Samples(sample, sample.within(PSU) if apart.any() else None, apart)
    errors = samples.standard_errors(names).reshape(len(made), count)
    df = np.array([reach.get(0, domain).degrees_of_freedom for domain in range(count)])
    figures = [
        figure
        for place, group in enumerate(groups)
        for figure in _figures_of_group(
            asked, group.topic, made[place], _Uncertainty(errors[place], df, reach)
        )
    ]
    is_overall = [group.topic.level is FigureLevel.OVERALL for group in groups]
    if not any(is_overall):
        return figures, None
    place = is_overall.index(True)
    covariance = samples.covariance(names[place])
    return figures, OverallEstimates(made[place].values, covariance, sample.degrees_of_freedom)


@dataclass(frozen=True, eq=False)
class _Samples:
    """The sample as drawn, and as drawn within the PSUs for the domains (`apart`) that lie in one."""

    between: Sample
    within: Sample | None
    apart: BoolArray

    def standard_errors(self, columns: list[str]) -> FloatArray:
        """Of the totals of these columns, column by column, one a domain."""
        errors = total(self.between, columns, by=DOMAIN, settings=_AS_FOUND).standard_errors
        if self.within is None:
            return errors
        inside = total(self.within, columns, by=DOMAIN, settings=_AS_FOUND).standard_errors
        return np.where(np.tile(self.apart, len(columns)), inside, errors)

    def covariance(self, column: str) -> FloatArray:
        """Of the total of one column in any two domains; those apart are independent of all others."""
        found = total(self.between, column, by=DOMAIN, settings=_AS_FOUND).covariance()
        if self.within is None:
            return found
        inside = total(self.within, column, by=DOMAIN, settings=_AS_FOUND).covariance()
        one_apart = self.apart[:, None] | self.apart[None, :]
        both_apart = self.apart[:, None] & self.apart[None, :]
        return np.where(both_apart, inside, np.where(one_apart, 0.0, found))


@dataclass(frozen=True, eq=False)
class _Uncertainty:
    """Standard errors and degrees of freedom, one a domain, and where they came from."""

    errors: FloatArray
    degrees_of_freedom: NDArray[np.int64]
    reach: _Estimated


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
            method=f"{rule} + {asked.method(code, known.reach)}",
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
