"""Letters to my household: the list, and each as it was given."""

from estate.channels.rules import CHANNELS, PAPER_WHY
from estate.files.queries import file_of
from estate.language import LANGUAGES
from estate.letters.actions import OWNER
from estate.letters.queries import kind_of, pages_of
from estate.permissions import Permission
from estate.proof.rules import MANNERS, RECEIVERS
from estate.receiving.actions import open_letter
from estate.receiving.queries import OwnCopies, how_it_came, own_letter, own_letters
from estate.refusals import Missing
from estate.rounds.rules import REASONS
from web.brought import hand_over
from web.letter_words import all_words
from web.routing import page
from web.visits import Answer, Visit

A_PAGE = 30


def letter_list(visit: Visit) -> Answer:
    """The letters to my household, the newest first."""
    found = own_letters(
        visit.session,
        visit.scope,
        visit.language,
        before=visit.asked_number("before"),
        most=A_PAGE + 1,
    )
    return visit.show(
        "letters/list.html",
        block="letters",
        letters=[(one, kind_of(one.kind).name(visit.language)) for one in found[:A_PAGE]],
        more=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
    )


def _own(visit: Visit) -> OwnCopies:
    found = own_letter(visit.session, visit.scope, visit.part("letter"))
    if found is None:
        raise Missing
    return found


def letter_page(visit: Visit) -> Answer:
    """A letter to my household; opening it, not fetching it ahead, shows that it arrived."""
    own = _own(visit)
    if visit.looked_at:
        open_letter(visit.session, visit.scope, own, visit.now)
    words = all_words(own.letter, visit.house.templates.speeches)
    # One's own language first, as a help; the Danish letter, which counts, right after it.
    words = sorted(words, key=lambda one: one.language != visit.language)
    return visit.show(
        "letters/letter.html",
        letter=own.letter,
        homes=own.homes,
        kind=kind_of(own.letter.kind).name(visit.language),
        words=words,
        called=LANGUAGES,
        came=how_it_came(visit.session, visit.scope, own),
        channels=CHANNELS,
        paper_why=PAPER_WHY,
        manners=MANNERS,
        receivers=RECEIVERS,
        reasons=REASONS,
        file=file_of(visit.session, OWNER, own.letter.id),
        pages=pages_of(visit.session, [own.letter.id]).get(own.letter.id, ()),
    )


def letter_file(visit: Visit) -> Answer:
    """The PDF of a letter to my household."""
    held = file_of(visit.session, OWNER, _own(visit).letter.id)
    if held is None:
        raise Missing
    path = visit.house.files.path(held.digest)
    return hand_over(path, held.name)


READ = Permission.READ_LETTERS

PAGES = [
    page("/letters", letter_list, allow=READ),
    # Opening a letter proves that it arrived, whether or not a script gets to say so.
    page("/letters/{letter:int}", letter_page, allow=READ, writes=True),
    page("/letters/{letter:int}/file", letter_file, allow=READ),
]
