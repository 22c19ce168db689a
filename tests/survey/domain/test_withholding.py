"""Withholding: nothing that is kept back can be had by subtraction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.suppression import Audience, Reason
from survey.domain.withholding import Breakdown, Cell, is_shown, reasons, rules_of

RULES = rules_of(minimum_shown=5, minimum_published=30)
TOTAL: Cell = (("", ""), "overall")


def parts(count: int) -> tuple[Cell, ...]:
    return tuple((("organisation", str(number)), "overall") for number in range(count))


def judged(counts: list[int], *, rest: int = 0, audience: Audience = Audience.INTERNAL) -> list[Reason]:
    cells = parts(len(counts))
    found = reasons(
        dict(zip(cells, counts, strict=True)) | {TOTAL: sum(counts) + rest},
        [Breakdown(TOTAL, cells, rest)],
        rules=RULES,
        audience=audience,
    )
    return [found[cell] for cell in cells]


def test_one_small_cell_takes_the_next_smallest_with_it() -> None:
    assert judged([3, 40, 20]) == [Reason.TOO_FEW_TO_SHOW, Reason.ENOUGH_ANSWERS, Reason.COMPLEMENTARY]


def test_two_small_cells_that_hold_enough_people_need_no_third() -> None:
    assert judged([3, 2, 40]) == [Reason.TOO_FEW_TO_SHOW, Reason.TOO_FEW_TO_SHOW, Reason.ENOUGH_ANSWERS]


def test_people_outside_the_parts_protect_a_small_cell_when_they_are_enough() -> None:
    assert judged([3, 40], rest=2) == [Reason.TOO_FEW_TO_SHOW, Reason.ENOUGH_ANSWERS]
    assert judged([3, 40], rest=1) == [Reason.TOO_FEW_TO_SHOW, Reason.COMPLEMENTARY]


def test_few_people_who_did_not_say_where_they_belong_hide_nothing() -> None:
    assert judged([40, 50], rest=2) == [Reason.ENOUGH_ANSWERS, Reason.ENOUGH_ANSWERS]


def test_public_and_staff_see_from_different_counts() -> None:
    assert judged([29, 28, 30]) == [Reason.ENOUGH_ANSWERS] * 3
    assert judged([29, 28, 30], audience=Audience.PUBLIC) == [
        Reason.TOO_FEW_TO_PUBLISH,
        Reason.TOO_FEW_TO_PUBLISH,
        Reason.ENOUGH_ANSWERS,
    ]


def test_a_withheld_total_is_not_given_away_by_its_parts() -> None:
    cells = parts(2)
    found = reasons(
        {cells[0]: 40, cells[1]: 50, TOTAL: 90},
        [Breakdown(TOTAL, cells)],
        rules=RULES,
        audience=Audience.INTERNAL,
        decided={TOTAL: Reason.COMPLEMENTARY},
    )
    assert [found[cell] for cell in cells] == [Reason.COMPLEMENTARY, Reason.ENOUGH_ANSWERS]


@given(counts=st.lists(st.integers(0, 60), min_size=1, max_size=8), rest=st.integers(0, 6))
def test_no_cell_is_the_only_unknown_of_a_shown_total(counts: list[int], rest: int) -> None:
    cells = parts(len(counts))
    numbers = dict(zip(cells, counts, strict=True)) | {TOTAL: sum(counts) + rest}
    found = reasons(numbers, [Breakdown(TOTAL, cells, rest)], rules=RULES, audience=Audience.INTERNAL)
    hidden = [numbers[cell] for cell in cells if numbers[cell] and not is_shown(found[cell])]
    if is_shown(found[TOTAL]) and hidden:
        assert (len(hidden) + (rest > 0) > 1, sum(hidden) + rest >= 5) == (True, True)
    assert all(not is_shown(found[cell]) for cell in cells if numbers[cell] < 5)
