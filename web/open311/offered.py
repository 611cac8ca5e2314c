"""The categories of faults as services of GeoReport v2: the one place that knows both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT, Category, Question
from web.open311.rules import Attribute, Datatype, Value


@dataclass(frozen=True)
class Service:
    """What can be reported; `attributes` are its further questions."""

    code: str
    name: str
    description: str
    keywords: str
    group: str
    attributes: Sequence[Attribute]


def services(language: str, day: date) -> Sequence[Service]:
    """What can be reported on a day, in a language; a complaint about neighbours is no service."""
    known = categories(day).values()
    return [_service(one, language) for one in known if one.name != COMPLAINT]


def _service(category: Category, language: str) -> Service:
    return Service(
        category.name,
        category.title(language),
        category.tip(language),
        ",".join(sorted(category.keys)),
        category.group.value,
        [_attribute(question, language) for question in category.questions],
    )


def _attribute(question: Question, language: str) -> Attribute:
    values = [Value(one.code, one.texts[language]) for one in question.choices]
    return Attribute(question.code, question.texts[language], Datatype.ONE, True, values)
