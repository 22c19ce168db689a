"""The scores page, put together: the table with its plot, bars by factor, and the stream of ratings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.suppression import Reason
from forms.questionnaire import ItemKind
from survey.domain.enums import FigureKind, Selection
from survey.domain.figures import Figure, FigureLevel, Measure, Topic
from survey.services.counted_scores import factor_level_counts
from survey.services.rating_volumes import rating_volumes
from survey.services.score_comparison import Comparison
from survey.services.score_data import scale_of
from survey.services.score_domains import ORGANISATION, SERVICE_POINT
from survey.services.scores import RoundScores
from survey.views import charts, score_texts
from survey.views.languages import text_in

MOST_LEVELS_DRAWN = 5
CHART_HEIGHT = 96
# The kind of figure a table shows when there are several: the one that knows its uncertainty.
_PREFERRED = (FigureKind.DESIGN_BASED, FigureKind.OFFICIAL, FigureKind.MONITORING)


@dataclass(frozen=True)
class Option:
    """One line of a chooser."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class Row:
    """A line of the table: the figure of a domain, its mark in the plot, or why there is none."""

    code: str
    name: str
    figure: Figure
    mark: charts.Mark | None
    why_not: str
    can_be_opened: bool


@dataclass(frozen=True)
class Table:
    """The figures of the domains on one axis; `head` stands over their names, `whole` is undivided."""

    heading: str
    head: str
    tag: str
    kind: FigureKind
    is_mean: bool
    rows: tuple[Row, ...]
    axis: charts.Axis
    whole: Figure | None
    comparison: Comparison | None
    names: Mapping[str, str]


@dataclass(frozen=True)
class FactorBar:
    """The distribution of one factor's answers with its share of satisfied ones, or why it is withheld."""

    name: str
    figure: Figure
    segments: tuple[charts.Segment, ...]
    why_not: str


@dataclass(frozen=True)
class FactorBars:
    """All factors of a round, and what the colours mean: (colour, label) from the lowest level."""

    bars: tuple[FactorBar, ...]
    key: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Stream:
    """Ratings by day and by hour."""

    by_day: charts.ColumnChart
    by_hour: charts.ColumnChart


def whole_figure(scored: RoundScores | None, kind: FigureKind, topic_key: str | None = None) -> Figure | None:
    """The undivided figure of this kind about this topic; without a topic, the overall share."""
    for figure in () if scored is None else scored.figures:
        is_asked = (
            figure.topic.level is FigureLevel.OVERALL if topic_key is None else figure.topic.key == topic_key
        )
        if not figure.domain.by and figure.kind is kind and is_asked:
            return figure
    return None


def topics(scored: RoundScores) -> list[Topic]:
    """What the table can be about: overall, factors, items."""
    # Questions about units are no items of the data's own columns; their figures name them.
    found = {
        topic.key: topic for topic in (*scored.scope.data.topics, *(one.topic for one in scored.figures))
    }
    groups = [topic for topic in found.values() if topic.level in (FigureLevel.OVERALL, FigureLevel.FACTOR)]
    items = [topic for topic in found.values() if topic.level is FigureLevel.ITEM]
    has_overall = any(topic.level is FigureLevel.OVERALL for topic in groups)
    one_item = len(items) == 1 and has_overall
    return groups[:1] if one_item else [*groups, *items]


def ways(scored: RoundScores) -> list[Option]:
    """What the table can be divided by: units, counters, times, and questions about the respondent."""
    items = scored.questionnaire.items_by_code
    return [
        Option(way, score_texts.way(way, text_in(items[way].texts) if way in items else ""), way == scored.by)
        for way in scored.ways
        if way not in items or items[way].kind is ItemKind.SINGLE_CHOICE
    ]


def table(scored: RoundScores, topic: Topic) -> Table | None:
    """The domains of the round's division about one topic."""
    figures = _of_topic(scored, topic)
    shown = next((kind for kind in _PREFERRED if any(figure.kind is kind for figure in figures)), None)
    if shown is None or scored.by is None:
        return None
    figures = [figure for figure in figures if figure.kind is shown]
    whole = whole_figure(scored, shown, topic.key)
    is_mean = figures[0].measure is Measure.MEAN_LEVEL
    numbers = [
        float(number)
        for figure in [*figures, *([whole] if whole else [])]
        for number in (figure.value, figure.lower, figure.upper)
        if number is not None
    ]
    axis = charts.axis_for(numbers, within=_range_of(scored, topic) if is_mean else (0.0, 1.0))
    rows = [_row(scored, figure, axis) for figure in figures]
    way = next((option.text for option in ways(scored) if option.is_chosen), "")
    if scored.by in (ORGANISATION, SERVICE_POINT):
        rows.sort(key=lambda row: (row.figure.value is None, -float(row.figure.value or 0), row.code))
    return Table(
        heading=score_texts.heading(scored.by, way),
        head=way,
        tag=_tag(scored.round.selection, shown),
        kind=shown,
        is_mean=is_mean,
        rows=tuple(rows),
        axis=axis,
        whole=whole,
        comparison=scored.comparison if topic.level is FigureLevel.OVERALL else None,
        names={row.code: row.name for row in rows},
    )


