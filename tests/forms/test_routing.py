"""Which items are asked."""

from forms.routing import route

ALWAYS = ("overall", "visited", "visits", "kept_visits", "hours", "day", "row_a", "row_b", "units")


def conditional(codes):
    return tuple(code for code in codes if code not in ALWAYS)


def test_items_without_a_rule_are_always_asked(sample):
    assert route(sample, {}).asked == ALWAYS


def test_low_rating_opens_the_reasons(sample):
    path = route(sample, {"overall": 2})
    assert (conditional(path.asked), path.skipped, path.open) == (("reasons",), (), ("reason_text",))


def test_high_rating_skips_the_reasons(sample):
    path = route(sample, {"overall": 4})
    assert (conditional(path.asked), path.skipped, path.open) == ((), ("reasons",), ("reason_text",))


def test_answers_out_of_place_are_reported_along_the_whole_chain(sample):
    path = route(sample, {"overall": 4, "reasons": ("other",), "reason_text": "x"})
    assert path.misplaced == ("reasons", "reason_text")


def test_path_without_a_rating_is_open(sample):
    path = route(sample, {"reasons": ("other",)})
    assert (path.open, path.misplaced) == (("reasons", "reason_text"), ("reasons",))
