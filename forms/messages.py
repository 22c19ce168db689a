"""Messages about answers: why a value was not accepted, as codes and as sentences the shell can translate."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


def N_(message: str) -> str:  # noqa: N802 -- the name translation extraction looks for
    """Mark a sentence for translation without translating it here."""
    return message


class AnswerProblemCode(StrEnum):
    """Why an answer, or the lack of one, is not accepted."""

    NOT_A_DOCUMENT = "not_a_document"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_UNIT = "unknown_unit"
    REQUIRED = "required"
    UNITS_MISSING = "units_missing"
    WRONG_TYPE = "wrong_type"
    NOT_ON_SCALE = "not_on_scale"
    NOT_A_CHOICE = "not_a_choice"
    REPEATED_CHOICE = "repeated_choice"
    NOT_WHOLE = "not_whole"
    NOT_A_NUMBER = "not_a_number"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    UNREADABLE_TEXT = "unreadable_text"
    NOT_A_DATE = "not_a_date"
    STATUS_NOT_ALLOWED = "status_not_allowed"
    MALFORMED_STATUS = "malformed_status"
    CONSTRAINT = "constraint"


MESSAGES: Mapping[AnswerProblemCode, str] = {
    AnswerProblemCode.NOT_A_DOCUMENT: N_("Answers must come as an object of item codes and values."),
    AnswerProblemCode.UNKNOWN_ITEM: N_("This questionnaire has no question %(value)s."),
    AnswerProblemCode.UNKNOWN_UNIT: N_("The unit %(value)s is not among the assessed units."),
    AnswerProblemCode.REQUIRED: N_("Please answer this question."),
    AnswerProblemCode.UNITS_MISSING: N_("Please give an answer for every unit. Still missing: %(units)s."),
    AnswerProblemCode.WRONG_TYPE: N_("The answer has the wrong form for this question."),
    AnswerProblemCode.NOT_ON_SCALE: N_("Please choose one of the levels shown; %(value)s is none of them."),
    AnswerProblemCode.NOT_A_CHOICE: N_("Please choose from the options shown; %(value)s is none of them."),
    AnswerProblemCode.REPEATED_CHOICE: N_("The option %(value)s is given twice."),
    AnswerProblemCode.NOT_WHOLE: N_("Please enter a whole number."),
    AnswerProblemCode.NOT_A_NUMBER: N_("Please enter a number, for example 7 or 7.5."),
    AnswerProblemCode.TOO_SMALL: N_("Please enter a number that is at least %(limit)s."),
    AnswerProblemCode.TOO_LARGE: N_("Please enter a number that is at most %(limit)s."),
    AnswerProblemCode.TOO_LONG: N_("Please shorten the text to at most %(limit)s characters."),
    AnswerProblemCode.UNREADABLE_TEXT: N_("Some characters of this text cannot be stored; please retype it."),
    AnswerProblemCode.NOT_A_DATE: N_("Please enter a date that exists, as day/month/year."),
    AnswerProblemCode.STATUS_NOT_ALLOWED: N_("An answer marked %(value)s cannot be given this way."),
    AnswerProblemCode.MALFORMED_STATUS: N_("The mark on this answer must be refused or invalid."),
    AnswerProblemCode.CONSTRAINT: N_("This answer does not agree with another one."),
}
