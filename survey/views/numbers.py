"""Numbers and dates as the page's language writes them; the only place where shares become percentages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from flask_babel import format_datetime, format_decimal, get_locale
from flask_babel import gettext as _

Number = int | float | Decimal | Fraction
# What binary arithmetic leaves behind (0.2885 × 100 = 28.849999999999998) stands further back than this.
FLOAT_DECIMALS = 10


def rounded(value: Number, decimals: int) -> Decimal:
    """Half-up rounding for display; exact for fractions and decimals, floats cleared of binary remains."""
    if isinstance(value, Fraction):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
    else:
        exact = Decimal(repr(round(value, FLOAT_DECIMALS))) if isinstance(value, float) else Decimal(value)
    found = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(found) if found.is_zero() else found  # no minus before a zero


def number(value: Number | None, decimals: int = 0) -> str:
    """1.234,50 in Vietnamese, 1,234.50 in English; a dash for what is not there."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded(value, decimals), format=pattern))


def percentage(share: Number | None, decimals: int = 1) -> str:
    """A share from 0 to 1 as 83,9% (no space before the sign, in both languages)."""
    if share is None:
        return "–"
    return number(share * 100, decimals) + "%"


def day(value: date | None) -> str:
    """dd/mm/yyyy in both languages."""
    return "–" if value is None else value.strftime("%d/%m/%Y")


def moment(value: datetime | None) -> str:
    """dd/mm/yyyy hh:mm in the province's time zone."""
    return "–" if value is None else str(format_datetime(value, "dd/MM/yyyy HH:mm"))


def language() -> str:
    """The code of the page's language."""
    return str(get_locale())


def yes_no(value: bool) -> str:
    """A truth value in words."""
    return str(_("yes") if value else _("no"))


FILTERS = {"number": number, "percentage": percentage, "day": day, "moment": moment, "yes_no": yes_no}
