"""What may stand on the noticeboard, who reads it, and what is told to whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission, Role, Scope
from estate.retention.rules import Retention


class PostKind(StrEnum):
    """What a post is about."""

    BORROW = "borrow"
    GIVE = "give"
    HELP = "help"
    EVENT = "event"
    LOST = "lost"
    OTHER = "other"


class Audience(StrEnum):
    """Who can read a post."""

    STAIRWELL = "stairwell"
    BUILDING = "building"
    SECTION = "section"


NEAR_HOME = frozenset({Audience.STAIRWELL, Audience.BUILDING})
"""Whoever writes for these tells where they live; a protected person neither posts nor answers."""

SETTLING = frozenset({PostKind.BORROW, PostKind.GIVE, PostKind.HELP, PostKind.LOST})
"""The kinds that can come true (lent, given, found); an event and the rest simply end."""

TITLE_LENGTH = 120
TEXT_LENGTH = 4000
ANSWER_LENGTH = 2000
VENUE_LENGTH = 120
MOST_PHOTOS = 3
NIGHT_UNTIL = time(6)
"""An event that began the day before may last until then."""

HANGS = timedelta(days=30)
"""How long a post hangs unless its author says otherwise."""
HANGS_AT_MOST = timedelta(days=365)
NEWS_JOB = "board.news"
"""The long work of telling a post's neighbours: engagement.news."""
AT_THE_TOP_AGAIN = timedelta(days=1)
"""How long after it was put up a post may go to the top of the board once more."""
MOST_PINS = 3
"""Pinned posts of one audience: with more, nothing stands out."""

READERS = Permission.READ_BOARD
AT_HOME = Permission.MANAGE_HOUSEHOLD
"""Of a new post only those are told who live there (engagement.news), not all who read it."""

STAIRWELL_POST = NotificationKind(
    "board.stairwell", N_("New posts in my stairwell"), receivers=AT_HOME
)
BUILDING_POST = NotificationKind(
    "board.building", N_("New posts in my building"), push=False, receivers=AT_HOME
)
SECTION_POST = NotificationKind(
    "board.section", N_("New posts in my section"), push=False, receivers=AT_HOME
)
EVENT_CHANGED = NotificationKind(
    "board.event", N_("Changes to events I said yes to"), receivers=READERS
)

NOTIFICATION_KINDS = (
    STAIRWELL_POST,
    BUILDING_POST,
    SECTION_POST,
    EVENT_CHANGED,
)

NEWS: Mapping[Audience, NotificationKind] = {
    Audience.STAIRWELL: STAIRWELL_POST,
    Audience.BUILDING: BUILDING_POST,
    Audience.SECTION: SECTION_POST,
}

WORDING = "wording"
"""What `erasures.log` calls an earlier wording that its author erased."""
PHOTO = "post_photo"
"""What it calls a photo that its author took off a post."""
WITHDRAWN = "post_withdrawn"
"""What it calls a post that its author withdrew."""

POSTS = Retention(
    kind="post",
    purpose=N_("Posts and answers that came down, kept while what was said still matters."),
    source=N_("Our own choice: a year to look up what was said."),
)
"""A year after a post came down it goes, with photos, answers, private threads and reports."""

SIGNING_ROLES = (Role.CARETAKER, Role.OFFICE, Role.CHAIR, Role.BOARD)
"""Roles in which one may post, and is shown; a chair signs as the board."""


def news_key(post: int) -> str:
    """Under which merge key the neighbours hear of a post."""
    return f"post-{post}"


def change_key(post: int) -> str:
    """Under which merge key those who said yes hear that an event has changed."""
    return f"event-{post}"


def topic_of(audience: Audience, place: int) -> str:
    """The audience's name, the same that its open pages listen to: `stairwell:12`."""
    return f"{audience}:{place}"


