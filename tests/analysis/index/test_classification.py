"""Classes come from thresholds in data, lower bounds inclusive, per group of units."""

from decimal import Decimal

import pytest

from analysis.errors import ClassificationError
from analysis.index.classification import ClassBand, ClassScheme, class_changes, class_counts, classify
from analysis.index.ranking import UnitIndex, rank_units


def bands(**bounds):
    return tuple(ClassBand(code, Decimal(bound)) for code, bound in bounds.items())


NAM_DINH = ClassScheme(
    {
        "department": bands(group_1="90", group_2="80", group_3="0"),
        "district": bands(group_1="80", group_2="70", group_3="0"),
    }
)


@pytest.mark.parametrize(
    ("index", "group", "expected"),
    [
        ("90", "department", "group_1"),
        ("89.994", "department", "group_2"),
        ("89.995", "department", "group_1"),
        ("80", "department", "group_2"),
        ("80", "district", "group_1"),
        ("79.99", "district", "group_2"),
        ("0", "district", "group_3"),
    ],
)
def test_bounds_are_inclusive_as_printed_and_differ_by_group(index, group, expected):
    assert classify(Decimal(index), group=group, scheme=NAM_DINH) == expected


def test_a_scheme_with_more_decimals_classes_by_what_it_prints():
    scheme = ClassScheme(NAM_DINH.bands_by_group, decimals=3)
    assert classify(Decimal("89.995"), group="department", scheme=scheme) == "group_2"


def test_counts_name_every_class_also_an_empty_one():
    ranking = rank_units(
        [
            UnitIndex(code, "district", Decimal(index))
            for code, index in {"a": "80", "b": "81", "c": "12"}.items()
        ]
        + [UnitIndex("d", "department", Decimal(99))]
    )
    assert class_counts(ranking.ranked, group="district", scheme=NAM_DINH) == {
        "group_1": 2,
        "group_2": 0,
        "group_3": 1,
    }


def test_a_group_without_classes_is_refused():
    with pytest.raises(ClassificationError, match="no classes for the group commune"):
        classify(Decimal(80), group="commune", scheme=NAM_DINH)


@pytest.mark.parametrize("wrong", [{}, {"a": "90"}, {"a": "0", "b": "90"}, {"a": "90", "b": "90", "c": "0"}])
def test_bands_must_fall_to_zero(wrong):
    with pytest.raises(ClassificationError, match="do not fall to 0"):
        ClassScheme({"district": bands(**wrong)})


def test_a_class_named_twice_is_refused():
    with pytest.raises(ClassificationError, match="named twice"):
        ClassScheme({"district": (ClassBand("a", Decimal(90)), ClassBand("a", Decimal(0)))})


def test_an_index_below_zero_has_no_class():
    with pytest.raises(ClassificationError, match="below every class"):
        classify(Decimal("-1"), group="district", scheme=NAM_DINH)


def test_counts_of_different_classes_cannot_be_compared():
    with pytest.raises(ClassificationError, match="different classes"):
        class_changes({"a": 1}, {"b": 1})
