"""Everything about one person: a page to read, a file for programs, a command."""

import re
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from estate import clock
from estate.channels.models import DigitalDemand
from estate.channels.rules import Party
from estate.database import Base, Database
from estate.language import Message, say
from estate.mails.actions import queue_mail
from estate.notifications.actions import notify
from estate.people.models import Household, Member, Person
from estate.permissions import Permission, Role, scope
from estate.proof.actions import note_proof
from estate.proof.models import DoorVisit
from estate.proof.rules import Outcome
from estate.receiving.queries import own_letter
from estate.settings import Settings
from tests.builders import LONG_AGO, Estate, add_person, build_estate, reader
from tests.house.letter_things import write
from tests.journeys.processes import environment
from tests.letters import give
from tests.neighbours import Who, form
from tests.pictures import picture
from voting.following.models import PaperFollow
from voting.papers.queries import kinds
from voting.papers.rules import Kind
from web.catalogues import speeches
from web.kinds import JOB_KIND
from web.personal import OWN, SECRET, TOLD, everything_about, meet, references
from web.personal_words import UNSAID, WORDS, said

WORD = "Stigen <b>står</b> i kælderen"


def own_tables() -> list[sa.Table]:
    """The tables with rows of a person's own."""
    found = {table.name: table for table, column in references(Base.metadata) if column in OWN}
    return [found[name] for name in sorted(found)]


@pytest.mark.parametrize("table", own_tables(), ids=lambda table: table.name)
def test_each_column_of_ones_own_is_read_by_people_or_left_to_programs(table: sa.Table) -> None:
    columns = {
        column.name
        for column in table.columns
        if not column.foreign_keys and not column.name.endswith((*SECRET, "_id"))
    }
    assert columns - set(WORDS) - UNSAID == set(), "Give it a word in web/personal_words.py."


def test_no_word_stands_for_a_column_that_is_not_there() -> None:
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    assert set(WORDS) - columns == set()
    assert UNSAID - columns == set()
    assert UNSAID & set(WORDS) == set()


BY_VALUE = {
    "mail": "Knows only an address: the mails to the person's own are in the export.",
    "tries": "Counts tries under a digest, for a quarter of an hour; nobody is found by it.",
    "change": "What the administration was told: the same words as in the tables it is about.",
    "stale_block": "Names of blocks of pages, for an hour.",
    "job": "Files somebody asked for are their owner's; the household's letters are told apart.",
}
"""Tables that may name a person without referring to one, and what of that is told them."""


