"""Arithmetic of spans, held against counting single seconds."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.spans import Span, common, seconds_in, united, without

SPANS = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 25)).map(lambda pair: Span(pair[0], pair[0] + pair[1])),
    max_size=12,
)


def seconds(spans: list[Span]) -> set[int]:
    return {second for span in spans for second in range(span.start, span.end)}


@given(SPANS, SPANS)
def test_union_overlap_and_rest_are_those_of_the_single_seconds(
    first: list[Span], second: list[Span]
) -> None:
    left, right = united(first), united(second)
    assert seconds(left) == seconds(first)
    assert seconds(common(left, right)) == seconds(first) & seconds(second)
    assert seconds(without(left, right)) == seconds(first) - seconds(second)
    assert seconds_in(without(left, right)) == len(seconds(first) - seconds(second))


@given(st.lists(st.integers(0, 2000), max_size=30), st.integers(0, 200), st.randoms(use_true_random=False))
def test_moments_unite_the_same_in_any_order_and_however_often(moments: list[int], gap: int, random) -> None:
    mixed = [*moments, *moments[:5]]
    random.shuffle(mixed)
    whole = united([Span(moment, moment) for moment in mixed], gap=gap)
    assert whole == united([Span(moment, moment) for moment in moments], gap=gap)
    assert all(later.start - earlier.end > gap for earlier, later in pairwise(whole))
    assert all(any(span.start <= moment <= span.end for span in whole) for moment in moments)
