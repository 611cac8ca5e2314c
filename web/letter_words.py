"""What a letter says around its own words, in one language: on its page and on paper alike."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from estate.language import DEFAULT, N_, count_of, direction, say
from estate.letters.queries import LetterView, given_day
from web.bidi import plain
from web.catalogues import Speech

FIRST, SECOND = "\ue000", "\ue001"
"""Stand for the two numbers of a page, which only the paper knows."""


class Words(NamedTuple):
    """One language of a letter. `note` says that a translation is only a help.

    `follows`, `scan` and `page` stand on paper alone.
    """

    language: str
    direction: str
    title: str
    dated: str
    body: str
    effective: str
    regards: str
    office: str
    note: str
    follows: str
    scan: str
    page: tuple[str, str, str]


def words_of(letter: LetterView, speech: Speech, address: str = "") -> Words:
    """The words of a letter in a language that it has; `address` is where it is read."""
    title, body = letter.texts[speech.language]
    scan = N_("Read the letter on your phone: point its camera at the square, or go to {address}")
    note = N_("This translation is a help. What counts is the letter in Danish.")
    takes_effect = N_("It takes effect on {day}.")
    return Words(
        language=speech.language,
        direction=direction(speech.language),
        title=title,
        dated=speech.day(given_day(letter)),
        body=body,
        effective=speech.say(say(takes_effect, day=letter.effective_on))
        if letter.effective_on
        else "",
        regards=speech.say(say(N_("Kind regards"))),
        office=letter.office_name or letter.organisation_name,
        note="" if speech.language == DEFAULT else speech.say(say(note)),
        follows=_follows(letter, speech),
        scan=speech.say(say(scan, address=address)) if address else "",
        page=_page(letter, speech),
    )


def _follows(letter: LetterView, speech: Speech) -> str:
    if not letter.pages:
        return ""
    said = count_of(
        "The letter itself follows: {count} page.",
        "The letter itself follows: {count} pages.",
        letter.pages,
    )
    return speech.say(said)


def _page(letter: LetterView, speech: Speech) -> tuple[str, str, str]:
    """What stands before, between and after the two numbers of a page.

    A brought PDF follows its cover with page numbers of its own.
    """
    own = N_("Page {page} of {pages}")
    cover = N_("Cover, page {page} of {pages}. The letter itself follows.")
    text = cover if letter.pages else own
    sentence = plain(speech.say(say(text, page=FIRST, pages=SECOND)))
    before, rest = sentence.split(FIRST)
    between, after = rest.split(SECOND)
    return before, between, after


def all_words(
    letter: LetterView, speeches: Mapping[str, Speech], address: str = ""
) -> Sequence[Words]:
    """The letter in every language it has, Danish first."""
    return [words_of(letter, speeches[tag], address) for tag in letter.texts if tag in speeches]
