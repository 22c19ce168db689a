"""Design-based scores: what the sample says about the population, and how far it can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimation import (
    Estimate,
    Estimates,
    EstimationSettings,
    IntervalMethod,
    OnePsuDomains,
    mean,
    share,
    total,
)
from analysis.estimation.intervals import clopper_pearson, share_interval
from analysis.sample import Sample
from survey.domain.enums import FigureKind
from survey.domain.figures import Figure, FigureLevel, Measure, Topic
from survey.services.composites import Composite, GroupAnswers, composite
from survey.services.design_errors import Reach, ToldError, reach_of, told_error
from survey.services.score_data import Group, ScoreData, has_threshold, scale_of
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
    """Estimates of several items in all domains: from the whole design, and from within the PSU where all
    answers to an item in a domain come from one."""

    between: Estimates | None
    within: Estimates | None
    reach: Reach

    def get(self, item: int, domain: int) -> Estimate:
        """The estimate of an item in a domain, by their places."""
        is_within = self.between is None or self.reach.in_one_psu[item, domain]
        chosen = self.within if is_within else self.between
        if chosen is None:
            raise LookupError(f"Domain {domain} was not estimated.")
        return chosen[item * self.reach.domain_count + domain]


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

    def reach(self, answered: BoolArray) -> Reach:
        """Where the answers to several items come from; `answered` has the shape (responses, items)."""
        sample = self.weighted.sample
        more = len(sample) - self.weighted.response_count  # rows without a response
        return reach_of(
            sample,
            np.vstack([answered, np.zeros((more, answered.shape[1]), dtype=np.bool_)]),
            domain=np.concatenate([self.domain, np.full(more, -1)]),
            domain_count=self.domain_count,
        )

    def answer(
        self, columns: Mapping[str, FloatArray], estimate: Callable[[Sample, list[str]], Estimates]
    ) -> _Estimated:
        """Estimates of these columns in all domains."""
        sample, names = self.sample(columns), list(columns)
        found = self.reach(~np.isnan(np.column_stack(list(columns.values()))))
        is_within_all = bool(found.in_one_psu.any() and (found.in_one_psu | (found.answers < 2)).all())
        return _Estimated(
            between=None if is_within_all else estimate(sample, names),
            within=estimate(sample.within(PSU), names) if found.in_one_psu.any() else None,
            reach=found,
        )

    def method(self, in_one_psu: bool | np.bool_) -> str:
        """The steps behind an estimate."""
        variance = WITHIN_PSU if in_one_psu else LINEARIZATION
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
        bounds = (0.0, 1.0) if is_share else _range_of(asked.data, topic)
        for code, domain in enumerate(asked.division.domains):
            estimate = estimated.get(place, code)
            df = int(estimated.reach.degrees_of_freedom[place, code])
            lower, upper = _limits(estimate, df)
            told = told_error(
                estimate.value,
                ToldError(estimate.standard_error, lower, upper, estimate.design_effect),
                is_fixed=estimated.reach.is_fixed[code],
                within=bounds,
            )
            figures.append(
                Figure(
                    kind=FigureKind.DESIGN_BASED,
                    measure=measure,
                    topic=topic,
                    domain=domain,
                    value=estimate.value,
                    respondent_count=estimate.respondent_count,
                    method=asked.method(estimated.reach.in_one_psu[place, code]),
                    degrees_of_freedom=df,
                    confidence_level=estimate.confidence_level,
                    **vars(told),
                )
            )
    return figures


def _limits(estimate: Estimate, df: int) -> tuple[float | None, float | None]:
    """The interval with these degrees of freedom: within a PSU those who answered count, not all members."""
    value, error = estimate.value, estimate.standard_error
    is_end = estimate.interval_method is IntervalMethod.BETA
    if value is None or error is None or df == estimate.degrees_of_freedom or is_end:
        return estimate.lower, estimate.upper
    low, high = share_interval(
        estimate.interval_method,
        np.array([value]),
        variance=np.array([error**2]),
        df=np.array([float(df)]),
        row_count=np.array([float(estimate.respondent_count)]),
        level=estimate.confidence_level,
    )
    return float(low[0]), float(high[0])


def _share_by_domain(sample: Sample, of: list[str]) -> Estimates:
    return share(sample, of, categories=[1.0], by=DOMAIN, settings=_AS_FOUND)


def _mean_by_domain(sample: Sample, of: list[str]) -> Estimates:
    return mean(sample, of, by=DOMAIN, settings=_AS_FOUND)


def _range_of(data: ScoreData, topic: Topic) -> tuple[float, float]:
    levels = scale_of(data.scale_items[data.places[topic.code]]).level_codes
    return float(min(levels)), float(max(levels))


def _group_figures(asked: _Asked, groups: list[Group]) -> tuple[list[Figure], OverallEstimates | None]:
    data, count = asked.data, asked.domain_count
    weight = asked.weighted.sample.weights[: asked.weighted.response_count]
    made: list[Composite] = []
    answered = []
    for group in groups:
        satisfied = data.satisfied[:, [data.places[item] for item in group.items]]
        made.append(
            composite(
                group,
                GroupAnswers(satisfied, weight, asked.domain, count),
                rule=data.round.aggregation_rule,
            )
        )
        answered.append(~np.isnan(satisfied).all(axis=1))
    reach = asked.reach(np.column_stack(answered))
    columns = {f"group {place}": one.z for place, one in enumerate(made)}
    sample, names = asked.sample(columns), list(columns)
    within = sample.within(PSU) if reach.in_one_psu.any() else None
    samples = _Samples(sample, within, reach.in_one_psu)
    errors = samples.standard_errors(names)
    figures = [
        figure
        for place, group in enumerate(groups)
        for figure in _figures_of_group(asked, group.topic, made[place], _Uncertainty(errors, reach, place))
    ]
    is_overall = [group.topic.level is FigureLevel.OVERALL for group in groups]
    if not any(is_overall):
        return figures, None
    place = is_overall.index(True)
    covariance = samples.covariance(names[place], apart=reach.in_one_psu[place])
    return figures, OverallEstimates(made[place].values, covariance, sample.degrees_of_freedom)


@dataclass(frozen=True, eq=False)
class _Samples:
    """The sample as drawn, and as drawn within the PSUs for the figures whose answers come from one
    (`in_one_psu`, shape (columns, domains))."""

    between: Sample
    within: Sample | None
    in_one_psu: BoolArray

    def standard_errors(self, columns: list[str]) -> FloatArray:
        """Of the totals of these columns, shape (columns, domains)."""
        shape = self.in_one_psu.shape
        errors = total(self.between, columns, by=DOMAIN, settings=_AS_FOUND).standard_errors.reshape(shape)
        if self.within is None:
            return errors
        inside = total(self.within, columns, by=DOMAIN, settings=_AS_FOUND).standard_errors.reshape(shape)
        return np.where(self.in_one_psu, inside, errors)

    def covariance(self, column: str, *, apart: BoolArray) -> FloatArray:
        """Of the total of one column in any two domains; those `apart` are independent of all others."""
        found = total(self.between, column, by=DOMAIN, settings=_AS_FOUND).covariance()
        if self.within is None:
            return found
        inside = total(self.within, column, by=DOMAIN, settings=_AS_FOUND).covariance()
        one_apart = apart[:, None] | apart[None, :]
        both_apart = apart[:, None] & apart[None, :]
        return np.where(both_apart, inside, np.where(one_apart, 0.0, found))


@dataclass(frozen=True, eq=False)
class _Uncertainty:
    """Standard errors of several groups, shape (groups, domains), where they came from and which is asked."""

    all_errors: FloatArray
    reach: Reach
    place: int

    @property
    def errors(self) -> FloatArray:
        """The standard errors of the group, one a domain."""
        return np.asarray(self.all_errors[self.place])

    @property
    def degrees_of_freedom(self) -> NDArray[np.int64]:
        """Of the group, one a domain."""
        return np.asarray(self.reach.degrees_of_freedom[self.place])


def _figures_of_group(asked: _Asked, topic: Topic, made: Composite, known: _Uncertainty) -> list[Figure]:
    lower, upper = _intervals(made, known)
    has_error = np.isfinite(known.errors) & (made.respondents > 1)
    effect = known.errors**2 / np.where(made.simple_variance > 0, made.simple_variance, np.nan)
    rule = asked.data.round.aggregation_rule
    figures = []
    for code, domain in enumerate(asked.division.domains):
        value = _known(made.values[code], made.respondents[code] > 1)
        numbers = [_known(found[code], has_error[code]) for found in (known.errors, lower, upper, effect)]
        told = told_error(value, ToldError(*numbers), is_fixed=known.reach.is_fixed[code], within=(0.0, 1.0))
        figures.append(
            Figure(
                kind=FigureKind.DESIGN_BASED,
                measure=Measure.SATISFIED_SHARE,
                topic=topic,
                domain=domain,
                value=value,
                respondent_count=int(made.respondents[code]),
                method=f"{rule} + {asked.method(known.reach.in_one_psu[known.place, code])}",
                degrees_of_freedom=int(known.degrees_of_freedom[code]),
                confidence_level=SETTINGS.confidence_level,
                **vars(told),
            )
        )
    return figures


def _intervals(made: Composite, known: _Uncertainty) -> tuple[FloatArray, FloatArray]:
    """Logit intervals as for shares; Clopper–Pearson on Kish's effective size at exactly 0 and 1.

    Without degrees of freedom there is none.
    """
    level = SETTINGS.confidence_level
    df = known.degrees_of_freedom.astype(np.float64)
    at_end = (made.values == 0) | (made.values == 1)
    effective = np.where(df > 0, made.effective, np.nan)
    lower, upper = clopper_pearson(np.nan_to_num(made.values), effective=effective, level=level)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = share_interval(
            IntervalMethod.LOGIT,
            np.where(at_end, 0.5, made.values),
            variance=known.errors**2,
            df=df,
            row_count=made.respondents.astype(np.float64),
            level=level,
        )
    return np.where(at_end, lower, low), np.where(at_end, upper, high)


def _known(value: float, is_known: bool | np.bool_) -> float | None:
    return float(value) if is_known and np.isfinite(value) else None
