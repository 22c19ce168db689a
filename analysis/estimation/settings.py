"""What a user may choose about estimates, each choice with its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, kw_only=True)
class EstimationSettings:
    """The choices behind a set of estimates.

    `assumed_design_effect` sets the effective sample size n / deff of shares of exactly 0 or 1, which show no
    variance of their own; None takes Kish's 1 + cv² of the weights of the respondents. Raises
    `EstimationError` for a level outside (0, 1) or a design effect that is not positive.
    """

    confidence_level: float = 0.95
    share_interval: IntervalMethod = IntervalMethod.LOGIT
    design_effect: DesignEffectReference = DesignEffectReference.WITH_REPLACEMENT
    missing: MissingRule = MissingRule.BY_ITEM
    one_psu_domains: OnePsuDomains = OnePsuDomains.REFUSE
    assumed_design_effect: float | None = None

    def __post_init__(self) -> None:
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
