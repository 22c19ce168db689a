"""What a user may choose about estimates, each choice with its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from analysis.choices import chosen
from analysis.errors import EstimationError


class IntervalMethod(StrEnum):
    """How an interval is made; formulas in `analysis.estimation.intervals`.

    MEAN: estimate ± t × standard error. For shares also LOGIT, WILSON, BETA (Korn–Graubard), ARCSINE,
    LIKELIHOOD and XLOGIT, named as in R survey 4.5, `svyciprop`. LOGIT and XLOGIT are the same limits, except
    that replicates show LOGIT the variance of the log odds itself. BETA_CAPPED is BETA with an effective
    sample size of at most the answers, which the publication rules of the NCHS ask for and R does not do.
    """

    LOGIT = "logit"
    WILSON = "wilson"
    BETA = "beta"
    MEAN = "mean"
    ARCSINE = "asin"
    LIKELIHOOD = "likelihood"
    XLOGIT = "xlogit"
    BETA_CAPPED = "beta_capped"


class QuantileRule(StrEnum):
    """Which value is the quantile p of a weighted distribution F (`analysis.estimation.cumulative`).

    MATH (also HF1): the smallest value with F ≥ p, always an answer that was given. SCHOOL (also HF2): the
    same, but halfway to the next value where F is exactly p. HF3: as MATH, but where F is exactly p at a
    value of odd rank, the next one. HF4 to HF9 interpolate between rows, as the definitions of Hyndman & Fan
    1996 do without weights; SHAHVAISH is Shah & Vaish 2006. Rules that look at rows take equal answers in the
    order of the frame. Names of R survey 4.5, `svyquantile(qrule)`; SAS interpolates F and differs from all
    of them on ties. SHAHVAISH_UNSCALED is what R computes under the name shahvaish, which depends on the
    scale of the weights: for comparison only.
    """

    MATH = "math"
    SCHOOL = "school"
    SHAHVAISH = "shahvaish"
    HF1 = "hf1"
    HF2 = "hf2"
    HF3 = "hf3"
    HF4 = "hf4"
    HF5 = "hf5"
    HF6 = "hf6"
    HF7 = "hf7"
    HF8 = "hf8"
    HF9 = "hf9"
    SHAHVAISH_UNSCALED = "shahvaish_unscaled"


class QuantileInterval(StrEnum):
    """How a quantile gets its interval (values as in R survey 4.5, `svyquantile(interval.type)`).

    MEAN, BETA, XLOGIT, ARCSINE: an interval for the share of answers up to the quantile, by the method of
    that name in `IntervalMethod`, read back through the same rule (Woodruff 1952). SCORE: the answers at
    which a test of the share against p is not rejected (Francisco & Fuller 1991). REPLICATES: quantile ± t ×
    standard error of the replicates' quantiles, which the jackknife does not estimate consistently.
    """

    MEAN = "mean"
    BETA = "beta"
    XLOGIT = "xlogit"
    ARCSINE = "asin"
    SCORE = "score"
    REPLICATES = "quantile"


class DesignEffectReference(StrEnum):
    """The simple random sample a design is compared with; WITHOUT_REPLACEMENT needs weights that sum to N."""

    WITH_REPLACEMENT = "with_replacement"
    WITHOUT_REPLACEMENT = "without_replacement"


class MissingRule(StrEnum):
    """What to do with missing answers; in every case their rows stay in the design.

    BY_ITEM: every item keeps all its answers. LISTWISE: only rows that answered every item of the call count.
    REFUSE: no member of the domains may miss an answer.
    """

    BY_ITEM = "by_item"
    LISTWISE = "listwise"
    REFUSE = "refuse"


class OnePsuDomains(StrEnum):
    """Domains inside a single PSU: REFUSE a standard error, or ESTIMATE it between PSUs as R survey does."""

    REFUSE = "refuse"
    ESTIMATE = "estimate"


_CHOICES: Mapping[str, type[StrEnum]] = {
    "share_interval": IntervalMethod,
    "design_effect": DesignEffectReference,
    "missing": MissingRule,
    "one_psu_domains": OnePsuDomains,
}


@dataclass(frozen=True, kw_only=True)
class EstimationSettings:
    """The choices behind a set of estimates.

    `assumed_design_effect` sets the effective sample size n / deff of shares of exactly 0 or 1, which show no
    variance of their own; None takes Kish's 1 + cv² of the weights of the respondents. Raises
    `EstimationError` for a level outside (0, 1), an unknown choice or a design effect that is not positive.
    """

    confidence_level: float = 0.95
    share_interval: IntervalMethod = IntervalMethod.LOGIT
    design_effect: DesignEffectReference = DesignEffectReference.WITH_REPLACEMENT
    missing: MissingRule = MissingRule.BY_ITEM
    one_psu_domains: OnePsuDomains = OnePsuDomains.REFUSE
    assumed_design_effect: float | None = None

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            object.__setattr__(self, name, chosen(kind, getattr(self, name), name=name))
        if not 0 < self.confidence_level < 1:
            raise EstimationError(
                f"A confidence level lies between 0 and 1, not at {self.confidence_level}.",
                hint="Use 0.95 for 95%.",
            )
        if self.assumed_design_effect is not None and not self.assumed_design_effect > 0:
            raise EstimationError(
                f"A design effect is above 0, not {self.assumed_design_effect}.",
                hint="1 is a simple random sample.",
            )


DEFAULT_SETTINGS = EstimationSettings()