def factor_bars(scored: RoundScores) -> FactorBars | None:
    """How the answers of each factor are distributed; None when a scale is too long to be drawn."""
    data = scored.scope.data
    scored_items = [item for item in data.scale_items if item.factor is not None]
    scales = {scale_of(item).reference: scale_of(item) for item in scored_items}
    figures = [
        figure
        for figure in scored.figures
        if not figure.domain.by
        and figure.topic.level is FigureLevel.FACTOR
        and figure.kind is not FigureKind.DESIGN_BASED
    ]
    if len(scales) != 1 or len(figures) < 2:
        return None
    scale = next(iter(scales.values()))
    if len(scale.levels) > MOST_LEVELS_DRAWN:
        return None
    counts = factor_level_counts(data, scored.scope.members)
    bars = [
        FactorBar(
            name=text_in(figure.topic.names),
            figure=figure,
            segments=charts.stacked_bar(counts[figure.topic.code]) if figure.value is not None else (),
            why_not=score_texts.reason(figure.reason, scored.round),
        )
        for figure in figures
    ]
    key = [
        (charts.level_colour(place, len(scale.levels)), text_in(level.labels))
        for place, level in enumerate(sorted(scale.levels, key=lambda level: level.code))
    ]
    return FactorBars(tuple(bars), tuple(key))


def stream(scored: RoundScores) -> Stream | None:
    """Ratings by day and hour of a self-selected round with responses."""
    volumes = rating_volumes(scored.scope)
    if scored.round.selection is not Selection.SELF_SELECTED or not volumes.by_day:
        return None
    months = {
        place: f"{day:%m/%Y}" for place, (day, _) in enumerate(volumes.by_day) if place == 0 or day.day == 1
    }
    crowded = len(months) > 1 and min(place for place in months if place) < len(volumes.by_day) / 10
    if crowded:
        del months[0]
    return Stream(
        by_day=charts.column_chart(
            [(f"{day:%d/%m/%Y}", count) for day, count in volumes.by_day],
            height=CHART_HEIGHT,
            marks=months,
        ),
        by_hour=charts.column_chart(
            [(f"{hour:02d}:00–{hour:02d}:59", count) for hour, count in volumes.by_hour],
            height=CHART_HEIGHT,
            marks={
                place: str(hour)
                for place, (hour, _) in enumerate(volumes.by_hour)
                if place % (1 + len(volumes.by_hour) // 13) == 0
            },
        ),
    )


def _tag(selection: Selection, kind: FigureKind) -> str:
    """What the figures of a table are, in a word."""
    if selection is Selection.INVITED:
        return score_texts.selection(selection)
    return score_texts.kind(kind)


def _of_topic(scored: RoundScores, topic: Topic) -> list[Figure]:
    """The divided figures of a topic, of one measure: the share where there is one."""
    figures = [figure for figure in scored.figures if figure.domain.by and figure.topic.key == topic.key]
    shares = [figure for figure in figures if figure.measure is not Measure.MEAN_LEVEL]
    return shares or figures


def _row(scored: RoundScores, figure: Figure, axis: charts.Axis) -> Row:
    value = None if figure.value is None else float(figure.value)
    tree = scored.scope.data.tree
    node = tree.by_code.get(figure.domain.code) if figure.domain.by == ORGANISATION else None
    return Row(
        code=figure.domain.code,
        name=text_in(figure.domain.names),
        figure=figure,
        mark=charts.mark(axis, value=value, lower=figure.lower, upper=figure.upper),
        why_not=score_texts.reason(figure.reason, scored.round)
        if figure.reason is not Reason.ENOUGH_ANSWERS
        else "",
        can_be_opened=node is not None,
    )


def _range_of(scored: RoundScores, topic: Topic) -> tuple[float, float]:
    item = next(item for item in scored.scope.data.scale_items if item.code == topic.code)
    codes = scale_of(item).level_codes
    return float(min(codes)), float(max(codes))