def test_every_table_that_refers_to_a_person_is_in_the_export_or_was_acted_in(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        found = everything_about(session, estate.people["amina"])
    assert set(found) == {"person", "homes", "letters", "mails", "own", "acted_on"}
    own = {table.name for table, column in references(Base.metadata) if column in OWN}
    assert own <= set(TOLD)
    assert set(BY_VALUE) <= set(Base.metadata.tables)


def test_the_page_has_all_of_it_in_ones_language_and_needs_nothing_else(
    house: tuple[Database, Estate, Who], settings: Settings
) -> None:
    database, estate, who = house
    amina = who("amina")
    photo = {"photos": ("stige.jpg", picture(), "image/jpeg")}
    amina.post("/board/new", form(estate, title="Stige", text=WORD), files=photo)
    with database.write() as session:
        write(session, estate, settings.data)
    answer = amina.get("/me/data/readable", **{"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="opgang.html"'
    assert answer.headers["cache-control"] == "no-store"
    page = answer.text
    assert len(answer.content) == int(answer.headers["content-length"])
    for words in (
        "Stigen &lt;b&gt;står&lt;/b&gt; i kælderen",
        "Lærkevej 8, 2. tv.",
        "amina@example.org",
        "Nye vinduer",
        "Households I belong or belonged to",
        "data:image/webp;base64,",
    ):
        assert words in page, words
    assert not re.search(r"<script|<link|src=\"(?!data:)|href=", page)
    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert list(settings.data.glob("tmp*")) == []


def test_the_mails_to_ones_addresses_and_ones_letters_are_in_the_file(
    house: tuple[Database, Estate, Who], settings: Settings
) -> None:
    database, estate, who = house
    with database.write() as session:
        write(session, estate, settings.data)
        words = {"subject": say("Hello"), "lines": [say("You")]}
        queue_mail(session, to="amina@example.org", language="en", **words)
    file = who("amina").get("/me/data/file").json()
    assert [letter["title"] for letter in file["letters"]] == ["Nye vinduer"]
    assert "printed_at" not in file["letters"][0]
    assert "print_file_made_at" in file["letters"][0]
    assert {mail["to"] for mail in file["mails"]} == {"amina@example.org"}
    theirs = who("yasmin").get("/me/data/file").json()["mails"]
    assert {mail["to"] for mail in theirs} == {"yasmin@example.org"}


def queue(session: Session, to: str, *, secret: bool = False) -> None:
    said = [say("Your code is 123 456")]
    queue_mail(session, to=to, language="en", subject=say("Hello"), lines=said, secret=secret)


def mails_of(database: Database, person: int) -> list[str]:
    with database.read() as session:
        return [mail["to"] for mail in everything_about(session, person)["mails"]]


def test_mails_to_an_address_that_is_anothers_are_not_ones_own(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        amina, bent = estate.people["amina"], estate.people["bent"]
        one, other = session.get_one(Person, amina), session.get_one(Person, bent)
        one.contact_email = "bent@example.org"
        other.email_confirmed_at = clock.now()
        queue(session, "bent@example.org")
    assert mails_of(sqlite_database, amina) == []
    assert mails_of(sqlite_database, bent) == ["bent@example.org"]
    with sqlite_database.write() as session:
        session.get_one(Person, bent).email_confirmed_at = None
    assert mails_of(sqlite_database, bent) == [], "it may be either’s"


def test_the_administrations_address_that_nobody_else_has_is_ones_own(
    sqlite_database: Database,
) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        session.get_one(Person, amina).contact_email = "a@register.example"
        queue(session, "a@register.example")
    assert mails_of(sqlite_database, amina) == ["a@register.example"]


def test_what_signs_in_is_in_no_file(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        queue(session, "amina@example.org", secret=True)
        queue(session, "amina@example.org")
        told = [mail["lines"] for mail in everything_about(session, amina)["mails"]]
    assert [bool(lines) for lines in told] == [False, True]


def titles(session: Session, person: int) -> list[str]:
    return [letter["title"] for letter in everything_about(session, person)["letters"]]


def test_letters_before_one_moved_in_are_not_ones_own(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        write(session, estate, tmp_path)
        amina = estate.people["amina"]
        assert len(titles(session, amina)) == 1
        session.execute(sa.text("UPDATE member SET starts_on = '2099-01-01'"))
        assert titles(session, amina) == []


def lodger(session: Session, estate: Estate, **more: object) -> int:
    """Somebody whom Amina took in, in her household but not a tenant."""
    person = add_person(session, "lodger").id
    values = {"starts_on": LONG_AGO, "confirmed_at": clock.now(), **more}
    household = estate.households["amina"]
    session.add(Member(household_id=household, person_id=person, tenant=False, **values))
    session.flush()
    return person


def test_a_demand_to_the_tenant_is_in_no_other_members_file(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        other = lodger(session, estate)
        for kind, title in (
            ("demand", "Påkrav"),
            ("termination", "Opsigelse"),
            ("works", "Vinduer"),
        ):
            give(session, estate, kind=kind, texts={"da": (title, "…")})
        assert titles(session, estate.people["amina"]) == ["Påkrav", "Opsigelse", "Vinduer"]
        assert titles(session, other) == ["Vinduer"]


@pytest.mark.parametrize("spared", [{"confirmed_at": None}, {"adult": False}])
def test_letters_are_those_of_confirmed_adults(
    database: Database, spared: dict[str, object]
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        other = lodger(session, estate, **spared)
        give(session, estate)
        assert titles(session, other) == []
        home = everything_about(session, other)["homes"][0]
        assert (home["channel"], home["exempt"], home["demands"]) == (None, None, [])


@pytest.mark.parametrize(("at", "there"), [(time(0, 30), True), (time(23, 30), False)])
def test_the_day_of_a_letter_is_a_day_in_denmark(database: Database, at: time, there: bool) -> None:
    moved_in = date(2026, 11, 23)
    given = datetime.combine(moved_in - timedelta(days=not there), at, clock.LOCAL)
    with time_machine.travel(given, tick=False), database.write() as session:
        estate = build_estate(session)
        new = lodger(session, estate, starts_on=moved_in)
        letter = give(session, estate)
        assert len(titles(session, new)) == there
        own = scope(reader(session, estate.people["amina"]), Permission.READ_LETTERS)
        assert own_letter(session, own, letter) is not None
    if there:
        with database.read() as session:
            own = scope(reader(session, new), Permission.READ_LETTERS)
            assert own_letter(session, own, letter) is not None


def test_a_letter_is_told_with_its_way_its_visits_and_its_pdf(
    house: tuple[Database, Estate, Who], settings: Settings
) -> None:
    database, estate, who = house
    with database.write() as session:
        things = write(session, estate, settings.data)
        visit = {"at": clock.now(), "noted_at": clock.now(), "outcome": Outcome.LETTERBOX}
        session.add(DoorVisit(copy_id=things["copy"], **visit))
        session.flush()
        note_proof(session, [things["copy"]])  # type: ignore[list-item]
        amina = session.get_one(Household, estate.households["amina"])
        amina.exempt = True
    file = who("amina").get("/me/data/file").json()
    (letter,) = file["letters"]
    where = f"/letters/{things['letter']}/file"
    assert (letter["file"]["name"], letter["file"]["address"]) == ("brev.pdf", where)
    assert who("amina").get(where).status_code == 200
    assert (letter["channel"], letter["delivered_how"]) == ("digital", "letterbox")
    assert [visit["outcome"] for visit in letter["visits"]] == ["letterbox"]
    (home,) = file["homes"]
    assert (home["exempt"], home["channel"]) == (True, "digital")
    assert [demand["party"] for demand in home["demands"]] == ["tenant"]
    page = who("amina").get("/me/data/readable", **{"accept-encoding": "identity"}).text
    for words in (
        "Vi skifter vinduer.",
        where,
        "Put into the letterbox",
        "The household is exempt from Digital Post.",
        "Other than digital letters were demanded",
    ):
        assert words in page, words


def test_what_came_to_hold_for_a_household_after_one_left_is_the_others(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        gone = lodger(session, estate, ends_on=date(2024, 1, 1))
        household = session.get_one(Household, estate.households["amina"])
        household.exempt = True
        days = {"demanded_on": date(2025, 1, 1), "noted_at": clock.now()}
        session.add(DigitalDemand(household_id=household.id, party=Party.TENANT, **days))
        session.flush()
        (home,) = everything_about(session, gone)["homes"]
        assert (home["channel"], home["exempt"], home["demands"]) == (None, None, [])


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ((1, None), (5, None), True),
        ((1, 5), (5, None), True),
        ((1, 4), (5, None), False),
        ((6, None), (1, 5), False),
        ((3, 4), (1, None), True),
    ],
)
def test_two_times_meet_on_a_day(
    one: tuple[int, int | None], other: tuple[int, int | None], common: bool
) -> None:
    def days(between: tuple[int, int | None]) -> tuple[date, date | None]:
        first, last = between
        return date(2026, 11, first), date(2026, 11, last) if last else None

    assert meet(days(one), days(other)) is meet(days(other), days(one)) is common


def test_a_notification_is_read_as_it_was_told(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        row = told(session, amina)
    lines = {one.label.text: one.value for one in said("notification", row)}
    assert speeches()["en"].say(lines["Headline"]) == "Stige: 3"
    assert speeches()["en"].say(lines["Text"]) == "Until 23 November 2026"


def test_what_i_wrote_says_its_language_and_what_i_am_called_says_none() -> None:
    post = {"title": "Stige", "text": "Til udlån", "author_name": "Amina", "language": "da"}
    told_of = {one.value: one.language for one in said("post", post)}
    assert told_of == {"Stige": "da", "Til udlån": "da", "Amina": ""}
    ruling = {"reason": "Larm", "language": "da", "answer": "Sorry", "answer_language": "en"}
    assert [one.language for one in said("ruling", ruling)] == ["da", "en"]
    assert [one.language for one in said("ruling", {"reason": "Larm", "language": None})] == [""]


def told(session: Session, person: int) -> dict[str, Any]:
    """What is kept of a notification."""
    notify(
        session,
        kind="board.comment",
        persons=[person],
        title="{title}: {number}",
        body="Until {day}",
        values={"title": "Stige", "number": 3, "day": clock.today().replace(2026, 11, 23)},
        address="/",
        merge_key="x",
    )
    session.flush()
    (row,) = everything_about(session, person)["own"]["notification"]
    return dict(row)


def test_a_role_and_a_choice_are_named_and_what_is_empty_is_left_out() -> None:
    lines = said("role_holding", {"role": "chair", "starts_on": None, "scope_kind": "section"})
    assert [line[:2] for line in lines] == [(say("Task"), say("Chair of the section’s board"))]
    (kind, wanted) = said("preference", {"kind": "sign_in", "wanted": False})
    assert kind[1] == say("When somebody signs in as me or changes how I sign in")
    assert wanted[:2] == (say("Wanted"), False)


def marks() -> list[tuple[str, str, str]]:
    """Everything a person's own rows keep as a mark where people read it."""
    tables = {name: Base.metadata.tables[name] for name in TOLD}
    enums = [
        (name, column.name, mark)
        for name, table in tables.items()
        for column in table.columns
        if column.name in WORDS and isinstance(column.type, sa.Enum)
        for mark in column.type.enum_class or ()
        if mark not in {Role.RESIDENT, Role.FORMER, Role.HELPER}  # nobody holds them as a task
    ]
    deeds = [("deed", "verb", verb) for verb in ("issued_card", "issued_link")]
    jobs = [("job", "kind", kind) for kind in JOB_KIND]
    return [*enums, *deeds, *jobs, *(("paper_follow", "kind", kind) for kind in kinds())]


def test_no_mark_is_shown_but_what_it_means(sqlite_database: Database) -> None:
    missing = []
    for table, column, mark in marks():
        value = [line.value for line in said(table, {column: mark})]
        if not (len(value) == 1 and isinstance(value[0], Message | Kind)):
            missing.append((table, column, mark))
    assert missing == []
    assert said("consent", {"purpose": "unheard_of"}) == said("deed", {"verb": "x"}) == []


def test_the_page_says_in_ones_language_what_a_post_is_about_and_what_one_follows(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    amina = who("amina")
    amina.post("/board/new", form(estate, title="Stige", kind="borrow"))
    with database.write() as session:
        follow = PaperFollow(
            person_id=estate.people["amina"],
            section_id=estate.section,
            kind="minutes_board",
            follows=False,
        )
        session.add(follow)
    page = amina.get("/me/data/readable").text
    assert re.search(r"<dt>Kind</dt><dd[^>]*>Borrow</dd>", page)
    name = kinds()["minutes_board"].name("en")
    assert re.search(
        rf"<dt>Kind</dt><dd[^>]*>{name}</dd>\s*<dt>Followed</dt><dd[^>]*>No</dd>", page
    )


def test_the_command_prints_the_same_page(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        numbers = sa.update(Household).where(Household.id == estate.households["amina"])
        session.execute(numbers.values(number="T-4711"))
    settings.make_folder()
    done = subprocess.run(
        [sys.executable, "-m", "web", "export-person", "amina@example.org", "--html"],
        env=environment(settings.data, settings.database_url),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith('<!doctype html>\n<html lang="da"')
    assert "Lærkevej 8, 2. tv." in done.stdout
