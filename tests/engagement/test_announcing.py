"""By what a service message reaches whom: push, SMS, mail; a household, a newcomer, a helper."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engagement.announcing import queries
from engagement.announcing.rules import REMINDER, SERVICE_MESSAGE, Reached
from engagement.notices.actions import come_round
from engagement.notices.rules import Urgency
from estate import clock
from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.actions import subscribe
from estate.language import Message, unpack
from estate.mails.models import Mail
from estate.notifications.actions import move_switches
from estate.notifications.models import Notification
from estate.notifications.rules import Channel
from estate.people.models import Helper, Household, Person
from estate.people.rules import LetterChannel
from tests.announcements import (
    BASE,
    announce,
    heard,
    sent,
    tell_all,
)
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate, reader
from tests.watch import Watch
from web.catalogues import speeches
from web.kinds import KIND

SPEECHES = speeches()
SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Seven in the morning on a Monday, until the test says otherwise."""
    shown = Watch(SEVEN)
    monkeypatch.setattr(clock, "now", shown)
    return shown


def telephone(session: Session, estate: Estate, name: str) -> None:
    subscribe(
        session,
        person=estate.people[name],
        sign_in=None,
        endpoint=f"https://push.example/{name}",
        p256dh="p",
        auth="a",
    )


def test_what_is_urgent_comes_by_mail_at_once_to_who_has_no_phone_here(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, yasmin = estate.people["amina"], estate.people["yasmin"]
        telephone(session, estate, "amina")
        session.execute(
            update(Person)
            .where(Person.id == yasmin)
            .values(email=None, contact_email="yasmin@register.example", language="en")
        )
        nobody = add_person(session, "nobody", email=None).id
        add_household(session, estate.homes["jonas"], nobody, starts=LONG_AGO.replace(year=2021))
        doors = (estate.stairwell, estate.next_stairwell)
        number = announce(session, estate, *doors, urgency=Urgency.URGENT)
        tell_all(session)
        mails = session.scalars(select(Mail).order_by(Mail.to)).all()
        assert [mail.to for mail in mails] == ["jonas@example.org", "yasmin@register.example"]
        lines = [
            SPEECHES["en"].say(Message(line["text"], unpack(line["values"])))
            for line in mails[1].lines
        ]
        assert lines == [
            "Lærkevej 8 and 10: Monday 23 November, 08:00–11:00",
            "The water is off Monday 23 November, 08:00–11:00.",
            "This is help. The Danish text is the one that counts.",
            f"Read it here: http://localhost:8000/notices/{number}",
        ]
        counts = queries.told_by(session, number)
        assert counts.by == {Reached.PUSH: 1, Reached.MAIL: 2, Reached.PAGE: 1}
        assert (counts.all, counts.told, counts.newest) == (4, 3, 3)
        urgent = session.execute(
            select(Notification.person_id, Notification.urgent, Notification.digested_at)
        ).all()
        assert all(row.urgent for row in urgent)
        mailed = {row.person_id for row in urgent if row.digested_at is not None}
        assert mailed == {yasmin, estate.people["jonas"]}
        assert amina not in mailed


def test_what_is_urgent_goes_by_sms_too_to_who_wished_it(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        telephone(session, estate, "amina")
        wish = {(SERVICE_MESSAGE, Channel.SMS): True}
        for number, name in enumerate(("amina", "yasmin")):
            own = update(Person).where(Person.id == estate.people[name])
            session.execute(own.values(phone=f"+452030405{number}"))
            move_switches(session, estate.people[name], wish)
        doors = (estate.stairwell, estate.next_stairwell)
        ordinary = announce(session, estate, *doors)
        urgent = announce(session, estate, *doors, urgency=Urgency.URGENT)
        tell_all(session)
        assert queries.told_by(session, ordinary).texted == 0
        counts = queries.told_by(session, urgent)
        assert (counts.texted, counts.texted_too) == (2, 1)
        assert counts.by == {Reached.PUSH: 1, Reached.SMS: 1, Reached.MAIL: 1}
        while deliveries.plan(session, KIND, clock.now()):
            pass
        texts = deliveries.claim_texts(session, KIND, clock.now(), 10)
        assert [text.to for text in texts] == ["+4520304050", "+4520304051"]
        assert {text.ending for text in texts} == {f"/notices/{urgent}"}


def by_sms(session: Session, estate: Estate, name: str, number: str = "+4520304059") -> None:
    """At the counter somebody chose SMS, to the number that the administration has."""
    household = update(Household).where(Household.id == estate.households[name])
    session.execute(household.values(channel=LetterChannel.SMS))
    known = update(Person).where(Person.id == estate.people[name])
    session.execute(known.values(email=None, contact_number=number))


def test_what_is_urgent_goes_by_sms_to_a_household_that_gets_its_letters_so(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by_sms(session, estate, "jonas")
        doors = (estate.stairwell, estate.next_stairwell)
        ordinary = announce(session, estate, *doors)
        urgent = announce(session, estate, *doors, urgency=Urgency.URGENT)
        tell_all(session)
        assert queries.told_by(session, ordinary).by == {Reached.DIGEST: 2, Reached.PAGE: 1}
        counts = queries.told_by(session, urgent)
        assert (counts.by, counts.texted) == ({Reached.MAIL: 2, Reached.SMS: 1}, 1)
        assert counts.texted_too == 0
        while deliveries.plan(session, KIND, clock.now()):
            pass
        (text,) = deliveries.claim_texts(session, KIND, clock.now(), 10)
        assert (text.to, text.ending) == ("+4520304059", f"/notices/{urgent}")
        for urgency, reached in (
            (Urgency.URGENT, queries.Households(texts=1)),
            (Urgency.ORDINARY, queries.Households(paper=1)),
        ):
            door = estate.next_stairwell
            behind = queries.households_behind(session, [door], urgency, clock.today())
            assert behind == {door: reached}


def test_whose_household_gets_letters_by_sms_can_switch_the_urgent_ones_off(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by_sms(session, estate, "jonas")
        off = {(SERVICE_MESSAGE, Channel.SMS): False}
        move_switches(session, estate.people["jonas"], off)
        number = announce(session, estate, estate.next_stairwell, urgency=Urgency.URGENT)
        tell_all(session)
        assert queries.told_by(session, number).by == {Reached.PAGE: 1}
        while deliveries.plan(session, KIND, clock.now()):
            pass
        assert deliveries.claim_texts(session, KIND, clock.now(), 10) == []


def test_who_switched_the_mails_off_gets_none_however_urgent(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        off = {(SERVICE_MESSAGE, Channel.EMAIL): False}
        for name in ("amina", "yasmin"):
            move_switches(session, estate.people[name], off)
        number = announce(session, estate, urgency=Urgency.URGENT)
        tell_all(session)
        assert session.scalar(select(func.count()).select_from(Mail)) == 0
        counts = queries.told_by(session, number)
        assert counts.by == {Reached.PAGE: 2}
        assert (counts.told, counts.last) == (0, None)


def test_who_moved_in_since_hears_of_an_urgent_one_at_once_and_the_others_are_reminded(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        starts = SEVEN + timedelta(days=14)
        number = announce(session, estate, starts=starts, ends=None, urgency=Urgency.URGENT)
        tell_all(session)
        sent(session)
        before = session.scalar(select(func.count()).select_from(Mail))
        newcomer = add_person(session, "newcomer").id
        add_household(session, estate.homes["amina"], newcomer, starts=clock.today())
        watch.pass_by(timedelta(days=13))
        assert come_round(session, clock.now(), BASE) == 1
        tell_all(session)
        (mail,) = session.scalars(select(Mail).order_by(Mail.id).offset(before)).all()
        assert mail.to == "newcomer@example.org"
        link = mail.lines[-1]
        said = SPEECHES["en"].say(Message(link["text"], unpack(link["values"])))
        assert said == f"Read it here: {BASE}/notices/{number}"
        lately = select(Notification.person_id, Notification.urgent, Notification.kind).where(
            Notification.waiting
        )
        assert {tuple(row) for row in session.execute(lately)} == {
            (newcomer, True, "notice"),
            (estate.people["amina"], False, "notice.reminder"),
            (estate.people["yasmin"], False, "notice.reminder"),
        }


def test_who_helps_somebody_there_is_told_too_once_they_have_come_in(
    database: Database, watch: Watch
) -> None:
    today = clock.today()
    with database.write() as session:
        estate = build_estate(session)
        amina, sofie = estate.people["amina"], estate.people["sofie"]
        named = add_person(session, "named", email=None)
        named.contact_email = "typed@example.org"
        asked = {
            sofie: (LONG_AGO, None),
            estate.people["yasmin"]: (LONG_AGO, None),  # lives there, too: told once
            named.id: (LONG_AGO, None),
            estate.people["bent"]: (LONG_AGO, today - timedelta(days=1)),
            estate.people["chair"]: (today + timedelta(days=1), None),
        }
        for helper, (starts, ends) in asked.items():
            session.add(Helper(resident_id=amina, helper_id=helper, starts_on=starts, ends_on=ends))
        telephone(session, estate, "sofie")
        number = announce(session, estate, urgency=Urgency.URGENT)
        tell_all(session)
        assert set(heard(session)) == {amina, estate.people["yasmin"], sofie}
        assert all(len(lines) == 1 for lines in heard(session).values())
        assert "typed@example.org" not in session.scalars(select(Mail.to)).all()
        while deliveries.plan(session, KIND, clock.now()):
            pass
        (parcel,) = deliveries.claim(session, KIND, clock.now(), 10)
        assert parcel.address == f"/notices/{number}"
        behind = queries.households_behind(
            session, [estate.stairwell], Urgency.URGENT, clock.today()
        )
        assert behind == {estate.stairwell: queries.Households(mails=2)}, "a helper is no household"


@pytest.mark.parametrize(
    ("who", "has"), [("amina", True), ("helper", True), ("caretaker", False), ("office", False)]
)
def test_a_switch_for_service_messages_is_for_who_lives_there_or_helps(
    database: Database, watch: Watch, who: str, *, has: bool
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        estate.people["helper"] = add_person(session, "helper").id
        helper, amina = estate.people["helper"], estate.people["amina"]
        session.add(Helper(resident_id=amina, helper_id=helper, starts_on=LONG_AGO))
        session.flush()
        own = reader(session, estate.people[who])
        assert own.may(SERVICE_MESSAGE.receivers) is has
        assert own.may(REMINDER.receivers) is has


def test_households_are_counted_by_what_reaches_them(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        telephone(session, estate, "amina")
        session.execute(
            update(Person).where(Person.id == estate.people["jonas"]).values(email=None)
        )
        second = add_person(session, "second").id
        add_household(session, estate.homes["amina"], second, starts=LONG_AGO.replace(year=2021))
        doors = (estate.stairwell, estate.next_stairwell, estate.far_stairwell)
        behind = queries.households_behind(session, doors, Urgency.URGENT, clock.today())
        assert behind[estate.stairwell] == queries.Households(phones=1, mails=2)
        assert behind[estate.next_stairwell] == queries.Households(paper=1)
        whole = queries.all_households(behind)
        assert (whole.all, whole.phones, whole.mails, whole.paper) == (5, 1, 3, 1)
        assert queries.all_households({}).all == 0