def topics(scope: Scope) -> frozenset[str]:
    """The audiences this scope reads, and nothing but these.

    A section's post is for everybody whose role reaches the section, staff and board included. A
    building's and a stairwell's post is for those who live there (and their helpers): neither
    office, caretaker nor board reads it, unless they live there too. Moderation sees what was
    reported, on its own pages.
    """
    return frozenset(
        [topic_of(Audience.SECTION, place) for place in scope.sections]
        + [topic_of(Audience.BUILDING, place) for place in scope.buildings]
        + [topic_of(Audience.STAIRWELL, place) for place in scope.stairwells]
    )


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a person may post, and in which role. `value` is what the form sends."""

    audience: Audience
    section: int
    building: int | None = None
    stairwell: int | None = None
    role: Role | None = None

    @property
    def topic(self) -> str:
        """The topic of the audience."""
        place = {
            Audience.STAIRWELL: self.stairwell,
            Audience.BUILDING: self.building,
            Audience.SECTION: self.section,
        }[self.audience]
        return topic_of(self.audience, place or 0)

    @property
    def value(self) -> str:
        """`stairwell:12`, or `section:3:caretaker` for one who writes in a role."""
        return self.topic if self.role is None else f"{self.topic}:{self.role}"


def destinations(scope: Scope, paused: Iterable[int] = ()) -> list[Destination]:
    """Everywhere this scope may post, narrowest first; not in sections where it is paused.

    A protected person posts to the whole section only: a post in one stairwell would tell where
    they live.
    """
    found: dict[str, Destination] = {}
    closed = frozenset(paused)
    for destination in _all_destinations(scope):
        if destination.section not in closed:
            found.setdefault(destination.value, destination)
    order = list(Audience)
    return sorted(found.values(), key=lambda d: (d.role is not None, order.index(d.audience)))


def _all_destinations(scope: Scope) -> Iterable[Destination]:
    for standing in scope.reader.standings:
        sections = sorted(standing.sections & scope.sections)
        if standing.role is Role.RESIDENT:
            for section in sections:
                yield Destination(Audience.SECTION, section)
                if not scope.reader.protected:
                    yield Destination(Audience.BUILDING, section, standing.building)
                    yield Destination(
                        Audience.STAIRWELL, section, standing.building, standing.stairwell
                    )
        elif standing.role in SIGNING_ROLES:
            role = Role.BOARD if standing.role is Role.CHAIR else standing.role
            for section in sections:
                yield Destination(Audience.SECTION, section, role=role)


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as its author typed it.

    `until_typed` and `end_typed` say that something was typed there, also when it is no day or
    time (None). `fields` are those that only a new post has.
    """

    kind: PostKind | None
    title: str
    text: str
    until: date | None
    until_typed: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    end_typed: bool = False
    venue: str = ""
    destination: Destination | None = None
    photos: int = 0
    fields: frozenset[str] = field(default=frozenset({"kind", "to"}))


def problems(draft: Draft, now: datetime, today: date) -> dict[str, Message]:
    """What has to be written differently, by field. Only a new post has `draft.fields`."""
    found: dict[str, Message] = {}
    if draft.kind is None:
        found["kind"] = say(N_("Choose what it is about."))
    if not draft.title:
        found["title"] = say(N_("Write a headline."))
    found |= too_long("title", draft.title, TITLE_LENGTH)
    found |= too_long("text", draft.text, TEXT_LENGTH)
    found |= too_long("venue", draft.venue, VENUE_LENGTH)
    if draft.destination is None and "to" in draft.fields:
        found["to"] = say(N_("Choose who can read it."))
    if draft.photos > MOST_PHOTOS:
        found["photos"] = say(N_("At most {count} photos."), count=MOST_PHOTOS)
    found |= _until_problem(draft, today)
    if draft.kind is PostKind.EVENT:
        found |= _event_problems(draft, now)
    return found


FIELDS = ("kind", "title", "text", "starts_day", "ends_at", "venue", "photos", "to", "until")
"""The fields of the form, from top to bottom."""


def in_page_order(found: Mapping[str, Message]) -> dict[str, Message]:
    """The problems as one meets their fields down the page."""
    return {name: found[name] for name in sorted(found, key=FIELDS.index)}


def edit_problems(draft: Draft, now: datetime, today: date) -> dict[str, Message]:
    """What has to be written differently in a post that hangs already."""
    return problems(replace(draft, fields=frozenset()), now, today)


def too_long(name: str, text: str, most: int) -> dict[str, Message]:
    """A problem on this field when the text is longer than `most` letters."""
    if len(text) <= most:
        return {}
    sentence = N_("This is {length} letters; there is room for {most}.")
    return {name: say(sentence, length=len(text), most=most)}


def answer_problems(text: str, name: str = "text") -> dict[str, Message]:
    """What is wrong with a comment, a private line, a report or a reason."""
    if not text:
        return {name: say(N_("Write something first."))}
    return too_long(name, text, ANSWER_LENGTH)


