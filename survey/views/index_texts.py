"""Words of the index pages: how a leaf is scored, where its points come from, why it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from analysis.index.definition import LeafKind, SubCriterion
from analysis.index.formulas import (
    Checklist,
    ChoiceTier,
    Count,
    Deduct,
    External,
    Formula,
    Name,
    Piecewise,
    PricedItem,
    Ratio,
    RatioFloor,
    Rollup,
    Sipas,
    Survey,
    Target,
    ThresholdTier,
    YesNo,
)
from survey.domain.enums import FigureKind
from survey.services.index_inputs import MissingReason
from survey.views.languages import text_in
from survey.views.numbers import number, percentage

ORIGINS: Mapping[LeafKind, object] = {
    LeafKind.SELF: lazy_gettext("appraised"),
    LeafKind.EXTERNAL: lazy_gettext("given by another body"),
    LeafKind.SURVEY: lazy_gettext("leaders' survey"),
    LeafKind.SIPAS: lazy_gettext("satisfaction"),
    LeafKind.BONUS: lazy_gettext("bonus"),
    LeafKind.PENALTY: lazy_gettext("penalty"),
}
FIGURES: Mapping[FigureKind, object] = {
    FigureKind.OFFICIAL: lazy_gettext("official rate, unweighted"),
    FigureKind.DESIGN_BASED: lazy_gettext("weighted by the sample design"),
    FigureKind.MONITORING: lazy_gettext("voluntary ratings at the counters; they do not represent all users"),
}
REASONS: Mapping[MissingReason, object] = {
    MissingReason.NOT_APPRAISED: lazy_gettext("not appraised yet"),
    MissingReason.NO_ANSWERS: lazy_gettext("no answers yet"),
    MissingReason.TOO_FEW_ANSWERS: lazy_gettext("too few answers to be shown"),
    MissingReason.COMPLEMENTARY: lazy_gettext("withheld: another figure could be worked out from it"),
    MissingReason.NO_INTERVAL: lazy_gettext("the sample cannot show how exact the rate is"),
}


def name_in(name: Name) -> str:
    """The text of a criteria set in the page's language."""
    return text_in({"vi": name.vi, "en": name.en})


def points(value: Decimal | None) -> str:
    """Points as short as they are, with two decimals at most: 4; 0,5; 3,75."""
    if value is None:
        return "–"
    decimals = next((places for places in (0, 1) if value == round(value, places)), 2)
    return number(value, decimals)


def change_of_rank(change: int | None) -> str:
    """A climb, a fall or neither, in words."""
    if change is None:
        return ""
    if change > 0:
        return str(ngettext("up %(num)d place", "up %(num)d places", change))
    if change < 0:
        return str(ngettext("down %(num)d place", "down %(num)d places", -change))
    return str(_("same place"))


def rule(leaf: SubCriterion) -> str:
    """How the leaf earns its points, in one sentence."""
    return _rule(leaf.formula, leaf)


def _rule(formula: Formula, leaf: SubCriterion) -> str:
    return _RULES[type(formula)](formula, leaf)


def _share(value: Decimal) -> str:
    decimals = 0 if value * 100 == int(value * 100) else 1
    return percentage(value, decimals)


def _priced(items: Sequence[PricedItem], *, sign: str = "") -> str:
    return "; ".join(f"{name_in(item.label)} {sign}{points(item.points)}" for item in items)


def _tier(formula: ThresholdTier, _leaf: SubCriterion) -> str:
    return "; ".join(
        _("from %(share)s: %(points)s points", share=_share(step.at_least), points=points(step.points))
        for step in formula.steps
    )


def _pieces(formula: Piecewise, leaf: SubCriterion) -> str:
    return "; ".join(
        _(
            "from %(share)s: (%(times)s × share + %(plus)s) × %(maximum)s",
            share=_share(piece.at_least),
            times=points(piece.times),
            plus=points(piece.plus),
            maximum=points(leaf.max_points),
        )
        if piece.plus
        else _(
            "from %(share)s: %(times)s × share × %(maximum)s",
            share=_share(piece.at_least),
            times=points(piece.times),
            maximum=points(leaf.max_points),
        )
        for piece in formula.pieces
    )


def _rollup(formula: Rollup, leaf: SubCriterion) -> str:
    return str(_("%(rule)s, on the figures of the units below", rule=_rule(formula.formula, leaf)))


_RULES: Mapping[type[Formula], Callable[[Any, SubCriterion], str]] = {
    YesNo: lambda _formula, _leaf: _("full points when done, otherwise none"),
    ChoiceTier: lambda formula, _leaf: _priced(formula.choices),
    ThresholdTier: _tier,
    Ratio: lambda _formula, leaf: _("share × %(maximum)s", maximum=points(leaf.max_points)),
    RatioFloor: lambda formula, leaf: _(
        "share × %(maximum)s from %(floor)s on, none below",
        maximum=points(leaf.max_points),
        floor=_share(formula.floor),
    ),
    Piecewise: _pieces,
    Target: lambda formula, leaf: _(
        "share ÷ %(target)s × %(maximum)s, at most %(maximum)s",
        target=_share(formula.target),
        maximum=points(leaf.max_points),
    ),
    Count: lambda formula, leaf: _(
        "%(each)s points each, at most %(maximum)s",
        each=points(formula.points_each),
        maximum=points(leaf.max_points),
    ),
    Deduct: lambda formula, _leaf: _priced(formula.deductions, sign="−"),
    Checklist: lambda formula, _leaf: _priced(formula.items),
    Survey: lambda _formula, leaf: _(
        "mean of the leaders' answers × %(maximum)s", maximum=points(leaf.max_points)
    ),
    Sipas: lambda _formula, leaf: _("satisfaction rate × %(maximum)s", maximum=points(leaf.max_points)),
    External: lambda _formula, _leaf: _("given by a higher authority or another body"),
    Rollup: _rollup,
}
