"""Choices are taken by member or word; a misspelled one is refused, not ignored."""

import pytest

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.estimation import EstimationSettings, MissingRule


def test_a_word_is_its_member():
    assert chosen(MissingRule, "listwise", name="missing") is MissingRule.LISTWISE
    assert EstimationSettings(missing="listwise").missing is MissingRule.LISTWISE


def test_an_unknown_word_is_refused_with_those_there_are():
    with pytest.raises(EstimationError, match=r"missing is 'pairwise'\. Choose one of by_item, listwise,"):
        EstimationSettings(missing="pairwise")