def _until_problem(draft: Draft, today: date) -> dict[str, Message]:
    if draft.until is None:
        unreadable = say(N_("Write the day as day, month and year."))
        return {"until": unreadable} if draft.until_typed else {}
    if draft.until < today:
        return {"until": say(N_("Choose a day that has not passed."))}
    if draft.until > today + HANGS_AT_MOST:
        return {"until": say(N_("A post can hang for a year at most."))}
    return {}


def _event_problems(draft: Draft, now: datetime) -> dict[str, Message]:
    if draft.starts_at is None:
        return {"starts_day": say(N_("Write the day and the time it begins."))}
    if abs(draft.starts_at - now) > 2 * HANGS_AT_MOST:
        return {"starts_day": say(N_("Choose a day within the next two years."))}
    if draft.starts_at < now and "to" in draft.fields:
        return {"starts_day": say(N_("Choose a time that has not passed."))}
    if draft.ends_at is None and draft.end_typed:
        return {"ends_at": say(N_("Write the time it ends, or leave it empty."))}
    if draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        return {"ends_at": say(N_("It ends before it begins."))}
    return {}


def end_after(starts_at: datetime, ends_at: datetime) -> datetime:
    """An end typed as a time of day only; an hour of the night is that of the next day."""
    past_midnight = starts_at.time() > NIGHT_UNTIL >= ends_at.time()
    return ends_at + timedelta(days=1) if past_midnight else ends_at


def expires(draft: Draft, now: datetime, end_of_day: datetime | None) -> datetime:
    """When a post comes down: its chosen day's end, else 30 days on; an event when it is over."""
    chosen = end_of_day or now + HANGS
    over = draft.ends_at or draft.starts_at
    return max(chosen, over) if draft.kind is PostKind.EVENT and over else chosen


def hangs(
    now: datetime,
    expires_at: datetime,
    withdrawn_at: datetime | None,
    hidden_at: datetime | None,
) -> bool:
    """Whether a post hangs on the board at this moment."""
    return withdrawn_at is None and hidden_at is None and expires_at > now


def shown_place(street: str, house_number: str, streets: int) -> str:
    """An author's stairwell: the house number, with its street where the section has several."""
    return house_number if streets == 1 else f"{street} {house_number}"


def state(
    now: datetime,
    ends_at: datetime | None,
    expires_at: datetime,
    withdrawn_at: datetime | None,
    hidden_at: datetime | None,
) -> str:
    """How a post stands, for its page and its card.

    `hidden`, `withdrawn`, `over` (its time on the board), `past` (an event that was), or nothing.
    """
    if hidden_at is not None:
        return "hidden"
    if withdrawn_at is not None:
        return "withdrawn"
    if expires_at <= now:
        return "over"
    return "past" if ends_at is not None and ends_at < now else ""


def opened_since(opened: Sequence[int], post: int, most: int = 100) -> list[int]:
    """The posts opened since the last visit, this one among them; the oldest fall off."""
    return [*(number for number in opened if number != post), post][-most:]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """A moment as whole microseconds since 1970, exact, for an address or a field."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(text: str) -> datetime | None:
    """Read `microseconds` back; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    return EPOCH + timedelta(microseconds=int(text))


def cursor(bumped_at: datetime, post: int) -> str:
    """Where a page of the list ended: microseconds since 1970, and the post (`1795…-31`)."""
    return f"{microseconds(bumped_at)}-{post}"


def from_cursor(text: str) -> tuple[datetime, int] | None:
    """Read a cursor back; None for anything that is not one."""
    before, _, post = text.partition("-")
    moment = moment_of(before)
    if moment is None or not (post.isascii() and post.isdigit() and len(post) < 10):
        return None
    return moment, int(post)


class Found(NamedTuple):
    """Where a page of found posts ended: among those with the very words, or those after them."""

    word: bool
    post: int

    @property
    def text(self) -> str:
        """As an address carries it: `word-31`."""
        return f"{'word' if self.word else 'part'}-{self.post}"


def found_from(text: str) -> Found | None:
    """Read `Found.text` back; None for anything that is not one."""
    among, _, post = text.partition("-")
    if among not in {"word", "part"} or not (post.isascii() and post.isdigit() and len(post) < 10):
        return None
    return Found(among == "word", int(post))
