"""Tail probabilities of weighted sums of chi-squares, alone or over an independent estimate of scale."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from analysis.errors import EstimationError
from analysis.stages import FloatArray

_STEP, _END = 0.04, 64.0  # of the trapezoid rule: its error is far below the last digit of a float
_NEAR_ZERO = 1e-4  # where the saddlepoint formula loses its digits (R survey 4.5, `pchisqsum`)
_NO_RANGE = 1e-12  # coefficients that differ by less are one


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """The distribution of Q = Σ a_i χ²_1, or of Q / (χ²_ν / ν) with an independent denominator.

    `coefficients` a_i (k,) are positive; `denominator` ν is None for Q alone. Such are the distributions of
    Pearson's X² and of Wald tests against the wrong covariance (Rao & Scott 1981). Raises `EstimationError`
    without a positive coefficient or with a ν that is not positive.
    """

    coefficients: FloatArray
    denominator: float | None = None
    _used: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = np.asarray(self.coefficients, dtype=np.float64)
        largest = float(given.max(initial=0.0))
        if not (np.isfinite(given).all() and largest > 0):
            raise EstimationError("A sum of chi-squares needs a coefficient above 0 and none infinite.")
        if self.denominator is not None and not self.denominator > 0:
            raise EstimationError(f"A denominator has degrees of freedom above 0, not {self.denominator}.")
        object.__setattr__(self, "_used", given[given > _NO_RANGE * largest])

    def tail(self, value: float) -> float:
        """P(Q > value) to near the last digit, however small.

        The inversion integral of the moment generating function along a hyperbola through the saddlepoint,
        by the trapezoid rule (Rice 1980, SIAM J. Sci. Stat. Comput. 1; Weideman & Trefethen 2007).
        """
        if value <= 0:
            return 1.0
        if np.ptp(self._used) <= _NO_RANGE * self._used.max():
            return self._satterthwaite(value)  # exact for equal coefficients
        return _Inversion.of(self, value).tail()

    def saddlepoint_tail(self, value: float) -> float:
        """P(Q > value) by the saddlepoint approximation (Kuonen 1999, Biometrika 86).

        Next to the mean, where the formula is 0 / 0, the approximation of Satterthwaite stands in, as in R
        survey 4.5, `pFsum`.
        """
        if value <= 0:
            return 1.0
        approximated = _Inversion.of(self, value).saddlepoint_tail()
        return self._satterthwaite(value) if approximated is None else approximated

    def _satterthwaite(self, value: float) -> float:
        """Matches mean and variance by one chi-square or F (Satterthwaite 1946)."""
        total, squares = float(self._used.sum()), float((self._used**2).sum())
        free = total**2 / squares
        if self.denominator is None:
            return float(stats.chi2.sf(value * total / squares, free))
        return float(stats.f.sf(value / total, free, self.denominator))


@dataclass(frozen=True, eq=False)
class _Inversion:
    """E exp(ζ (Σ λ_i χ²_{h_i} - x)), with its saddlepoint; the largest λ is 1, so ζ lies below 1/2.

    A denominator is one more λ = -value / ν, and x = 0: Q / (χ²_ν / ν) > value where the sum is above 0.
    """

    scales: FloatArray
    free: FloatArray
    threshold: float

    @classmethod
    def of(cls, form: QuadraticForm, value: float) -> _Inversion:
        largest = form._used.max()
        scales, relative = form._used / largest, value / largest
        if form.denominator is None:
            return cls(scales, np.ones(scales.size), relative)
        negative = -relative / form.denominator
        return cls(np.append(scales, negative), np.append(np.ones(scales.size), form.denominator), 0.0)

    def exponent(self, zeta: NDArray[np.complex128]) -> NDArray[np.complex128]:
        logs = np.log(1 - 2 * zeta[:, None] * self.scales)
        return np.asarray(-logs @ self.free / 2 - zeta * self.threshold, dtype=np.complex128)

    def height(self, zeta: float) -> float:
        """The exponent on the real line, to the last digit also next to 0."""
        return float(-np.log1p(-2 * zeta * self.scales) @ self.free / 2 - zeta * self.threshold)

    def slope(self, zeta: float) -> float:
        return float(self.free @ (self.scales / (1 - 2 * zeta * self.scales)) - self.threshold)

    def curvature(self, zeta: float) -> float:
        return float(2 * self.free @ (self.scales / (1 - 2 * zeta * self.scales)) ** 2)

    def saddlepoint(self) -> float:
        """Where the exponent is lowest on the real line."""
        lowest = float(self.scales.min())
        start = 1 / (2 * lowest) if lowest < 0 else -float(self.free.sum()) / (2 * self.threshold)
        near = 1 - 2.0**-50  # next to the poles
        return float(brentq(self.slope, start * near, near / 2, xtol=1e-300, rtol=1e-15))

    def tail(self) -> float:
        """The probability above x, along a contour between the pole at 0 and the one at 1/2."""
        centre = max(self.saddlepoint(), 0.05)
        width = min(1 / np.sqrt(self.curvature(centre)), 0.9 * centre, 1.5 * (0.5 - centre))
        t = np.arange(0.0, _END, _STEP)
        zeta = centre + width * (np.cosh(t) - 1 + 1j * np.sinh(t))
        direction = width * (np.sinh(t) + 1j * np.cosh(t))
        at_centre = self.height(centre)
        values = (np.exp(self.exponent(zeta) - at_centre) * direction / zeta).imag
        return float(np.exp(at_centre) * _STEP * (values.sum() - values[0] / 2) / np.pi)

    def saddlepoint_tail(self) -> float | None:
        """Kuonen's formula; None next to the mean, where it is 0 / 0."""
        zeta = self.saddlepoint()
        if abs(zeta) < _NEAR_ZERO:
            return None
        w = np.sign(zeta) * np.sqrt(-2 * self.height(zeta))
        v = zeta * np.sqrt(self.curvature(zeta))
        return float(stats.norm.sf(w + np.log(v / w) / w))
