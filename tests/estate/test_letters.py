"""Letters: one copy a household, by the channel that reaches it, and what proves each arrived."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.files.models import File
from estate.files.store import PdfStore
from estate.letters import actions as letters
from estate.letters.actions import Upload, give_notice
from estate.letters.models import DoorVisit, Letter, LetterCopy, LetterMail, LetterPlace
from estate.letters.queries import (
    copies_of,
    kinds,
    letter_within,
    letters_in,
    outlook,
    own_letter,
    own_letters,
)
from estate.letters.rules import (
    Draft,
    Manner,
    Outcome,
    PlaceKind,
    Proof,
    Reached,
    Stage,
    before,
    digest_of,
    draft_problems,
    help_languages,
    parse_kinds,
    proof,
    stage,
)
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel
from estate.permissions import Permission, scope
from estate.refusals import Missing, Refused
from estate.rounds import actions as rounds
from estate.rounds.queries import envelopes
from estate.texts.models import TextMessage
from tests.builders import LONG_AGO, add_household, add_person, build_estate, reader
from tests.letters import (
    HERE,
    NOON,
    announce,
    copies,
    delivering,
    draft,
    give,
    reading,
    sending,
    work_off,
)


def test_every_kind_can_be_read_and_names_its_source() -> None:
    for kind in kinds(date(2026, 11, 23)).values():
        assert kind.source
        assert kind.name("da")
        assert kind.name("en")
        assert kind.name("ar")
        assert kind.name("tlh") == kind.name("da")


@pytest.mark.parametrize(
    ("lead", "effective", "last"),
    [
        ("6 weeks", date(2027, 1, 18), date(2026, 12, 7)),  # almenlejeloven § 33
        ("3 months", date(2027, 3, 31), date(2026, 12, 31)),  # almenlejeloven § 33, larger works
        ("4 weeks", date(2026, 12, 21), date(2026, 11, 23)),  # an ordinary meeting
        ("1 weeks", date(2026, 12, 1), date(2026, 11, 24)),  # an inspection, § 94
        ("10 days", date(2026, 12, 11), date(2026, 12, 1)),
        ("", date(2026, 12, 1), date(2026, 12, 1)),
    ],
)
def test_by_when_a_letter_has_to_be_there(lead: str, effective: date, last: date) -> None:
    assert before(effective, lead) == last


def test_a_lead_that_cannot_be_counted_is_an_error() -> None:
    row = "works,Varsling,Notice,x,6 fortnights,no,no,2018-01-01,law"
    head = "code,danish,english,arabic,lead,formal,democracy,valid_from,source"
    with pytest.raises(ValueError, match="fortnights"):
        parse_kinds([head, row])
    with pytest.raises(ValueError, match="columns"):
        parse_kinds(["code", "works"])


T = [NOON + timedelta(hours=hours) for hours in range(4)]
PROOFS = [
    (Reached(True), None),
    (Reached(True, accepted_at=T[1]), Proof(T[1], Manner.MAIL, None)),
    (Reached(True, opened_at=T[1], opened_by=7), Proof(T[1], Manner.OPENED, 7)),
    (
        Reached(True, accepted_at=T[2], opened_at=T[1], opened_by=7),
        Proof(T[1], Manner.OPENED, 7),
    ),
    (Reached(False, accepted_at=T[1], opened_at=T[1], opened_by=7), None),
    (Reached(False, T[1], T[1], 7, T[3], Outcome.HANDED, 9), Proof(T[3], Manner.HANDED, 9)),
    (Reached(True, T[2], None, None, T[1], Outcome.LETTERBOX, 9), Proof(T[1], Manner.LETTERBOX, 9)),
    (Reached(False, door_at=T[1], door_outcome=Outcome.NOT_POSSIBLE, door_by=9), None),
]


@pytest.mark.parametrize(("known", "shown"), PROOFS)
def test_the_first_thing_that_counts_is_the_proof(known: Reached, shown: Proof | None) -> None:
    assert proof(known) == shown


@pytest.mark.parametrize(
    ("delivered", "paper", "printed", "moved", "stands"),
    [
        (True, True, True, True, Stage.DELIVERED),
        (False, True, True, True, Stage.MOVED),
        (False, False, False, True, Stage.MOVED),
        (False, True, False, False, Stage.TO_PRINT),
        (False, True, True, False, Stage.TO_HAND_OVER),
        (False, False, False, False, Stage.ON_ITS_WAY),
    ],
)
def test_where_a_copy_stands(
    delivered: bool, paper: bool, printed: bool, moved: bool, stands: Stage
) -> None:
    assert stage(delivered=delivered, paper=paper, printed=printed, moved=moved) is stands


def test_what_a_letter_still_needs() -> None:
    known = kinds(date(2026, 11, 23))
    texts = {"da": ("", ""), "en": ("Windows", "")}
    empty = Draft(1, "no-such", texts, [])
    problems = draft_problems(empty, known, file=False)
    assert set(problems) == {"kind", "places", "title_da", "body_da", "body_en"}
    place = [(PlaceKind.SECTION, 1)]
    brought = Draft(1, "works", {"da": ("Vinduer", "")}, place)
    assert draft_problems(brought, known, file=True) == {}
    assert set(draft_problems(brought, known, file=False)) == {"body_da"}
    long = Draft(1, "works", {"da": ("x" * 121, "y" * 12_001)}, place)
    assert set(draft_problems(long, known, file=False)) == {"title_da", "body_da"}


def test_a_translation_helps_only_those_who_speak_it() -> None:
    assert help_languages(["da", "en"], ["en", None, "da"]) == ["en"]
    assert help_languages(["da"], ["en"]) == []
    assert help_languages(["da", "en"], ["da", None]) == []


def test_any_change_of_a_letter_changes_its_digest() -> None:
    texts = {"da": ("Vinduer", "Uge 9")}
    first = digest_of("works", texts, None, "")
    assert digest_of("works", dict(texts), None, "") == first
    others = [
        digest_of("rent", texts, None, ""),
        digest_of("works", {"da": ("Vinduer", "Uge 10")}, None, ""),
        digest_of("works", {**texts, "en": ("Windows", "Week 9")}, None, ""),
        digest_of("works", texts, date(2027, 1, 1), ""),
        digest_of("works", texts, None, "pdf"),
    ]
    assert len({first, *others}) == 6


def test_a_letter_is_one_copy_for_each_household_that_lives_there(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        assert work_off(session, letter) == 1  # done again, it is still one each
        mine = copies(session, letter)
        people = {session.scalars(select(Person.id).where(Person.given_name == "Sofie")).one()}
        told = set(session.scalars(select(Notification.person_id)))
        mails = session.scalars(select(func.count(Mail.id))).one()
        verbs = session.scalars(select(Deed.verb).where(Deed.thing_kind == "letter")).all()
    names = ("amina", "yasmin", "jonas", "bent")
    assert set(mine) == {estate.households[name] for name in names}
    assert all(copy.lawful and copy.paper_at is None for copy in mine.values())
    assert mails == 4
    assert told.isdisjoint(people)
    assert verbs == ["gave_letter"]


def test_sections_buildings_stairwells_and_households_can_be_told(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        places = {
            PlaceKind.BUILDING: (estate.building, {"amina", "yasmin", "jonas"}),
            PlaceKind.STAIRWELL: (estate.stairwell, {"amina", "yasmin"}),
            PlaceKind.HOUSEHOLD: (estate.households["bent"], {"bent"}),
        }
        for kind, (number, names) in places.items():
            letter = give(session, estate, places=[(kind, number)])
            assert set(copies(session, letter)) == {estate.households[name] for name in names}
        # What is another section's is not reached by whatever number stands in the form.
        with pytest.raises(Refused):
            give(session, estate, places=[(PlaceKind.STAIRWELL, estate.foreign_stairwell)])


def test_more_households_than_one_step_takes_are_given_in_steps(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "STEP", 2)
    with database.write() as session:
        estate = build_estate(session)
        letter = give_notice(session, draft(estate), estate.people["office"], HERE)
        assert work_off(session, letter) == 3
        assert len(copies(session, letter)) == 4


def test_what_does_not_count_digitally_is_printed_and_says_why(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        home = estate.households
        changes = {
            "amina": {"exempt": True},
            "yasmin": {"channel": LetterChannel.PAPER},
            "jonas": {"channel": LetterChannel.SMS},
        }
        for name, values in changes.items():
            session.execute(update(Household).where(Household.id == home[name]).values(**values))
        letter = give(session, estate)
        mine = copies(session, letter)
        why = {name: mine[home[name]].paper_why for name in ("amina", "yasmin", "jonas", "bent")}
        assert why == {
            "amina": "unlawful",
            "yasmin": "chosen",
            "jonas": "unreachable",
            "bent": "",
        }
        assert mine[home["amina"]].grounds == ["exempt"]
        view = letter_within(session, sending(session, estate), letter)
        assert view is not None
        seen = outlook(session, view, clock.today())
        assert seen.households == 4
        assert seen.paper == {"unlawful": 1, "chosen": 1, "unreachable": 1}
        assert seen.channels[LetterChannel.DIGITAL] == 2
        # The exempt household is told as well: paper comes besides, not instead.
        mailed = set(session.scalars(select(Mail.to)))
    assert mailed == {"amina@example.org", "bent@example.org"}


def test_an_sms_leads_to_the_page_and_only_opening_it_counts(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, jonas = estate.households["jonas"], estate.people["jonas"]
        wish = update(Household).where(Household.id == household)
        session.execute(wish.values(channel=LetterChannel.SMS))
        number = update(Person).where(Person.id == jonas)
        session.execute(number.values(contact_number="+4512345678"))
        letter = give(session, estate, places=[(PlaceKind.HOUSEHOLD, household)])
        (text,) = session.scalars(select(TextMessage)).all()
        assert (text.to, text.ending, text.person_id) == (
            "+4512345678",
            f"/letters/{letter}",
            jonas,
        )
        assert session.scalars(select(Mail.id)).all() == []
        (copy,) = copies(session, letter).values()
        assert (copy.paper_why, copy.delivered_at) == ("", None)
        own = reading(session, estate, "jonas")
        mine = own_letter(session, own, letter)
        assert mine is not None
        letters.open_letter(session, own, mine, clock.now())
        session.refresh(copy)
        assert copy.delivered_how is Manner.OPENED


def test_a_demand_or_termination_goes_on_paper_alone(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        place = [(PlaceKind.HOUSEHOLD, estate.households["amina"])]
        letter = give(session, estate, kind="demand", places=place)
        (copy,) = copies(session, letter).values()
        assert (copy.lawful, copy.paper_why, copy.sent_at) == (False, "unlawful", None)
        assert session.scalars(select(Mail.id)).all() == []
        assert session.scalars(select(Notification.id)).all() == []
        own = reading(session, estate, "amina")
        assert own_letters(session, own, "da") == []
        assert own_letter(session, own, letter) is None


def test_a_letter_is_never_changed_once_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        letter = letters.save_draft(session, draft(estate), by.person)
        again = draft(estate, texts={"da": ("Nye døre", "Uge 10"), "en": ("Doors", "Week 10")})
        assert letters.save_draft(session, again, by.person, letter=letter) == letter
        letters.give(session, by, letter, HERE)
        found = letter_within(session, by, letter)
        assert found is not None
        assert (found.version, found.title) == (2, "Nye døre")
        assert found.digest == digest_of("works", dict(found.texts), None, "")
        for change in (
            lambda: letters.save_draft(session, again, by.person, letter=letter),
            lambda: letters.discard(session, by, letter),
            lambda: letters.drop_file(session, by, letter),
            lambda: letters.give(session, by, letter, HERE),
        ):
            with pytest.raises(Refused):
                change()


def test_a_letter_to_nobody_or_without_words_is_not_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        empty = draft(estate, texts={"da": ("Vinduer", "")})
        letter = letters.save_draft(session, empty, by.person)
        with pytest.raises(Refused):
            letters.give(session, by, letter, HERE)
        other = scope(reader(session, estate.people["organisation"]), Permission.SEND_LETTERS)
        south = draft(estate, section=estate.other_section)
        foreign = letters.save_draft(session, south, None)
        with pytest.raises(Missing):
            letters.give(session, other, foreign, HERE)


def test_a_draft_with_its_pdf_can_be_thrown_away(database: Database, tmp_path: Path) -> None:
    store = PdfStore(tmp_path / "files")
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        upload = Upload("brev.pdf", b"%PDF-1.7", 2)
        letter = letters.save_draft(session, draft(estate), 1, upload=upload, store=store)
        assert session.scalars(select(File.owner_kind)).all() == ["letter"]
        letters.discard(session, by, letter)
        assert session.scalars(select(File.id)).all() == []
        assert session.scalars(select(LetterPlace.letter_id)).all() == []


def test_only_who_was_a_member_then_reads_a_letter(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        give(session, estate)
        late = add_person(session, "late").id
        tomorrow = clock.today() + timedelta(days=1)
        estate.people["late"] = late
        household = estate.households["amina"]
        session.execute(
            update(Household).where(Household.id == household).values(starts_on=LONG_AGO)
        )
        session.add(
            Member(
                household_id=household,
                person_id=late,
                starts_on=tomorrow,
                confirmed_at=clock.now(),
            )
        )
        session.flush()
        with time_machine.travel(clock.now() + timedelta(days=2)):
            assert own_letters(session, reading(session, estate, "late"), "da") == []
            assert len(own_letters(session, reading(session, estate, "amina"), "da")) == 1


def test_who_moved_out_still_reads_and_who_moved_in_does_not(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        household = estate.households["amina"]
        session.execute(
            update(Household).where(Household.id == household).values(ends_on=clock.today())
        )
        new = add_person(session, "new").id
        estate.people["new"] = new
        add_household(session, estate.homes["amina"], new, starts=clock.today() + timedelta(days=1))
        with time_machine.travel(clock.now() + timedelta(days=2)):
            assert len(own_letters(session, reading(session, estate, "amina"), "da")) == 1
            assert own_letters(session, reading(session, estate, "new"), "da") == []
            stands = {
                copy.household: copy.stage for copy in copies_of(session, letter, clock.today())
            }
    assert stands[household] is Stage.MOVED


def test_a_letter_names_the_tenants_of_the_day_it_was_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, today = estate.households["amina"], clock.today()
        day = timedelta(days=1)
        members: list[tuple[str, dict[str, object]]] = [
            ("left", {"ends_on": today - day}),
            ("waiting", {"confirmed_at": None}),
            ("coming", {"starts_on": today + day}),
            ("leaving", {"ends_on": today}),
        ]
        for name, more in members:
            values = {"starts_on": LONG_AGO, "confirmed_at": clock.now(), "tenant": True, **more}
            person = add_person(session, name).id
            session.add(Member(household_id=household, person_id=person, **values))
        session.flush()
        letter = give(session, estate, kind="meeting")
        with time_machine.travel(clock.now() + 3 * day):
            (line,) = [
                one
                for one in copies_of(session, letter, clock.today())
                if one.household == household
            ]
            (first, _) = envelopes(session, letter, estate.stairwell, clock.today(), again=False)[
                ::-1
            ]
    assert line.names == "Amina Prøve, Leaving Prøve"
    assert first.names == ("Amina Prøve", "Leaving Prøve")


def test_the_offices_list_counts_what_is_proven(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give(session, estate, kind="meeting")
        by = sending(session, estate)
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, line.delivered, line.to_print) == (4, 0, 4)
        copy = copies(session, letter)[estate.households["amina"]].id
        session.execute(
            update(LetterCopy).values(printed_at=clock.now()).where(LetterCopy.id == copy)
        )
        rounds.tick(session, delivering(session, estate), copy, Outcome.HANDED, "", clock.now())
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, line.delivered, line.to_print) == (4, 1, 3)
        assert letters_in(session, by, clock.today(), line.id, 10) == []


def test_letters_are_erased_with_everything_that_shows_whom_they_reached(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give(session, estate, kind="meeting")
        copy = copies(session, letter)[estate.households["amina"]].id
        session.execute(update(LetterCopy).values(printed_at=clock.now()))
        rounds.tick(session, delivering(session, estate), copy, Outcome.LETTERBOX, "", clock.now())
        assert letters.forget(session, clock.now() - timedelta(days=1)) == []
        assert letters.forget(session, clock.now() + timedelta(days=1)) == [letter]
        session.expire_all()
        for table in (Letter, LetterCopy, DoorVisit, LetterMail, LetterPlace):
            assert session.scalar(select(func.count()).select_from(table)) == 0
