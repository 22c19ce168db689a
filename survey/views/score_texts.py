"""What figures are and why they are withheld, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from analysis.suppression import Reason
from survey.domain.enums import FigureKind, Selection
from survey.domain.figures import Figure, Measure
from survey.domain.wording import Sentence
from survey.models import SurveyRound
from survey.services.score_domains import DAY, HOUR, MONTH, ORGANISATION, SERVICE_POINT


def label(figure: Figure) -> str:
    """What a figure is, to stand beside it wherever it goes."""
    texts = {
        (FigureKind.OFFICIAL, Measure.SATISFIED_SHARE): _("satisfied, official calculation (unweighted)"),
        (FigureKind.OFFICIAL, Measure.MEAN_LEVEL): _("mean level, unweighted; not SIPAS"),
        (FigureKind.OFFICIAL, Measure.MEAN_WORTH): _(
            "mean worth of the levels chosen by invited respondents"
        ),
        (FigureKind.DESIGN_BASED, Measure.SATISFIED_SHARE): _("satisfied, sample survey (design-based)"),
        (FigureKind.DESIGN_BASED, Measure.MEAN_LEVEL): _(
            "mean level, sample survey (design-based); not SIPAS"
        ),
        (FigureKind.MONITORING, Measure.SATISFIED_SHARE): _("satisfied, self-selected; not representative"),
        (FigureKind.MONITORING, Measure.MEAN_LEVEL): _("mean level, self-selected; not representative"),
    }
    return str(texts[(figure.kind, figure.measure)])


def sentence(said: Sentence) -> str:
    """A sentence of the services in the page's language."""
    return said.render(_)


def reason(why: Reason, round_: SurveyRound) -> str:
    """Why there is no number."""
    texts = {
        Reason.ENOUGH_ANSWERS: "",
        Reason.NO_ANSWERS: _("no answers"),
        Reason.TOO_FEW_TO_SHOW: _("withheld: fewer than %(n)s answers", n=round_.minimum_shown),
        Reason.TOO_FEW_TO_PUBLISH: _("not published: fewer than %(n)s answers", n=round_.minimum_published),
        Reason.COMPLEMENTARY: _("withheld: another figure could be worked out from it"),
    }
    return str(texts[why])


def way(by: str, item_texts: str = "") -> str:
    """What a round is divided by; an item is named by its question."""
    texts = {
        ORGANISATION: _("Unit"),
        SERVICE_POINT: _("Service point"),
        MONTH: _("Month"),
        DAY: _("Day"),
        HOUR: _("Hour of the day"),
    }
    return str(texts.get(by, item_texts))


def heading(by: str, item_texts: str = "") -> str:
    """The heading of a table divided so; an item is named by its question."""
    texts = {
        ORGANISATION: _("By unit"),
        SERVICE_POINT: _("By service point"),
        MONTH: _("By month"),
        DAY: _("By day"),
        HOUR: _("By hour of the day"),
    }
    return str(texts.get(by, item_texts))


def kind(of: FigureKind) -> str:
    """What a figure is, in a word."""
    texts = {
        FigureKind.OFFICIAL: _("official calculation"),
        FigureKind.DESIGN_BASED: _("sample survey"),
        FigureKind.MONITORING: _("voluntary"),
    }
    return str(texts[of])


def selection(of: Selection) -> str:
    """How the respondents of a round came to answer."""
    texts = {
        Selection.PROBABILITY_SAMPLE: _("sample survey"),
        Selection.SELF_SELECTED: _("counter ratings, voluntary"),
        Selection.INVITED: _("invited respondents"),
    }
    return str(texts[of])
