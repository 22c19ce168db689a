"""An interview on the tablet: all answers travel with the page, and one section is drawn at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms.answers import AnswerProblem, CheckedAnswers, Entry, check_answers
from forms.builder import FormBlock, FormSection, build_form, form_sections, raw_answers
from forms.questionnaire import Item, Questionnaire
from forms.routing import Route, route
from forms.rules import Comparison, ItemReference, Membership, Operator, items_in
from forms.validators import place_problems

DECLINED = "declined"
"""Name of the boxes that say: the respondent does not want to answer this question."""


@lru_cache(maxsize=64)
def form_class(questionnaire: Questionnaire, language: str) -> type[Form]:
    """The form of a questionnaire in one language, built once per process."""
    return build_form(questionnaire, language=language)


@dataclass(frozen=True)
class ShownIf:
    """An item is asked when another one is answered with one of these codes."""

    item: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class SectionState:
    """One section in the row of sections: how much of it is answered, whether something in it is wrong."""

    place: int
    title: str
    answered_count: int
    asked_count: int
    is_current: bool
    has_problems: bool


class InterviewForm:
    """Everything entered so far, and the section that is shown."""

    def __init__(
        self, questionnaire: Questionnaire, *, language: str, data: MultiDict[str, str], place: int = 0
    ) -> None:
        self.questionnaire = questionnaire
        self.language = language if language in questionnaire.languages else questionnaire.languages[0]
        self.data = data
        self.form = form_class(questionnaire, self.language)(data)
        self.place = place if place in self.places else self.places[0]
        self.problems: tuple[AnswerProblem, ...] = ()
        self.own_problems: tuple[str, ...] = ()

    @cached_property
    def declined(self) -> frozenset[str]:
        """Codes of the items that the respondent does not want to answer."""
        return frozenset(self.data.getlist(DECLINED)) & self.questionnaire.items_by_code.keys()

    @cached_property
    def raw(self) -> dict[str, object]:
        """The answers as the door takes them; an answer given after all wins over a box ticked before."""
        refused: dict[str, object] = {code: {"status": "refused"} for code in sorted(self.declined)}
        return refused | raw_answers(self.form)

    @cached_property
    def checked(self) -> CheckedAnswers:
        """What the door would say to these answers."""
        return check_answers(self.questionnaire, self.raw, language=self.language, entry=Entry.INTERVIEWER)

    @cached_property
    def path(self) -> Route:
        """Which items are asked after these answers."""
        return route(self.questionnaire, self.checked.answers)

    @cached_property
    def drawn_sections(self) -> tuple[FormSection, ...]:
        """All sections with what may be asked in them."""
        return tuple(
            replace(section, blocks=self._asked_blocks(section)) for section in form_sections(self.form)
        )

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Places of the sections in which something is asked."""
        return tuple(place for place, section in enumerate(self.drawn_sections) if section.blocks)

    @property
    def section(self) -> FormSection:
        """The section that is shown."""
        return self.drawn_sections[self.place]

    @property
    def is_first(self) -> bool:
        """Whether there is nothing before the section shown."""
        return self.place == self.places[0]

    @property
    def is_last(self) -> bool:
        """Whether there is nothing after the section shown."""
        return self.place == self.places[-1]

    @property
    def answered_count(self) -> int:
        """How many of the asked items have an answer."""
        return sum(code in self.checked.answers for code in self.path.asked)

    @property
    def asked_count(self) -> int:
        """How many items are asked."""
        return len(self.path.asked)

    @property
    def sections(self) -> tuple[SectionState, ...]:
        """The row of sections."""
        troubled = {problem.item for problem in self.problems}
        return tuple(self._state(place, troubled) for place in self.places)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Names and values of what was entered in sections that are not shown, for hidden fields."""
        shown = {item.code for item in _items(self.section)}
        pairs = [
            (code, value)
            for code in self.questionnaire.items_by_code
            if code not in shown
            for value in self.data.getlist(code)
        ]
        return pairs + [(DECLINED, code) for code in sorted(self.declined - shown)]

    def shown_if(self, item: Item) -> ShownIf | None:
        """The simple condition by which a script hides an item that is not asked; None: always shown."""
        rule = item.relevance
        if isinstance(rule, Membership):
            return ShownIf(rule.left.item, tuple(str(option) for option in rule.options))
        if not isinstance(rule, Comparison) or isinstance(rule.right, ItemReference):
            return None
        is_equality = rule.operator is Operator.EQUAL
        return ShownIf(rule.left.item, (str(rule.right),)) if is_equality else None

    def go_on(self) -> bool:
        """Show the next section, unless something in this one is wrong: then say what."""
        here = {item.code for item in _items(self.section)}
        self._place([problem for problem in self.checked.problems if problem.item in here])
        if not self.problems and not self.is_last:
            self.place = self.places[self.places.index(self.place) + 1]
        return not self.problems

    def go_back(self) -> None:
        """Show the section before this one."""
        if not self.is_first:
            self.place = self.places[self.places.index(self.place) - 1]

    def go_to(self, place: int) -> None:
        """Show this section, if something is asked in it."""
        self.place = place if place in self.places else self.place

    def check_all(self) -> bool:
        """Whether the whole interview can be sent; else show the first section with a problem."""
        return self.show_problems(self.checked.problems)

    def show_problems(self, problems: Sequence[AnswerProblem]) -> bool:
        """Put problems at their questions and show the first section that has one; whether there is none."""
        self._place(problems)
        troubled = {problem.item for problem in problems}
        for place in self.places:
            if troubled & {item.code for item in _items(self.drawn_sections[place])}:
                self.place = place
                break
        return not problems

    def _place(self, problems: Sequence[AnswerProblem]) -> None:
        self.problems = tuple(problems)
        self.own_problems = place_problems(self.form, problems, gettext)

    def _state(self, place: int, troubled: set[str]) -> SectionState:
        section = self.drawn_sections[place]
        codes = {item.code for item in _items(section)}
        asked = codes & set(self.path.asked)
        return SectionState(
            place=place,
            title=section.title,
            answered_count=len(asked & self.checked.answers.keys()),
            asked_count=len(asked),
            is_current=place == self.place,
            has_problems=bool(codes & troubled),
        )

    def _asked_blocks(self, section: FormSection) -> tuple[FormBlock, ...]:
        here = frozenset(item.code for block in section.blocks for item in block.items)
        blocks = []
        for block in section.blocks:
            pairs = [
                (item, field)
                for item, field in zip(block.items, block.fields, strict=True)
                if self._may_be_asked(item, here)
            ]
            if pairs:
                items, fields = zip(*pairs, strict=True)
                blocks.append(replace(block, items=items, fields=fields))
        return tuple(blocks)

    def _may_be_asked(self, item: Item, here: frozenset[str]) -> bool:
        """Whether to draw an item: it is asked, or an answer on this same page may bring it up."""
        if item.relevance is None or item.code in self.path.asked:
            return True
        return not here.isdisjoint(items_in(item.relevance))


def _items(section: FormSection) -> tuple[Item, ...]:
    return tuple(item for block in section.blocks for item in block.items)
