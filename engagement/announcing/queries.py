"""Whom a service message reaches and by what, and who was told of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from engagement.announcing.models import NoticeTold
from engagement.announcing.rules import SERVICE_MESSAGE, Reached
from engagement.notices.models import Notice, NoticePlace
from engagement.notices.rules import Urgency
from estate import clock
from estate.deliveries.queries import listening
from estate.notifications.queries import told_number, wished_by_text
from estate.notifications.rules import Digest
from estate.people.models import Household, Member, Person
from estate.people.queries import mailed_address
from estate.places.models import Stairwell
from estate.reach.queries import at_home, helping


class Households(NamedTuple):
    """How many households there are behind a door, or behind all of them.

    In `phones` somebody agreed to be told on a phone, `texts` have no such phone and get an urgent
    one by SMS, `mails` have only an address; the others read it on paper.
    """

    phones: int = 0
    texts: int = 0
    mails: int = 0
    paper: int = 0

    @property
    def all(self) -> int:
        """How many in all."""
        return sum(self)


def households_behind(
    session: Session, stairwells: Iterable[int], urgency: Urgency, day: date
) -> Mapping[int, Households]:
    """The households behind each of these doors on a day, by what reaches them quickest."""
    device = Person.id.in_(listening(clock.now()))
    text = and_(wished_by_text(SERVICE_MESSAGE.name, day), told_number(day).is_not(None))
    mail = mailed_address().is_not(None)
    # What can wait goes to nobody by SMS.
    ways = [(device, 3), *([(text, 2)] if urgency is Urgency.URGENT else []), (mail, 1)]
    best = func.max(case(*ways, else_=0))
    rows = session.execute(
        at_home(day)
        .join(Person, Member.person_id == Person.id)
        .where(Stairwell.id.in_(list(stairwells)))
        .with_only_columns(Stairwell.id, Household.id, best)
        .group_by(Stairwell.id, Household.id)
    ).all()
    found = Counter((stairwell, quickest) for stairwell, _, quickest in rows)
    return {
        stairwell: Households(*(found[stairwell, quickest] for quickest in (3, 2, 1, 0)))
        for stairwell, _, _ in rows
    }


def all_households(behind: Mapping[int, Households]) -> Households:
    """The households behind all doors together."""
    return Households(*(sum(column) for column in zip(*behind.values(), strict=True)))


class Told(NamedTuple):
    """How many persons were told of a message: by what first, and how many by SMS as well.

    `by` counts those whom nothing reaches, too; nobody else counts as told. `newest` have heard of
    it as it stands now; `last` is when the last of them was told.
    """

    by: Mapping[Reached, int]
    texted: int
    newest: int
    last: datetime | None

    @property
    def all(self) -> int:
        """How many it concerns, told or not."""
        return sum(self.by.values())

    @property
    def told(self) -> int:
        """How many of them something reached."""
        return self.all - self.by.get(Reached.PAGE, 0)

    @property
    def texted_too(self) -> int:
        """How many got an SMS besides what is quicker."""
        return self.texted - self.by.get(Reached.SMS, 0)


def told_by(session: Session, number: int) -> Told:
    """By what how many were told of a message; never who."""
    newest = NoticeTold.version == Notice.version
    rows = session.execute(
        select(
            NoticeTold.channel,
            NoticeTold.texted,
            newest,
            func.count(),
            func.max(NoticeTold.told_at),
        )
        .join(Notice, NoticeTold.notice_id == Notice.id)
        .where(Notice.id == number)
        .group_by(NoticeTold.channel, NoticeTold.texted, newest)
    ).all()
    by: Counter[Reached] = Counter()
    for channel, _, _, count, _ in rows:
        by[channel] += count
    reached = [row for row in rows if row[0] is not Reached.PAGE]
    return Told(
        by,
        sum(count for _, texted, _, count, _ in reached if texted),
        sum(count for _, _, heard, count, _ in reached if heard),
        max((at for *_, at in reached), default=None),
    )


class Addressee(NamedTuple):
    """Somebody to be told, in their language, by what they have given or the register knows.

    `gathers` says that a mail comes to them that gathers what no phone was told; `knows` is the
    version they were told of last, 0 for none. `number` is where an SMS reaches them, which they
    wish for what cannot wait if `by_text`.
    """

    person: int
    language: str | None
    address: str | None
    gathers: bool
    knows: int
    number: str | None
    by_text: bool


def addressees(
    session: Session, number: int, day: date, after: int, limit: int
) -> Sequence[Addressee]:
    """The next of the adults who live where a message is for, or help somebody there, by their ids.

    A helper has come in before: an address that a resident typed gets one mail, not every message.
    """
    places = select(NoticePlace.stairwell_id).where(NoticePlace.notice_id == number)
    living = at_home(day).where(Stairwell.id.in_(places))
    own = (Person.email.is_not(None), Person.phone.is_not(None))
    come_in = or_(*own, Person.id.in_(listening(clock.now())))
    concerned = or_(Person.id.in_(living), and_(Person.id.in_(helping(living, day)), come_in))
    mine = (NoticeTold.notice_id == number) & (NoticeTold.person_id == Person.id)
    rows = session.execute(
        select(
            Person.id,
            Person.language,
            mailed_address(),
            and_(Person.email.is_not(None), Person.digest != Digest.NEVER.value),
            func.coalesce(NoticeTold.version, 0),
            told_number(day),
            wished_by_text(SERVICE_MESSAGE.name, day),
        )
        .outerjoin(NoticeTold, mine)
        .where(Person.id > after, concerned)
        .order_by(Person.id)
        .limit(limit)
    )
    return [Addressee(*row) for row in rows]
